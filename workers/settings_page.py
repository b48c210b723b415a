"""The page of all settings, made from their definitions; `docs/settings.md` is compared with it in the tests."""

from __future__ import annotations

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from models.settings import ROOT, Settings

HEAD = """# Settings

Made by `./ytempire settings`. Each is an environment variable or a line of `.env`; secrets are never logged.
"""


def page() -> str:
    """Markdown: a table a section, in the order of the definitions."""
    parts = [HEAD]
    for section in reversed([kind for kind in Settings.__mro__ if kind.__name__.endswith("Settings") and kind is not Settings]):
        own = [name for name in section.__annotations__ if name in Settings.model_fields]
        if not own or section.__module__ != "models.settings":
            continue
        parts.append(
            f"\n## {(section.__doc__ or section.__name__).strip().splitlines()[0]}\n\n| name | default | what |\n|---|---|---|\n"
        )
        parts.extend(_row(name, Settings.model_fields[name]) for name in own)
    return "".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        shown = "required"
    elif hasattr(default, "get_secret_value"):
        shown = "secret"
    else:
        shown = str(default).replace(str(ROOT), "<folder>")
    return f"| `YTEMPIRE_{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description or ''} |\n"
