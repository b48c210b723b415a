"""The page of settings."""

from __future__ import annotations

from models.settings import ROOT, Settings
from workers.settings_page import page


def test_the_page_in_the_documentation_is_the_one_made_from_the_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page(), "run: ./ytempire settings > docs/settings.md"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert all(f"`YTEMPIRE_{name.upper()}`" in page() for name in Settings.model_fields)
