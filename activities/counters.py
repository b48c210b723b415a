"""What is counted of activities, as metrics of the worker: how calls of providers ended, and what served again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import activity

from models.errors import YtempireError


def count_reuse(what: str, *, hit: bool) -> None:
    """Count a look into what was made or found before: `ytempire_reuse` with `what` and `hit`."""
    _count("ytempire_reuse", "looks into what was made or found before", what=what, hit=str(hit).lower())


@contextmanager
def counted_call(provider: str) -> Iterator[None]:
    """Count how a call of a provider ended: `ytempire_provider_calls` with `provider` and `outcome`.

    The outcome is `served`, the name of the error, or `Interrupted`.
    """
    outcome = "Interrupted"
    try:
        yield
        outcome = "served"
    except YtempireError as error:
        outcome = error.type_name()
        raise
    finally:
        _count("ytempire_provider_calls", "calls of providers by how they ended", provider=provider, outcome=outcome)


def _count(name: str, description: str, **labels: str) -> None:
    if activity.in_activity():
        activity.metric_meter().with_additional_attributes(labels).create_counter(name, description).add(1)
