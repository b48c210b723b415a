"""Calls in the name of one account: quota counted first, the token renewed when it is refused, broken lines waited out."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from activities.upload.youtube_client import CallFailed, YouTubeClient
from models.errors import (
    AuthenticationFailed,
    InvalidRequest,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    YtempireError,
)
from models.youtube.quota import Call, next_pacific_midnight
from models.youtube.reasons import UPLOAD_LIMIT_WAIT, Answer, Trouble

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore
    from activities.upload.tokens import AccountTokens
    from models.settings import YouTubeSettings
    from models.youtube.quota_store import QuotaStore
    from models.youtube.store import AccountStore
    from models.youtube.upload_store import UploadStore

T = TypeVar("T")
PROVIDER = "youtube"
FAULTS_IN_A_ROW = 5
REFRESHES = 3
LONGEST_WAIT = 30.0


class LoopBridge:
    """Lets a thread ask what only the event loop can answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` runs in another thread than those that ask."""
        self._loop = loop

    def __call__(self, question: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine run on the loop."""
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()


@dataclass(frozen=True)
class Parts:
    """What publishing to YouTube is built from."""

    store: ArtifactStore
    uploads: UploadStore
    quota: QuotaStore
    accounts: AccountStore
    tokens: AccountTokens
    settings: YouTubeSettings
    ask: LoopBridge
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


class AnotherAccount(Exception):
    """This account cannot go on; another one that is granted the channel may."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class AccountCalls:
    """The API in the name of one account, for one thread."""

    def __init__(
        self, parts: Parts, account_id: UUID, label: str, project: str, *, alive: Callable[[], None] = lambda: None
    ) -> None:
        """`alive` is told before every try and every five seconds of waiting; it may raise to end it all."""
        self._parts = parts
        self._alive = alive
        self.account_id = account_id
        self.label = label
        self.project = project
        self.last = Call.VIDEOS_INSERT
        """The call that is under way: when YouTube says that quota is spent, it means this one's bucket."""
        self._client: YouTubeClient | None = None
        self._refreshes = 0
        self._faults = 0

    @property
    def client(self) -> YouTubeClient:
        """The client with a working token.

        Raises:
            AuthenticationFailed: the account must be reconnected.
        """
        if self._client is None:
            self._client = self._new_client(self._parts.ask(self._parts.tokens.access(self.account_id)))
        return self._client

    def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            self._client.close()

    def call(self, call: Call, build: Callable[[Any], Any], *, optional: bool = False) -> dict[str, Any]:
        """Make a call that may safely be made twice; `build` makes the request from the API.

        Raises:
            CallFailed: YouTube refused it for a reason that this account and waiting cannot mend.
            QuotaExhausted: our own count says that it does not fit today.
            AuthenticationFailed: the account must be reconnected.
        """

        def act(client: YouTubeClient) -> dict[str, Any]:
            self.last = call
            self.spend(call, optional=optional)
            return client.run(build(client.api))

        return self.patiently(act)

    def patiently(self, act: Callable[[YouTubeClient], T]) -> T:
        """`act`, again after a refused token or a broken line, as often as the rules allow."""
        while True:
            self._alive()
            client = self.client
            try:
                result = act(client)
            except CallFailed as failed:
                self.bear(failed)
                continue
            self._faults = 0
            return result

    def bear(self, failed: CallFailed) -> None:
        """Do what lets a failed call be made again: renew the token, or wait. Anything else is raised as it came."""
        if failed.answer.trouble is Trouble.AUTH:
            self._renew(failed)
        elif failed.answer.trouble is Trouble.SERVER and self._faults < FAULTS_IN_A_ROW:
            wait = min(self._parts.settings.youtube_backoff_seconds * 2**self._faults, LONGEST_WAIT)
            self._faults += 1
            self._sleep(random.uniform(wait / 2, wait))
        else:
            raise failed

    def _sleep(self, seconds: float) -> None:
        while seconds > 0:
            self._alive()
            time.sleep(min(seconds, 5.0))
            seconds -= 5.0

    def progressed(self) -> None:
        """Something worked: faults are counted anew."""
        self._faults = 0

    def spend(self, call: Call, *, optional: bool = False) -> None:
        """Count a call of this account's project."""
        self._parts.ask(self._parts.quota.spend(self.project, call, self._parts.now(), optional=optional))

    def mark_full(self, call: Call) -> None:
        """YouTube says that the bucket of this call is used up."""
        self._parts.ask(self._parts.quota.mark_full(self.project, call, self._parts.now()))

    def outcome(self, *, success: bool, error: str = "") -> None:
        """Count a success or failure of the account."""
        self._parts.ask(self._parts.accounts.outcome(self.account_id, success=success, error=error))

    def error(self, failed: CallFailed, what: str) -> YtempireError:
        """What a failed call is to the workflow: the table of errors."""
        return as_error(failed.answer, f"{what} (account {self.label})", self._parts.now())

    def _renew(self, failed: CallFailed) -> None:
        """A new token after a refused one; after three, the account must be reconnected.

        Raises:
            AuthenticationFailed: it must.
        """
        client = self.client
        if self._refreshes >= REFRESHES:
            why = f"YouTube refuses every new token: {failed.answer.message}"
            self._parts.ask(self._parts.tokens.give_up(self.account_id, why, refused=client.token))
            raise AuthenticationFailed(why, provider=PROVIDER, detail=_about(failed.answer, link=self._link()))
        self._refreshes += 1
        token = self._parts.ask(self._parts.tokens.access(self.account_id, refused=client.token))
        client.close()
        self._client = self._new_client(token)

    def _new_client(self, token: str) -> YouTubeClient:
        settings = self._parts.settings
        return YouTubeClient(token, root=settings.youtube_api_url, timeout=settings.youtube_timeout_seconds, now=self._parts.now)

    def _link(self) -> str:
        return self._parts.tokens.reconnect_link(self.account_id)


def as_error(answer: Answer, what: str, now: datetime) -> YtempireError:
    """An error answer as one of our errors, with what the workflow needs to wait or park in its detail."""
    said = f"{what}: {answer.message} ({answer.reason})."
    about = _about(answer)
    trouble = answer.trouble
    if trouble is Trouble.METADATA:
        return InvalidRequest(
            f"YouTube does not accept the {answer.field}. {said}",
            hint="Change it, then retry the upload.",
            field=answer.field,
            detail=about,
        )
    if trouble is Trouble.QUOTA:
        return _quota(said, next_pacific_midnight(now) - now, about)
    if trouble is Trouble.UPLOAD_LIMIT:
        return _quota(said, UPLOAD_LIMIT_WAIT, about)
    if trouble is Trouble.RATE:
        return RateLimited(said, provider=PROVIDER, retry_after=answer.retry_after, detail=about)
    if trouble is Trouble.AUTH:
        return AuthenticationFailed(said, provider=PROVIDER, hint="Reconnect the account.", detail=about)
    if trouble is Trouble.SERVER:
        return Unavailable(said, provider=PROVIDER, retry_after=answer.retry_after, detail=about)
    return Refused(said, provider=PROVIDER, detail=about)


def _quota(said: str, wait: timedelta, about: dict[str, Any]) -> ProviderError:
    return QuotaExhausted(said, provider=PROVIDER, retry_after=wait, hint="It goes on by itself then.", detail=about)


def _about(answer: Answer, *, link: str = "") -> dict[str, Any]:
    return {"reason": answer.reason, "trouble": answer.trouble.value, **({"link": link} if link else {})}
