"""What is counted of activities, as metrics of the worker that `workers.metrics` exports.

Labels name steps, providers and kinds of errors: never a user, a video, an account or a text of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from temporalio import activity

from models.errors import YtempireError, error_types
from models.videos.contracts import Provided
from models.videos.providers import CHAINS
from models.videos.status import Step, VideoStatus

OTHER = "other"
"""The label of what has no name of ours, such as a person's YouTube account."""
PROVIDERS = frozenset({choice.name for choices in CHAINS.values() for choice in choices} | {"operator", "gpu"})


def count_reuse(what: str, *, hit: bool) -> None:
    """Count a look into what was made or found before: `ytempire_reuse` with `what` and `hit`."""
    _count("ytempire_reuse", "looks into what was made or found before", what=what, hit=_word(hit))


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


def count_step(step: Step, provided: Provided) -> None:
    """Count who served a step (`ytempire_steps`, with `reused`) and who was passed over, and why (`ytempire_passed_over`)."""
    for provider in dict.fromkeys(provided.provider.split("+")):
        _count("ytempire_steps", "steps by who served them", step=step.value, provider=provider, reused=_word(provided.cached))
    for provider, reason in dict.fromkeys(passed_over(line) for line in provided.passed_over):
        _count("ytempire_passed_over", "providers that did not serve", step=step.value, provider=provider, reason=reason)


def passed_over(line: str) -> tuple[str, str]:
    """Provider and kind of error of a line `name: kind, words` or `name (scenes): words`; `other` for what is neither."""
    name, _, words = line.partition(":")
    provider, kind = name.partition(" (")[0].strip(), words.partition(",")[0].strip()
    return provider if provider in PROVIDERS else OTHER, kind if kind in error_types() else OTHER


def count_problems(what: str, found: int) -> None:
    """Count what an inspection of the platform found wrong: `ytempire_problems` with `what` was looked at; 0 makes it known too."""
    _count("ytempire_problems", "what inspections found wrong", by=found, what=what)


def observe_video_cost(status: VideoStatus, dollars: Decimal) -> None:
    """What a video had cost when it ended: histogram `video_cost_dollars` with its last `status`."""
    _observe("video_cost_dollars", "what ended videos cost", float(dollars), status=status.value)


def observe_render(film_seconds: float, seconds: float, encoder: str) -> None:
    """Seconds of rendering for a second of film: histogram `ytempire_render_realtime_factor` with `encoder`; 1 is real time.

    Tell it of films alone that were rendered from the first frame to the last.
    """
    if film_seconds > 0:
        factor = seconds / film_seconds
        _observe("ytempire_render_realtime_factor", "seconds of rendering for a second of film", factor, encoder=encoder)


def _word(yes: bool) -> str:
    return str(yes).lower()


def _count(name: str, description: str, by: int = 1, **labels: str) -> None:
    if activity.in_activity():
        activity.metric_meter().with_additional_attributes(labels).create_counter(name, description).add(by)


def _observe(name: str, description: str, value: float, **labels: str) -> None:
    if activity.in_activity():
        activity.metric_meter().with_additional_attributes(labels).create_histogram_float(name, description).record(value)
