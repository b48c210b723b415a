"""Passwords, tokens, keys and signatures: the cryptography of the API, all of it from libraries.

What is stored of a secret is never enough to use it: passwords as argon2id, everything random as SHA-256 (128 bits of
entropy or more need no slow hash). Keys for different purposes are derived from `secret_key`, so that a signed link is no
access token.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import argon2
import jwt
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from models.errors import NotAuthenticated
from models.settings import Settings

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
VERIFY_LIFETIME = timedelta(days=1)
RESET_LIFETIME = timedelta(hours=1)
SIGN_IN_LINK_LIFETIME = timedelta(minutes=10)
LINK_LIFETIME = timedelta(hours=1)
API_KEY_PREFIX = "ytk_"
ISSUER = "ytempire"


class Passwords:
    """Hashing of passwords, off the event loop and at most two at once: each takes much memory."""

    def __init__(self, memory_mb: int) -> None:
        memory, rounds, lanes = memory_mb * 1024, argon2.DEFAULT_TIME_COST, argon2.DEFAULT_PARALLELISM
        self._hasher = PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=memory, parallelism=lanes),))
        self._gate = asyncio.Semaphore(2)
        # As long to check as an account's, and of no password: a third of a second of every start less than hashing one.
        salt, digest = (
            _unpadded(secrets.token_bytes(size)) for size in (argon2.DEFAULT_RANDOM_SALT_LENGTH, argon2.DEFAULT_HASH_LENGTH)
        )
        self._nobody = f"$argon2id$v=19$m={memory},t={rounds},p={lanes}${salt}${digest}"

    async def hash(self, password: str) -> str:
        """The hash to be stored."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one. Without an account (None) it takes as long and answers no."""
        async with self._gate:
            good = await asyncio.to_thread(self._check, password, stored or self._nobody)
        return good and stored is not None

    def _check(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(password, stored)
        except Exception:  # a hash of no known kind (`!`: the account has no password)
            self._hasher.verify(password, self._nobody)
            return False


def _unpadded(data: bytes) -> str:
    """Base64 as hashes are written: without its `=`."""
    return base64.b64encode(data).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says: who, and by which session."""

    user_id: UUID
    session_id: UUID


class Signer:
    """Signs access tokens and artifact links."""

    def __init__(self, settings: Settings) -> None:
        root = settings.secret_key.get_secret_value().encode()
        if settings.environment == "laptop" and root == b"laptop-only":
            root = _laptop_secret(settings)
        self._access = hmac.digest(root, b"ytempire access token", "sha256")
        self._links = hmac.digest(root, b"ytempire artifact link", "sha256")

    def access_token(self, user_id: UUID, session_id: UUID, lifetime: timedelta = ACCESS_LIFETIME) -> str:
        """A JWT for this session of this user."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": uuid4().hex,
        }
        return jwt.encode(claims, self._access, algorithm="HS256")

    def read_access_token(self, token: str) -> Access:
        """What the token says.

        Raises:
            NotAuthenticated: it is forged, malformed or expired.
        """
        try:
            claims = jwt.decode(
                token, self._access, algorithms=["HS256"], issuer=ISSUER, options={"require": ["exp", "iat", "sub", "sid", "iss"]}
            )
            return Access(UUID(claims["sub"]), UUID(claims["sid"]))
        except jwt.ExpiredSignatureError as error:
            raise NotAuthenticated(
                "The access token has expired.", hint="Ask for a new one at POST /api/v1/auth/refresh."
            ) from error
        except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotAuthenticated("The access token is not valid.", hint="Sign in again at POST /api/v1/auth/login.") from error

    def link(self, path: str, lifetime: timedelta = LINK_LIFETIME) -> str:
        """`path` with a signature that lets anybody read it until it expires. Rounded up, so that browsers can cache it."""
        span = int(lifetime.total_seconds())
        expires = (int(time.time()) // 60 + 1) * 60 + span
        return f"{path}?expires={expires}&signature={self._sign(path, expires)}"

    def link_is_good(self, path: str, expires: int, signature: str) -> bool:
        """Whether this very path was signed and the time has not come."""
        return same(signature, self._sign(path, expires)) and time.time() < expires

    def _sign(self, path: str, expires: int) -> str:
        return hmac.new(self._links, f"{path}\n{expires}".encode(), "sha256").hexdigest()


def new_secret() -> str:
    """256 random bits for a URL."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """What is stored of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_api_key() -> str:
    """A key as its owner sees it once; the prefix lets scanners of leaked secrets find it."""
    return API_KEY_PREFIX + secrets.token_urlsafe(32)


def same(given: str, expected: str) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _laptop_secret(settings: Settings) -> bytes:
    """A random secret kept in `data_dir`: with the published default any program of the machine could sign tokens."""
    path = settings.data_dir / "api-secret"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
            file.flush()
            os.fsync(file.fileno())  # an empty one after a power cut would sign what anybody can
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_bytes()
