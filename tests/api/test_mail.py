"""Mail goes out, whatever became of the mails before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import structlog

from api.mail import Mailer
from models.settings import Settings
from tests.api.conftest import Api
from tests.fakes.smtp import SmtpServer


@asynccontextmanager
async def mailing(settings: Settings) -> AsyncIterator[Mailer]:
    mailer = Mailer(settings)
    running = asyncio.create_task(mailer.run())
    yield mailer
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("address", ["(a@example.com", "<@example.com", ";@example.com", "a@(example.com", "a@exa\nmple.com"])
async def test_a_mail_that_cannot_be_sent_holds_up_no_other(settings: Settings, address: str) -> None:
    async with SmtpServer().running() as server:
        own = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_start_tls": False}
        async with mailing(settings.model_copy(update=own)) as mailer:
            with structlog.testing.capture_logs() as logged:
                mailer.send(address, "Confirm", "the token is 12345")
                mailer.send("ana@example.com", "Confirm", "the token is 67890")
                await mailer.drain()
        assert server.mails == [("ana@example.com", "the token is 67890")]
    assert [line["event"] for line in logged] == ["mail given up"] and logged[0]["log_level"] == "error"
    assert "12345" not in str(logged)


async def test_without_a_server_a_folder_that_cannot_be_written_costs_only_the_mails_of_that_time(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True)
    folder = settings.data_dir / "mail"
    folder.write_text("a file where a folder must be")
    async with mailing(settings) as mailer:
        mailer.send("ana@example.com", "Confirm", "lost")
        await mailer.drain()
        folder.unlink()
        mailer.send("ana@example.com", "Confirm", "kept")
        await mailer.drain()
    assert ["kept" in path.read_text() for path in folder.glob("*.eml")] == [True]


@pytest.mark.parametrize(
    "address", ["(a@example.com", "<@example.com", ";@example.com", "a@(example.com", 'a"@example.com', "=?utf-8?q?a?=@example.com"]
)
async def test_addresses_that_a_mail_cannot_name_are_refused(api: Api, address: str) -> None:
    answer = await api.http.post("/api/v1/auth/register", json={"email": address, "password": "seven green umbrellas sing"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.email"


@pytest.mark.parametrize("address", ["o'neil+films@example.co.uk", "zoë.müller@bücher.example"])
async def test_addresses_of_people_are_taken(api: Api, address: str) -> None:
    answer = await api.http.post("/api/v1/auth/register", json={"email": address, "password": "seven green umbrellas sing"})
    assert answer.status_code == 202, answer.text
