"""`ytempire providers` tells who is set up, who is left alone, and what today cost; `check` really asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from activities.breaker import Breakers
from activities.budget import Charges
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import Unavailable
from models.money import dollars
from models.settings import Settings
from models.system.breakers import BreakerStore
from tests.fakes import openai_chat, speech
from tests.fakes.openai_chat import FakeOpenAI
from tests.fakes.pexels import FakePexels, Shelf
from tests.fakes.pixabay import FakePixabay
from tests.fakes.sdxl import FakeSdxl
from tests.fakes.server import outage
from tests.fakes.shutterstock import FakeShutterstock
from tests.fakes.speech import FakeElevenLabs, FakeGoogleTts
from tests.models.money import OPEN, a_video
from workers.providers_cli import providers_app, states


async def test_an_account_shows_its_key_its_breaker_its_spending_and_its_last_error(settings: Settings, database: Database) -> None:
    settings = settings.model_copy(update={"openai_api_key": SecretStr("sk-1")})
    breakers = Breakers(BreakerStore(database))
    for _ in range(5):
        with pytest.raises(Unavailable):
            async with breakers.guard("openai"):
                raise Unavailable("openai answered 503.", provider="openai")
    video = await a_video(database)
    async with Charges(Ledger(database, OPEN)).charge(
        video=video, provider="openai", operation="script", key="a call", estimate=dollars("1.25")
    ) as charge:
        await charge.settle(dollars("0.75"))
    found = {state.account: state for state in await states(settings, database)}
    assert found["openai"].configured
    assert found["openai"].breaker.startswith("open, trial in ")
    assert found["openai"].spent == "$0.75 of $50.00"
    assert found["openai"].last_error == "openai answered 503."
    assert "script: openai-large (premium)" in found["openai"].serves
    assert not found["google"].configured
    assert found["google"].breaker == "closed"
    assert found["local"].configured


def test_without_keys_and_stack_it_says_that_none_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(providers_app, [], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    assert "No account is set up, and none is needed" in told.output
    assert "template" in told.output


def test_check_asks_each_account_and_fails_where_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with FakeOpenAI() as openai, FakeGoogleTts() as google, FakeElevenLabs() as elevenlabs:
        keys = {
            "YTEMPIRE_OPENAI_API_KEY": openai_chat.KEY,
            "YTEMPIRE_OPENAI_BASE_URL": openai.base_url,
            "YTEMPIRE_GOOGLE_TTS_API_KEY": speech.KEY,
            "YTEMPIRE_GOOGLE_TTS_ENDPOINT": google.url,
            "YTEMPIRE_ELEVENLABS_API_KEY": "wrong-key",
            "YTEMPIRE_ELEVENLABS_BASE_URL": elevenlabs.url,
        }
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        told = CliRunner().invoke(providers_app, ["check"], env={"COLUMNS": "300"})
        assert told.exit_code == 1
        assert "✓ openai: model gpt-5.6-sol answers" in told.output
        assert "✓ google: 1 voices for en-US" in told.output
        assert "✗ elevenlabs: AuthenticationFailed" in told.output
        assert "wrong-key" not in told.output
        google.fail(outage())
        only = CliRunner().invoke(providers_app, ["check", "google"], env={"COLUMNS": "300"})
        assert only.exit_code == 1
        assert "✗ google: Unavailable" in only.output
        assert "openai" not in only.output


def test_check_makes_the_very_search_that_films_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with FakePexels() as pexels, FakePixabay() as pixabay, FakeShutterstock() as shutterstock, FakeSdxl() as sdxl:
        pexels.clips = pixabay.clips = shutterstock.clips = [Shelf(1), Shelf(2)]
        keys = {
            "YTEMPIRE_PEXELS_API_KEY": pexels.key,
            "YTEMPIRE_PEXELS_BASE_URL": pexels.url,
            "YTEMPIRE_PIXABAY_API_KEY": pixabay.key,
            "YTEMPIRE_PIXABAY_BASE_URL": pixabay.url,
            "YTEMPIRE_SHUTTERSTOCK_API_TOKEN": shutterstock.token,
            "YTEMPIRE_SHUTTERSTOCK_BASE_URL": shutterstock.url,
            "YTEMPIRE_SDXL_BASE_URL": sdxl.url,
        }
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        told = CliRunner().invoke(providers_app, ["check"], env={"COLUMNS": "300"})
        assert told.exit_code == 0, told.output
        assert told.output.count("2 clips of the sky") == 3
        assert "✓ sdxl: the endpoint answers" in told.output
        assert shutterstock.licensed == []


async def test_each_service_of_an_account_shows_its_breaker(settings: Settings, database: Database) -> None:
    breakers = Breakers(BreakerStore(database))
    for times in (1, 5):
        for _ in range(times):
            with pytest.raises(Unavailable):
                async with breakers.guard("openai-image" if times > 1 else "openai"):
                    raise Unavailable(f"failed {times} times.", provider="openai")
    [openai] = [state for state in await states(settings, database) if state.account == "openai"]
    said = openai.breaker.split("\n")
    assert said[0] == "openai: closed, 1 failed in a row"
    assert said[1].startswith("openai-image: open, trial in ")
    assert openai.last_error == "failed 5 times."
