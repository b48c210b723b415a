"""Whether a video goes on: exactly at the figures of the product, never a cent beside them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.costs.contracts import Decision, Scope, Standing, Verdict, VideoStanding
from models.costs.verdict import EconomyRules, judge, renews_at

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
RULES = EconomyRules(video_cap=Decimal("3.00"), video_from=Decimal("2.50"), script_from=Decimal("0.50"))


def _judge(
    video: str = "0", *, cap: str = "3", script: str = "0", remaining: str = "0", paused: str | None = None, **used: str
) -> Verdict:
    caps = {Scope.USER_DAY: "50", Scope.PLATFORM_DAY: "150", Scope.PLATFORM_MONTH: "4500"}
    budgets = {
        scope: Standing(scope=scope, cap=Decimal(most), spent=Decimal(used.get(scope.value, "0"))) for scope, most in caps.items()
    }
    budgets[Scope.VIDEO] = Standing(scope=Scope.VIDEO, cap=Decimal(cap), spent=Decimal(video))
    standing = VideoStanding(at=NOW, budgets=budgets, script_used=Decimal(script), paused=paused)
    return judge(standing, RULES, Decimal(remaining))


@pytest.mark.parametrize(
    ("video", "script", "remaining", "decision"),
    [
        ("0", "0", "0", Decision.GO),
        ("2.499999", "0.499999", "0.500001", Decision.GO),
        ("2.50", "0", "0", Decision.ECONOMY),
        ("0.50", "0.50", "0", Decision.ECONOMY),
        ("2.0", "0", "1.000001", Decision.ECONOMY),
        ("2.0", "0", "1.00", Decision.GO),
        ("2.999999", "0", "0", Decision.ECONOMY),
        ("3.00", "0", "0", Decision.STOP),
        ("3.10", "0", "0", Decision.STOP),
    ],
)
def test_a_video_turns_to_economy_and_stops_at_the_figures(video: str, script: str, remaining: str, decision: Decision) -> None:
    verdict = _judge(video, script=script, remaining=remaining)
    assert verdict.decision is decision
    assert bool(verdict.reason) == (decision is not Decision.GO)


@pytest.mark.parametrize(
    ("scope", "cap", "until"),
    [
        ("user_day", "50", datetime(2026, 11, 21, tzinfo=UTC)),
        ("platform_day", "150", datetime(2026, 11, 21, tzinfo=UTC)),
        ("platform_month", "4500", datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_spent_day_or_month_pauses_until_it_renews(scope: str, cap: str, until: datetime) -> None:
    verdict = _judge(**{scope: cap})
    assert (verdict.decision, verdict.scope, verdict.until) == (Decision.PAUSE, scope, until)
    assert "raises it" in verdict.reason
    almost = _judge(**{scope: str(Decimal(cap) - Decimal("0.01"))}, remaining="0.02")
    assert almost.decision is Decision.ECONOMY and "$0.01 left" in almost.reason


def test_the_longest_pause_is_named_and_the_switch_wins_over_all() -> None:
    assert _judge(user_day="50", platform_month="4500").scope == "platform_month"
    verdict = _judge("3", user_day="50", paused="maintenance")
    assert (verdict.decision, verdict.scope, verdict.until) == (Decision.PAUSE, "paused", None)
    assert verdict.reason == "The platform is paused: maintenance."
    assert _judge(paused="").reason == "The platform is paused."


def test_a_raised_cap_lets_the_video_go_on_as_it_was() -> None:
    assert _judge("3.00", cap="6").decision is Decision.GO
    assert _judge("5.50", cap="6").decision is Decision.ECONOMY
    assert _judge("6", cap="6").decision is Decision.STOP
    assert _judge("0.9", cap="1").decision is Decision.GO
    assert _judge("1", cap="1").decision is Decision.STOP


def test_budgets_renew_at_the_turn_of_the_utc_day_and_month() -> None:
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert renews_at(Scope.PLATFORM_DAY, last) == renews_at(Scope.PLATFORM_MONTH, last) == datetime(2027, 1, 1, tzinfo=UTC)
    assert renews_at(Scope.PLATFORM_MONTH, datetime(2028, 1, 31, tzinfo=UTC)) == datetime(2028, 2, 1, tzinfo=UTC)
    assert renews_at(Scope.VIDEO, last) is None
