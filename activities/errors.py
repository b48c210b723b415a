"""How the tree of errors crosses Temporal: the one place that turns a `YtempireError` into an `ApplicationError`.

The workflow reads it back with `models.videos.failures.Failure`. Attempts are counted here because each kind of error may be
tried a different number of times, which a single retry policy cannot say.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.pulse import Pulse
from models.errors import OverBudget, ProviderError, RateLimited, Unavailable, YtempireError, writable
from models.videos.failures import Failure

FIRST_WAIT = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=10)
"""A provider that asks for a longer pause is passed over instead; the workflow comes back to it by parking."""
LONGEST_WORDS = 2_000
"""Characters of a text in a failure: a history holds every attempt's."""


def to_application_error(error: YtempireError, attempt: int) -> ApplicationError:
    """The form in which `error`, seen in the `attempt`-th try, crosses to the workflow."""
    retry_after: timedelta | None = getattr(error, "retry_after", None)
    exhausted = attempt >= error.attempts or (retry_after is not None and retry_after > LONGEST_WAIT)
    failure = Failure(
        type=error.type_name(),
        what=writable(error.what[:LONGEST_WORDS]),
        hint=writable(error.hint[:LONGEST_WORDS]),
        field=error.field or "",
        provider=getattr(error, "provider", ""),
        scope=error.scope if isinstance(error, OverBudget) else "",
        retry_after=retry_after.total_seconds() if retry_after is not None else None,
        detail={key: writable(str(value)[:LONGEST_WORDS]) for key, value in error.detail.items()},
    )
    return ApplicationError(
        writable(str(error)[: 2 * LONGEST_WORDS]),
        failure,
        type=error.type_name(),
        non_retryable=exhausted,
        next_retry_delay=None if exhausted else retry_after or _backoff(error, attempt),
        category=ApplicationErrorCategory.BENIGN if error.expected else ApplicationErrorCategory.UNSPECIFIED,
    )


def _backoff(error: YtempireError, attempt: int) -> timedelta | None:
    """Exponential with jitter, so that workers that were refused together do not come back together; None: the policy's own."""
    if not isinstance(error, RateLimited | Unavailable):
        return None
    seconds = min(FIRST_WAIT.total_seconds() * 2 ** (attempt - 1), LONGEST_BACKOFF.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))


class _Inbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except ProviderError as error:
            # Without what led to it: the words of clients and servers may be long, and may repeat a key.
            raise to_application_error(error, activity.info().attempt) from None
        except YtempireError as error:
            raise to_application_error(error, activity.info().attempt) from error


class ErrorTranslation(Interceptor):
    """Worker interceptor: every activity's `YtempireError` crosses typed."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap `next`."""
        return _Inbound(next)


def interceptors() -> Sequence[Interceptor]:
    """What every worker of ours runs its activities through."""
    return (ErrorTranslation(), Pulse())
