"""Mail to users, sent off the request path: how long an answer takes must not tell whether a mail goes out.

Without an SMTP server mails go to the log, and as files to `data_dir/mail`, for the operator of a laptop.
"""

from __future__ import annotations

import asyncio
import time
from email.message import EmailMessage
from pathlib import Path

import structlog

from models.settings import Settings

log = structlog.get_logger("api")

MOST_WAITING = 1000
ATTEMPTS = 5


class Mailer:
    """Sends mails one after another from a bounded queue."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: asyncio.Queue[EmailMessage] = asyncio.Queue(MOST_WAITING)

    def send(self, to: str, subject: str, text: str) -> None:
        """Queue a mail; dropped, with a line in the log, when a thousand wait already."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._settings.mail_from, to, subject
        message.set_content(text)
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            log.error("mail dropped, too many wait", subject=subject)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._deliver(await self._waiting.get())
            self._waiting.task_done()

    async def drain(self) -> None:
        """Wait until everything queued has been sent or given up."""
        await self._waiting.join()

    async def _deliver(self, message: EmailMessage) -> None:
        if not self._settings.smtp_host:
            log.warning(
                "mail (no SMTP server is configured)", to=message["To"], subject=message["Subject"], text=message.get_content()
            )
            await asyncio.to_thread(self._keep, message)
            return
        import aiosmtplib  # where there is a server

        for attempt in range(ATTEMPTS):
            try:
                await aiosmtplib.send(
                    message,
                    hostname=self._settings.smtp_host,
                    port=self._settings.smtp_port,
                    username=self._settings.smtp_user or None,
                    password=self._settings.smtp_password.get_secret_value() or None,
                    start_tls=self._settings.smtp_start_tls,
                    timeout=20,
                )
                return
            except (aiosmtplib.SMTPException, OSError) as error:
                log.warning("mail not sent", subject=message["Subject"], attempt=attempt + 1, error=str(error)[:200])
                await asyncio.sleep(2.0**attempt)
        log.error("mail given up", subject=message["Subject"])

    def _keep(self, message: EmailMessage) -> None:
        folder: Path = self._settings.data_dir / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{time.time_ns()}.eml"
        path.touch(mode=0o600)
        path.write_bytes(message.as_bytes())
