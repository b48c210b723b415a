"""Mail to users, sent off the request path: how long an answer takes must not tell whether a mail goes out.

Without an SMTP server mails go to the log, and as files to `data_dir/mail`, for the operator of a laptop.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import structlog

from models.settings import Settings

log = structlog.get_logger("api")

MOST_WAITING = 1000
ATTEMPTS = 5


@dataclass(frozen=True)
class Mail:
    """What goes to whom. The text may hold a token: it is left out where a mail is shown."""

    to: str
    subject: str
    text: str = field(repr=False)


class Mailer:
    """Sends mails one after another from a bounded queue."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._waiting: asyncio.Queue[Mail] = asyncio.Queue(MOST_WAITING)

    def send(self, to: str, subject: str, text: str) -> None:
        """Queue a mail; dropped, with a line in the log, when a thousand wait already."""
        try:
            self._waiting.put_nowait(Mail(to, subject, text))
        except asyncio.QueueFull:
            log.error("mail dropped, too many wait", subject=subject)

    async def run(self) -> None:
        """Send until cancelled. A mail that cannot be sent, whatever the reason, is given up alone."""
        while True:
            mail = await self._waiting.get()
            try:
                await self._deliver(mail)
            except Exception as error:
                log.error("mail given up", subject=mail.subject, kind=type(error).__name__, error=str(error)[:200])
            finally:
                self._waiting.task_done()

    async def drain(self) -> None:
        """Wait until everything queued has been sent or given up."""
        await self._waiting.join()

    async def _deliver(self, mail: Mail) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._settings.mail_from, mail.to, mail.subject
        message.set_content(mail.text)
        if not self._settings.smtp_host:
            log.warning("mail (no SMTP server is configured)", to=mail.to, subject=mail.subject, text=mail.text)
            await asyncio.to_thread(self._keep, message)
            return
        import aiosmtplib  # where there is a server

        for attempt in range(1, ATTEMPTS + 1):
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
                if attempt == ATTEMPTS:
                    raise
                log.warning("mail not sent", subject=mail.subject, attempt=attempt, error=str(error)[:200])
                await asyncio.sleep(2.0 ** (attempt - 1))

    def _keep(self, message: EmailMessage) -> None:
        folder: Path = self._settings.data_dir / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{time.time_ns()}.eml"
        path.touch(mode=0o600)
        path.write_bytes(message.as_bytes())
