"""The one way to run a step: one activity by its policy, remembered; or a chain of providers until one serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from models.costs.verdict import renews_at
    from models.ids import digest_of
    from models.videos.decisions import Parked
    from models.videos.failures import Failure
    from models.videos.status import ParkReason, Step
    from workflows.failures import is_provider_failure, read_failure
    from workflows.policies import LONGEST_PROVIDER_PAUSE, PERSON_WAIT, PROVIDER_PAUSE, Policy

T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)
PASSING = frozenset({"RateLimited", "Unavailable", "CircuitOpen", "QuotaExhausted", "NotPickedUp"})
"""Failures of a provider that time alone may end."""
GROWING = (ParkReason.PROVIDER, ParkReason.QUOTA, ParkReason.STORAGE)
"""Reasons to wait that time alone may end, and for which the waits grow."""
Activity = Callable[..., Any]
"""An activity method, named through its class so that a reader can follow it."""


class StepParked(Exception):
    """The step cannot go on now; the run parks with this."""

    def __init__(self, parked: Parked) -> None:
        super().__init__(parked.detail)
        self.parked = parked


class ProviderFailed(Exception):
    """One provider did not serve the step; the next may."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


class StepRunner:
    """Runs the steps of one video and remembers what ended, so that a parked run goes on where it stopped."""

    def __init__(self, demand_wanted: Callable[[], None] = lambda: None) -> None:
        """`demand_wanted` raises where the work was called off; it is asked before each activity that makes something."""
        self._made: dict[str, Any] = {}
        self.missing: set[str] = set()
        """Kinds of artifacts that a step did not find in the store."""
        self._demand_wanted = demand_wanted

    async def once(
        self, policy: Policy, activity: Activity, task: BaseModel, result: type[R], *, step: Step | None = None, summary: str = ""
    ) -> R:
        """The result of `activity` for `task`: from memory when this run has it, else made now.

        Raises:
            ProviderFailed: the provider did not serve, or cannot be paid; another may.
            StepParked: nobody but a person, money or time can help.
        """
        self._demand_wanted()
        key = f"{_name_of(activity)}:{digest_of(task)}"
        if key not in self._made:
            self._made[key] = await self.run(policy, activity, task, result, step=step, summary=summary)
        made: R = self._made[key]
        return made

    def forget(self, activity: Activity) -> None:
        """Let go of what this activity made: it is asked again, finds in the store what is left, and makes the rest."""
        self._made = {key: made for key, made in self._made.items() if not key.startswith(f"{_name_of(activity)}:")}

    async def run(
        self,
        policy: Policy,
        activity: Activity,
        task: BaseModel | list[Any],
        result: type[Any] | None,
        *,
        step: Step | None = None,
        summary: str = "",
    ) -> Any:
        """The result of `activity`, made now. Raises as `once`."""
        try:
            return await workflow.execute_activity(
                _name_of(activity),
                task,
                result_type=result,
                task_queue=policy.queue,
                start_to_close_timeout=policy.once,
                schedule_to_start_timeout=policy.picked_up,
                heartbeat_timeout=policy.heartbeat,
                retry_policy=policy.retry,
                cancellation_type=policy.cancellation,
                summary=summary or None,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            failure = read_failure(error)
            if failure.type == "NotFound" and "kind" in failure.detail:
                self.missing.add(failure.detail["kind"])
            if is_provider_failure(failure) or failure.type in ("NotPickedUp", "OverBudget"):
                raise ProviderFailed(failure) from error
            raise StepParked(parked_for(failure, step, workflow.now())) from error

    async def chain(
        self, step: Step, providers: tuple[str, ...], attempt: Callable[[str], Awaitable[T]]
    ) -> tuple[T, tuple[str, ...]]:
        """What the first provider that serves makes, with `name: reason` of those before it.

        A call that would pass a cap is not made: a cheaper provider, or the free local one, may serve instead.

        Raises:
            StepParked: no provider served; see `parked_without_provider`.
        """
        failures: list[tuple[str, Failure]] = []
        for name in providers:
            try:
                return await attempt(name), _reasons(failures)
            except ProviderFailed as error:
                failures.append((name, error.failure))
        raise StepParked(parked_without_provider(failures, step, workflow.now()))


def _name_of(activity: Activity) -> str:
    return activity.__name__


def parked_for(failure: Failure, step: Step | None, now: datetime) -> Parked:
    """How long, and for whom, a video waits after this failure."""
    if failure.type == "OverBudget":
        return Parked(
            reason=ParkReason.BUDGET,
            step=step,
            detail=failure.what,
            hint=failure.hint or "Raise the budget, or wait until it renews.",
            until=renews_at(failure.scope, now),
        )
    if failure.type in PASSING or failure.type == "ComponentDown":
        return Parked(
            reason=ParkReason.STORAGE if failure.type == "ComponentDown" else ParkReason.PROVIDER,
            step=step,
            detail=failure.what,
            hint=failure.hint or "It tries again by itself; a person can retry sooner.",
            until=now + (timedelta(seconds=failure.retry_after) if failure.retry_after else PROVIDER_PAUSE),
        )
    return Parked(
        reason=ParkReason.PERSON, step=step, detail=failure.what, hint=failure.hint or "Retry, edit the script, or cancel."
    )


def parked_without_provider(failures: Sequence[tuple[str, Failure]], step: Step, now: datetime) -> Parked:
    """How long, and for whom, a video waits when no provider of a step served.

    Those that do not do this at all are no reason to wait. Where one may come back by itself, time is waited for; else money, where
    that was a reason. It is a matter of quota when nothing else stands in the way.
    """
    able = [failure for _, failure in failures if failure.type != "NotServed"]
    over_budget = [failure for failure in able if failure.type == "OverBudget"]
    if over_budget and not any(failure.type in PASSING for failure in able):
        return parked_for(over_budget[-1], step, now)
    waits = [failure.retry_after for failure in able if failure.retry_after is not None]
    told = able or [failure for _, failure in failures]
    reasons = "; ".join(_reasons(failures)).rstrip(".") or "none is configured"
    return Parked(
        reason=ParkReason.QUOTA if able and all(failure.type == "QuotaExhausted" for failure in able) else ParkReason.PROVIDER,
        step=step,
        detail=f"No provider could serve the step {step}: {reasons}.",
        hint=(told[-1].hint if told else "") or "It tries again by itself; a person can retry sooner.",
        until=now + (timedelta(seconds=min(waits)) if waits else PROVIDER_PAUSE),
    )


def pause_of(parked: Parked, parks: int, now: datetime) -> timedelta:
    """How long a parked video waits: as told, or longer with each of `parks` where somebody stays away; for a person, a month."""
    if parked.until is None:
        return PERSON_WAIT
    if parked.reason not in GROWING:
        return max(parked.until - now, timedelta(seconds=1))
    grown: timedelta = min(PROVIDER_PAUSE * 2 ** min(parks - 1, 4), LONGEST_PROVIDER_PAUSE)
    return max(parked.until - now, grown)


def _reasons(failures: Sequence[tuple[str, Failure]]) -> tuple[str, ...]:
    return tuple(f"{name}: {failure.type}, {failure.what}" for name, failure in failures)
