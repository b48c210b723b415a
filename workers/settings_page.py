"""The page of all settings, made from their definitions; `docs/settings.md` is compared with it in the tests."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from models.settings import ROOT, Settings

HEAD = """# Settings

Made by `./ytempire settings`. Each is an environment variable or a line of `.env`, its default written as one would write it there;
an empty one counts as not set. Secrets are never logged.
"""


def page() -> str:
    """Markdown: a table a section, in the order of the definitions."""
    parts = [HEAD]
    for section in Settings.__bases__:
        title = (section.__doc__ or section.__name__).strip().splitlines()[0]
        parts.append(f"\n## {title}\n\n| name | default | what |\n|---|---|---|\n")
        parts.extend(_row(name, Settings.model_fields[name]) for name in section.__annotations__)
    return "".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    shown = written(default).replace(str(ROOT), "<folder>")
    what = f"{field.description or ''}{_choices(field.annotation)}{' (secret)' if isinstance(default, SecretStr) else ''}"
    return f"| `YTEMPIRE_{name.upper()}` | {f'`{shown}`' if shown else ''} | {what} |\n"


def written(default: Any) -> str:
    """A default as one would write it in `.env`; nothing for a secret."""
    if default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool | dict | list | tuple):
        return json.dumps(default, default=_number)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _number(amount: Decimal) -> float:
    return int(amount) if amount == int(amount) else float(amount)


def _choices(kind: Any) -> str:
    """The values that a Literal, or a collection of those, takes."""
    allowed = [kind] if get_origin(kind) is Literal else [part for part in get_args(kind) if get_origin(part) is Literal]
    values = ", ".join(f"`{value}`" for part in allowed for value in get_args(part))
    return f"; {'one' if kind in allowed else 'any'} of {values}" if values else ""
