"""Signing in and staying so. No answer, and no time that one takes, tells whether an address has an account."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from api import mails
from api.schemas.auth import Tokens
from api.security import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    RESET_LIFETIME,
    SIGN_IN_LINK_LIFETIME,
    VERIFY_LIFETIME,
    fingerprint,
    new_secret,
)
from api.services import Services
from models.errors import ComponentDown, NotAllowed, NotAuthenticated, TooManyRequests
from models.users.callers import Known
from models.users.passwords import weakness
from models.users.sessions import Purpose
from models.users.store import folded

log = structlog.get_logger("api")

_background: set[asyncio.Task[None]] = set()


class SigningIn:
    """What people who have no session yet, or want another password, may ask for."""

    def __init__(self, parts: Services, *, agent: str = "", address: str = "") -> None:
        self._parts, self._agent, self._address = parts, agent, address

    async def register(self, email: str, password: str, name: str) -> None:
        """Make an account that waits for the confirmation of its address; an address that has one is told by mail.

        Raises:
            NotAllowed: the password is weak.
        """
        _require_strength(password, email, "body.password")
        hashed = await self._parts.passwords.hash(password)
        user_id, known = await self._parts.stores.registration.register(email, hashed, name)
        self._later(self._write_to_new(user_id, folded(email), hashed, known))

    async def confirm_address(self, token: str) -> UUID:
        """The address is its owner's.

        Raises:
            NotAuthenticated: the token is unknown, used or too old.
        """
        user_id = await self._parts.stores.sessions.confirm(fingerprint(token))
        if user_id is None:
            raise _used_up()
        return user_id

    async def log_in(self, email: str, password: str) -> tuple[UUID, Tokens]:
        """A new session.

        Raises:
            NotAuthenticated: wrong address or password, or the address is not confirmed.
            TooManyRequests: five attempts failed; wait.
        """
        sessions, hashed_address = self._parts.stores.sessions, fingerprint(folded(email))
        locked = await sessions.attempt(hashed_address)
        if locked is not None:
            raise TooManyRequests(
                "Too many failed attempts for this address.", retry_after=locked, hint="Wait, or reset the password by mail."
            )
        account = await self._parts.stores.registration.credentials(email)
        good = await self._parts.passwords.verify(password, account.password_hash if account else None)
        if account is None or not good or not account.usable:
            if account is not None:
                self._later(sessions.note_failure(account.user_id))
            raise NotAuthenticated(
                "Wrong address or password, or the address is not confirmed yet.",
                hint="Registering again sends another confirmation; a forgotten password is reset by mail.",
            )
        tokens = await self._open(account.user_id, account.password_hash)
        await sessions.forgive(hashed_address)
        return account.user_id, tokens

    async def refresh(self, token: str) -> Tokens:
        """New tokens for a refresh token, once. A spent one ends its session: somebody has a copy.

        Raises:
            NotAuthenticated: it is unknown, expired or spent.
        """
        sessions, secret = self._parts.stores.sessions, new_secret()
        opened = await sessions.rotate(fingerprint(token), fingerprint(secret), REFRESH_LIFETIME)
        if opened is None:
            ended = await sessions.end_family_of_spent(fingerprint(token))
            if ended is not None:
                self._parts.log.audit(
                    "session.refresh_reused",
                    actor=ended.user_id,
                    object_type="session",
                    object_id=ended.session_id,
                    address=self._address,
                )
            raise NotAuthenticated("The refresh token is not good any more.", hint="Sign in again at POST /api/v1/auth/login.")
        return _tokens(self._parts.signer.access_token(opened.user_id, opened.session_id), secret)

    async def ask_for_reset(self, email: str) -> None:
        """Send a link to set a new password, if the address has an account."""
        account = await self._parts.stores.registration.credentials(email)
        if account is not None and account.usable:
            self._later(self._write_reset(account.user_id, folded(email)))

    async def reset(self, token: str, password: str) -> UUID:
        """Set a new password with the token out of the mail; every session ends.

        Raises:
            NotAuthenticated: the token is unknown, used or too old.
            NotAllowed: the password is weak.
        """
        _require_strength(password, "", "body.password")
        hashed = await self._parts.passwords.hash(password)
        found = await self._parts.stores.registration.reset_password(fingerprint(token), hashed)
        if found is None:
            raise _used_up()
        user_id, email = found
        await self._tell_of_change(email)
        return user_id

    async def change_password(self, caller: Known, current: str, new: str) -> None:
        """Set another password; every other session ends.

        Raises:
            NotAllowed: the current password is another one, or the new one is weak.
            TooManyRequests: five attempts failed.
        """
        sessions, hashed_address = self._parts.stores.sessions, fingerprint(caller.email)
        locked = await sessions.attempt(hashed_address)
        if locked is not None:
            raise TooManyRequests("Too many failed attempts.", retry_after=locked)
        account = await self._parts.stores.registration.credentials_of(caller.user_id)
        if not await self._parts.passwords.verify(current, account.password_hash):
            raise _not_the_current()
        _require_strength(new, caller.email, "body.new")
        hashed = await self._parts.passwords.hash(new)
        email = await self._parts.stores.registration.change_password(
            caller.user_id, account.password_hash, hashed, keep=caller.session_id
        )
        if email is None:
            raise _not_the_current()
        await self._tell_of_change(email)

    async def sign_in_link(self, user_id: UUID) -> tuple[str, timedelta]:
        """A link to the console that signs a browser in, once. The token is in its fragment, which no server or log sees."""
        secret = new_secret()
        await self._parts.stores.sessions.issue(Purpose.SIGN_IN, user_id, fingerprint(secret), SIGN_IN_LINK_LIFETIME)
        return f"{self._parts.settings.public_url.rstrip('/')}/#sign-in/{secret}", SIGN_IN_LINK_LIFETIME

    async def by_link(self, token: str) -> tuple[UUID, Tokens]:
        """A new session for the token of a sign-in link.

        Raises:
            NotAuthenticated: it is unknown, used or too old.
        """
        user_id = await self._spend(Purpose.SIGN_IN, token)
        return user_id, await self._open(user_id)

    async def _tell_of_change(self, email: str) -> None:
        self._parts.mailer.send(email, *mails.password_changed())
        await self._parts.stores.sessions.forgive(fingerprint(folded(email)))

    async def _spend(self, purpose: Purpose, token: str) -> UUID:
        user_id = await self._parts.stores.sessions.spend(purpose, fingerprint(token))
        if user_id is None:
            raise _used_up()
        return user_id

    async def _open(self, user_id: UUID, password_hash: str | None = None) -> Tokens:
        secret = new_secret()
        opened = await self._parts.stores.sessions.open(
            user_id, fingerprint(secret), REFRESH_LIFETIME, agent=self._agent, address=self._address, password_hash=password_hash
        )
        return _tokens(self._parts.signer.access_token(user_id, opened.session_id), secret)

    async def _write_to_new(self, user_id: UUID, email: str, hashed: str, known: bool) -> None:
        if known:
            self._parts.mailer.send(email, *mails.already_registered(self._parts.settings.public_url))
            return
        secret = new_secret()
        await self._parts.stores.sessions.ask_to_confirm(user_id, fingerprint(secret), hashed, VERIFY_LIFETIME)
        self._parts.mailer.send(email, *mails.confirm_address(self._parts.settings.public_url, secret))

    async def _write_reset(self, user_id: UUID, email: str) -> None:
        secret = new_secret()
        await self._parts.stores.sessions.issue(Purpose.RESET, user_id, fingerprint(secret), RESET_LIFETIME)
        self._parts.mailer.send(email, *mails.reset_password(self._parts.settings.public_url, secret))

    @staticmethod
    def _later(work: Coroutine[Any, Any, None]) -> None:
        """Do it after the answer: the time that it takes would tell."""
        task = asyncio.create_task(_quietly(work))
        _background.add(task)
        task.add_done_callback(_background.discard)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except ComponentDown as error:
        log.error("a mail could not be prepared", error=str(error))


def _used_up() -> NotAuthenticated:
    return NotAuthenticated("The link has been used or is too old.", hint="Ask for a new one.")


def _not_the_current() -> NotAllowed:
    return NotAllowed("The current password is another one.", hint="A forgotten password is reset by mail.")


def _require_strength(password: str, email: str, field: str) -> None:
    if reason := weakness(password, email=email):
        raise NotAllowed(reason, hint="Long is good: a few unrelated words.", field=field)


def _tokens(access: str, refresh: str) -> Tokens:
    return Tokens(access_token=access, expires_in=int(ACCESS_LIFETIME.total_seconds()), refresh_token=refresh)
