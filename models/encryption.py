"""Secrets at rest: AES-256-GCM under keys from the settings, with the key's id in the text so that keys can rotate.

Format: `v1.<key id>.<base64url of nonce and sealed text>`. What a secret belongs to is authenticated with it: a text
copied to another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import Misconfigured
from models.settings import Settings

NONCE_BYTES, KEY_BYTES = 12, 32
VERSION = "v1"


class Cipher:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """`keys` by id, 32 bytes each, the one that seals first.

        Raises:
            Misconfigured: no key, or one of another length or with a dot in its id.
        """
        if not keys:
            raise Misconfigured("There is no encryption key.", hint="Set YTEMPIRE_ENCRYPTION_KEYS to id:base64key.")
        for name, key in keys.items():
            if len(key) != KEY_BYTES or not name or "." in name:
                raise Misconfigured(
                    f"The encryption key {name!r} is not 32 bytes under an id without dots.",
                    hint="Make one with: openssl rand -base64 32",
                )
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self.current = next(iter(keys))

    @classmethod
    def of(cls, settings: Settings) -> Cipher:
        """The cipher of this installation; on a laptop without keys, one is made once in `data_dir`.

        Raises:
            Misconfigured: a key that cannot be read, or none in production.
        """
        text = settings.encryption_keys.get_secret_value().strip()
        if not text and settings.environment == "production":
            raise Misconfigured("There is no encryption key.", hint="Set YTEMPIRE_ENCRYPTION_KEYS to id:base64key.")
        return cls(_parsed(text or _laptop_key(settings.data_dir)))

    def seal(self, secret: str, belongs_to: str) -> str:
        """The secret's text at rest. `belongs_to` names its row and column; the same name opens it."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self.current].encrypt(nonce, secret.encode(), belongs_to.encode())
        return f"{VERSION}.{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, text: str, belongs_to: str) -> str:
        """The secret again.

        Raises:
            Misconfigured: its key is not among the settings, or the text was changed or belongs elsewhere.
        """
        name, sealed = _taken_apart(text)
        key = self._keys.get(name)
        if key is None:
            raise Misconfigured(
                f"A stored secret needs the encryption key {name!r}, which is not set.",
                hint="Add it to YTEMPIRE_ENCRYPTION_KEYS behind the current one, then run `./ytempire youtube rotate-keys`.",
            )
        try:
            return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], belongs_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Misconfigured(
                f"A stored secret ({belongs_to}) does not open: it was changed, or its key {name!r} is another one now.",
                hint="Restore the key, or reconnect the account.",
            ) from error

    def sealed_by_current(self, text: str) -> bool:
        """Whether the text is under the key that seals now (what rotation looks for)."""
        return text.split(".", 2)[1:2] == [self.current]


def _taken_apart(text: str) -> tuple[str, bytes]:
    parts = text.split(".", 2)
    try:
        if len(parts) == 3 and parts[0] == VERSION:
            return parts[1], base64.urlsafe_b64decode(parts[2])
    except (binascii.Error, ValueError):
        pass
    raise Misconfigured("A stored secret is not in a form that this version knows.", hint="Reconnect the account.")


def _parsed(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        name, colon, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, altchars=b"-_" if set("-_") & set(encoded) else None, validate=True)
        except binascii.Error:
            key = b""
        if not colon or len(key) != KEY_BYTES:
            raise Misconfigured(
                f"Key {name[:20]!r} of YTEMPIRE_ENCRYPTION_KEYS is not id:base64 of 32 bytes.",
                hint="Make one with: openssl rand -base64 32",
            )
        keys[name] = key
    return keys


def _laptop_key(folder: Path) -> str:
    """The key of a laptop, made once; all that start together, processes or threads, agree on it."""
    path = folder / "encryption.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".encryption.key.") as part:  # readable by its owner alone
            part.write(f"laptop:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n")
            part.flush()
            os.fsync(part.fileno())  # what it encrypts is lost with it
            with suppress(FileExistsError):
                os.link(part.name, path)  # unlike a rename, fails when another was first
    return path.read_text().strip()
