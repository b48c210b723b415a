"""The page of settings."""

from __future__ import annotations

import re

import pytest
from pydantic import SecretStr

from models.settings import ROOT, InstallationSettings, Settings
from workers.settings_page import page, written

ROOMS = ("activities", "api", "models", "workers", "workflows")
UNUSED = {"timezone"}
"""Kept for the schedule of daily distribution, which runs in the platform's time zone."""


def test_the_page_in_the_documentation_is_the_one_made_from_the_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page(), "run: ./ytempire settings > docs/settings.md"


def test_every_setting_is_described_in_the_order_of_the_definitions() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    names = [name.lower() for name in re.findall(r"^\| `YTEMPIRE_(\w+)`", page(), re.MULTILINE)]
    assert sorted(names) == sorted(Settings.model_fields)
    assert names[: len(InstallationSettings.model_fields)] == list(InstallationSettings.model_fields)


def test_every_setting_is_read_somewhere() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path != ROOT / "models" / "settings.py"]
    read = set(re.findall(r"settings\.(\w+)", "\n".join(path.read_text() for path in files)))
    assert set(Settings.model_fields) - read == UNUSED


def test_what_the_page_shows_as_a_default_may_be_written_so(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    for name, default in defaults.items():
        monkeypatch.setenv(f"YTEMPIRE_{name.upper()}", written(default))
    for other_name in ("DATABASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(other_name, raising=False)
    made = Settings(_env_file=None)
    assert {name: getattr(made, name) for name in defaults} == defaults
    shown = page()
    assert "| `YTEMPIRE_OPENAI_API_KEY` |  | key of OpenAI (secret) |" in shown
    assert '| `YTEMPIRE_YOUTUBE_CAPTION_TRACKS` | `["srt", "vtt"]` |' in shown and "; any of `srt`, `vtt` |" in shown
    assert '| `{"openai": 50}` |' in shown and "; one of `laptop`, `production` |" in shown
    assert not any(written(default) for default in defaults.values() if isinstance(default, SecretStr))
