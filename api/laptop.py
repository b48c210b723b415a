"""A laptop without sign-in: the owner's account, and the key by which the command line speaks for them."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

from api.security import fingerprint, new_api_key
from api.services import Services
from models.settings import Settings
from models.system.bootstrap import laptop_owner
from models.users.scopes import Scope

KEY_NAME = "command line"


def cli_token_path(settings: Settings) -> Path:
    """The file with the API key of the command line; only its owner may read it."""
    return settings.data_dir / "cli-token"


async def ensure_cli_token(parts: Services) -> None:
    """Make the owner's account, channel and key at the first start; a key that still works is left as it is."""
    owner, _ = await laptop_owner(parts.database)
    await parts.stores.registration.confirm_address(owner.id)
    path = cli_token_path(parts.settings)
    if path.exists() and await _works(parts, path.read_text().strip(), owner.id):
        return
    key = new_api_key()
    await parts.stores.keys.replace(owner.id, KEY_NAME, fingerprint(key), key[:12], list(Scope))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{key}\n")
    part.replace(path)


async def _works(parts: Services, key: str, owner: UUID) -> bool:
    known = await parts.stores.callers.by_key(fingerprint(key))
    return known is not None and known.user_id == owner
