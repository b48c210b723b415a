"""The one tree of errors.

Every failure that a person or a workflow may see is one of these. Each knows the HTTP status it becomes, the Temporal type
it crosses processes as (its class name), whether waiting can help, and how often a step may try the same provider again.
A message says what happened, to what, and what to do next.
"""

from __future__ import annotations

import errno
import sys
import unicodedata
from datetime import timedelta
from typing import Any, ClassVar, Literal

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a system says of a write for which there is no room."""


def writable(text: str) -> str:
    """A stranger's words without what no database takes: control characters but white space, and halves of surrogate pairs."""
    if text.isprintable():
        return text
    return "".join(each for each in text if each.isspace() or unicodedata.category(each) not in ("Cc", "Cs"))


class YtempireError(Exception):
    """Root of the tree: `what` happened, to what; `hint`, what to do next; `field`, the input at fault, if one is."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    attempts: ClassVar[int] = 1
    """Attempts at one provider before the step goes on to the next one (spec: when a provider misbehaves)."""
    expected: ClassVar[bool] = False
    """An expected refusal: no alarm, no stack trace (Temporal's BENIGN category)."""

    def __init__(self, what: str, *, hint: str = "", field: str | None = None, detail: dict[str, Any] | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.field = field
        self.detail: dict[str, Any] = detail or {}

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".strip() if self.hint else self.what

    @classmethod
    def type_name(cls) -> str:
        """The name under which this error crosses Temporal."""
        return cls.__name__


class InvalidRequest(YtempireError):
    """What was asked cannot be done as asked; asking again changes nothing."""

    status, title, expected = 422, "The request is not valid", True


class NotAllowed(YtempireError):
    """The asker may not do this."""

    status, title, expected = 403, "Not allowed", True


class NotAuthenticated(YtempireError):
    """Nobody, or nobody known, asked."""

    status, title, expected = 401, "Sign in first", True


class NotFound(YtempireError):
    """It does not exist, or not for the asker."""

    status, title, expected = 404, "Not found", True


class Conflict(YtempireError):
    """It cannot be done in the present state."""

    status, title, expected = 409, "Conflict with the present state", True


class TooManyRequests(YtempireError):
    """The asker's own limit is reached."""

    status, title, expected = 429, "Too many requests", True

    def __init__(self, what: str, *, retry_after: timedelta, hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.retry_after = retry_after


class OverBudget(YtempireError):
    """A cap would be passed. `scope` names the cap: video, user_day, platform_day, platform_month, provider_day, provider_video."""

    status, title, expected = 402, "Over budget", True

    def __init__(self, what: str, *, scope: str, hint: str = "", detail: dict[str, Any] | None = None) -> None:
        super().__init__(what, hint=hint, detail=detail)
        self.scope = scope


class Misconfigured(YtempireError):
    """A setting, a file, a port or a program of this installation is missing or wrong."""

    status, title = 500, "The installation needs attention"


class ComponentDown(YtempireError):
    """A part of the platform itself (database, Temporal, storage) is away for now: tried for as long as the step's policy says."""

    status, title, attempts = 503, "Temporarily unavailable", sys.maxsize

    def __init__(self, what: str, *, retry_after: timedelta = timedelta(seconds=5), hint: str = "") -> None:
        super().__init__(what, hint=hint)
        self.retry_after = retry_after


Billed = Literal["no", "unknown", "yes"]
"""Whether a call that failed costs money: what is surely not billed is released, everything else stays counted."""


class ProviderError(YtempireError):
    """A provider did not serve. `retry_after` is the wait it asked for; `billed`, whether the call costs money."""

    status, title = 502, "A provider failed"
    usually_billed: ClassVar[Billed] = "unknown"

    def __init__(
        self,
        what: str,
        *,
        provider: str,
        retry_after: timedelta | None = None,
        hint: str = "",
        detail: dict[str, Any] | None = None,
        billed: Billed | None = None,
    ) -> None:
        """`billed` None is what is usual for this kind of failure; pass "no" where surely nothing was sent."""
        super().__init__(what, hint=hint, detail=detail)
        self.provider = provider
        self.retry_after = retry_after
        self.billed: Billed = billed or self.usually_billed


class RateLimited(ProviderError):
    """Too many calls for now; the provider's Retry-After is obeyed."""

    attempts, usually_billed = 5, "no"


class Unavailable(ProviderError):
    """The provider is down, slow, or answered with a 5xx."""

    attempts = 3


class AuthenticationFailed(ProviderError):
    """The key or token is refused; refreshed at most three times, then a person is told."""

    attempts, usually_billed = 3, "no"


class QuotaExhausted(ProviderError):
    """The provider's quota is spent until `retry_after`."""

    usually_billed = "no"


class CircuitOpen(ProviderError):
    """Not called: the provider failed too often lately. `retry_after` is the time of the next trial."""

    expected, usually_billed = True, "no"


class UnknownPrice(ProviderError):
    """Not called: nobody knows what the call would cost. The next provider serves, and a person is told."""

    status, title, usually_billed = 500, "No price is known", "no"


class NotServed(ProviderError):
    """The provider does not do this at all (a language it does not speak); the next provider may."""

    expected, usually_billed = True, "no"


class Refused(ProviderError):
    """The provider will not do this (policy, safety); one repair request with the reason, then the next provider."""

    attempts = 2
    expected = True


class BadOutput(ProviderError):
    """The answer cannot be used (wrong schema, corrupt media, too short); one repair request, then the next provider."""

    attempts = 2


class MediaError(InvalidRequest):
    """A picture, clip or sound given by the operator cannot be read or used."""


def error_types() -> dict[str, type[YtempireError]]:
    """Every error of the tree by its Temporal type name."""
    found: dict[str, type[YtempireError]] = {}
    waiting: list[type[YtempireError]] = [YtempireError]
    while waiting:
        kind = waiting.pop()
        found[kind.type_name()] = kind
        waiting.extend(kind.__subclasses__())
    return found
