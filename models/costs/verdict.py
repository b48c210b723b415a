"""Whether a video goes on, from what it and everybody spent. Pure rules.

Only caps that are reached stop a video. While anything is left it goes on, the economy way, and the ledger refuses the single call
that would pass a cap, so that the step's next, cheaper provider serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from models.costs.contracts import Decision, Scope, Verdict, VideoStanding
from models.money import ZERO, shown

NAMES = {
    Scope.VIDEO: "this video",
    Scope.PROVIDER_VIDEO: "the provider's part of this video",
    Scope.USER_DAY: "your day",
    Scope.PROVIDER_DAY: "the provider's day",
    Scope.PLATFORM_DAY: "the platform's day",
    Scope.PLATFORM_MONTH: "the platform's month",
}
RENEWING = (Scope.PLATFORM_MONTH, Scope.PLATFORM_DAY, Scope.USER_DAY)
"""Caps whose end pauses a video, the longest pause first."""


@dataclass(frozen=True)
class EconomyRules:
    """From where on a video is made the economy way, in US dollars. `video_from` belongs to a video with the cap `video_cap`."""

    video_cap: Decimal
    video_from: Decimal
    script_from: Decimal


def renews_at(scope: str, now: datetime) -> datetime | None:
    """When a budget of this scope begins anew: the next UTC day or month; None for a video's, which only a person raises."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if scope == Scope.PLATFORM_MONTH:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if scope in (Scope.USER_DAY, Scope.PROVIDER_DAY, Scope.PLATFORM_DAY):
        return today + timedelta(days=1)
    return None


def judge(standing: VideoStanding, rules: EconomyRules, remaining: Decimal = ZERO) -> Verdict:
    """The verdict. `remaining` is the estimate of the steps still to come at the present level."""
    video = standing.budgets[Scope.VIDEO]
    cap = video.cap if video.cap is not None else rules.video_cap

    def say(decision: Decision, reason: str, scope: str = "", until: datetime | None = None) -> Verdict:
        return Verdict(decision=decision, reason=reason, scope=scope, until=until, spent=video.used, cap=cap)

    if standing.paused is not None:
        return say(Decision.PAUSE, f"The platform is paused: {standing.paused}".rstrip(": ") + ".", "paused")
    for scope in RENEWING:
        budget = standing.budgets.get(scope)
        if budget is not None and budget.cap is not None and budget.used >= budget.cap:
            until = renews_at(scope, standing.at)
            return say(
                Decision.PAUSE,
                f"The budget of {NAMES[scope]} is spent ({shown(budget.used)} of {shown(budget.cap)}); "
                f"it renews at {until:%Y-%m-%d %H:%M} UTC, or when somebody raises it.",
                scope.value,
                until,
            )
    if video.used >= cap:
        return say(Decision.STOP, f"This video has spent {shown(video.used)} of {shown(cap)}.", Scope.VIDEO.value)
    return _economy(standing, rules, remaining, cap, say(Decision.GO, "")) or say(Decision.GO, "")


def _economy(standing: VideoStanding, rules: EconomyRules, remaining: Decimal, cap: Decimal, go: Verdict) -> Verdict | None:
    used = standing.budgets[Scope.VIDEO].used
    # A raised cap moves the threshold with it: who pays more for a video does not want all of that spent the economy way.
    threshold = rules.video_from + max(ZERO, cap - rules.video_cap)
    if used >= threshold:
        reason = f"This video has spent {shown(used)}, and from {shown(threshold)} on it is made the economy way."
    elif standing.script_used >= rules.script_from:
        reason = f"The script alone cost {shown(standing.script_used)} ({shown(rules.script_from)} or more)."
    else:
        tight = [
            (scope, budget.left)
            for scope in (Scope.VIDEO, *RENEWING)
            if (budget := standing.budgets.get(scope)) is not None and budget.left is not None and budget.left < remaining
        ]
        if not tight:
            return None
        scope, left = tight[0]
        reason = f"The rest would cost {shown(remaining)}, but {NAMES[scope]} has {shown(left)} left."
    return go.model_copy(update={"decision": Decision.ECONOMY, "reason": reason})
