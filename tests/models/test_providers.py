"""The chains of providers are those of the pipeline's table."""

from __future__ import annotations

import pytest

from models.errors import Misconfigured
from models.settings import Settings
from models.videos.contracts import Level
from models.videos.providers import CHAINS, account_of, chain

ALL = frozenset({"openai", "google", "elevenlabs", "pexels", "pixabay", "shutterstock", "sdxl", "youtube"})


@pytest.mark.parametrize(
    ("step", "level", "served"),
    [
        ("script", Level.PREMIUM, ("openai-large", "openai-small", "stored", "template")),
        ("script", Level.STANDARD, ("openai-small", "stored", "template")),
        ("script", Level.ECONOMY, ("openai-small", "stored", "template")),
        ("voice", Level.PREMIUM, ("elevenlabs", "google-neural", "google-standard", "espeak", "silence")),
        ("voice", Level.STANDARD, ("google-neural", "google-standard", "espeak", "silence")),
        ("voice", Level.ECONOMY, ("google-standard", "espeak", "silence")),
        ("footage", Level.PREMIUM, ("pexels", "pixabay", "shutterstock", "openai-image", "designed")),
        ("footage", Level.STANDARD, ("pexels", "pixabay", "openai-image", "designed")),
        ("thumbnail", Level.STANDARD, ("openai-image", "sdxl", "designed")),
        ("moderation", Level.ECONOMY, ("openai-moderation", "rules")),
        ("upload", Level.STANDARD, ("youtube", "folder")),
    ],
)
def test_with_every_account_the_chain_is_the_tables(step: str, level: Level, served: tuple[str, ...]) -> None:
    assert chain(step, level, ALL) == served


@pytest.mark.parametrize("step", CHAINS)
@pytest.mark.parametrize("level", Level)
def test_without_any_account_something_local_still_serves(step: str, level: Level) -> None:
    names = chain(step, level, frozenset())
    assert names
    assert all(account_of(name) == "local" for name in names)


def test_the_operators_own_script_has_one_provider() -> None:
    assert chain("script", Level.PREMIUM, ALL, own_script=True) == ("operator",)


def test_an_unknown_step_or_provider_is_refused() -> None:
    with pytest.raises(Misconfigured, match="no step 'cooking'"):
        chain("cooking", Level.STANDARD, ALL)
    with pytest.raises(Misconfigured, match="no provider 'nobody'"):
        account_of("nobody")


def test_accounts_are_those_whose_keys_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-program")
    monkeypatch.setenv("DATABASE_URL", "postgresql://of.another/program")
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    assert settings.configured_accounts == frozenset(), "what other programs pay with is not ours"
    assert settings.database_url.get_secret_value() == "", "nor is their database migrated"
    monkeypatch.setenv("YTEMPIRE_OPENAI_API_KEY", "sk-1")
    monkeypatch.setenv("YTEMPIRE_PEXELS_API_KEY", "p")
    assert Settings(_env_file=None).configured_accounts == {"openai", "pexels"}  # type: ignore[call-arg]
