"""Reads why an activity failed."""

from __future__ import annotations

from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, TimeoutError, TimeoutType

from models.errors import ProviderError, error_types
from models.videos.failures import Failure


def read_failure(error: ActivityError) -> Failure:
    """The error of the tree that the activity raised, or a plain account of what else ended it."""
    cause = error.cause
    if isinstance(cause, ApplicationError):
        if cause.details and isinstance(cause.details[0], dict):
            return Failure.model_validate(cause.details[0])
        return Failure(
            type=cause.type or "Unknown",
            what=f"{error.activity_type} stopped with an unexpected {cause.type}: {cause.message}",
            hint="Retry it; if it happens again, the run's history in the Temporal UI has the stack trace.",
        )
    if isinstance(cause, TimeoutError):
        lost = cause.type is TimeoutType.SCHEDULE_TO_START
        return Failure(
            type="NotPickedUp" if lost else "Unavailable",
            what=f"{error.activity_type} {'was not picked up by any worker' if lost else 'took too long'}.",
            hint="See that a worker of its queue runs (`./ytempire doctor`).",
        )
    if isinstance(cause, CancelledError):
        return Failure(type="Cancelled", what=f"{error.activity_type} was cancelled.")
    return Failure(type="Unknown", what=f"{error.activity_type} failed: {cause or error}")


def is_provider_failure(failure: Failure) -> bool:
    """Whether another provider may do better."""
    kind = error_types().get(failure.type)
    return kind is not None and issubclass(kind, ProviderError)
