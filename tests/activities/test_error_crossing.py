"""How errors cross from an activity to the workflow that decides about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationErrorCategory

from activities.errors import to_application_error
from models.costs.verdict import renews_at
from models.errors import (
    AuthenticationFailed,
    ComponentDown,
    OverBudget,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    YtempireError,
)
from models.videos.failures import Failure
from models.videos.status import ParkReason, Step
from workflows.failures import is_provider_failure
from workflows.steps import parked_for


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (RateLimited("slow down", provider="pexels"), 5),
        (AuthenticationFailed("bad key", provider="pexels"), 3),
        (Unavailable("502", provider="pexels"), 3),
        (Refused("policy", provider="openai"), 2),
        (QuotaExhausted("spent", provider="youtube"), 1),
    ],
)
def test_each_kind_of_error_is_tried_as_often_as_the_table_says(error: YtempireError, tries: int) -> None:
    retried = [not to_application_error(error, attempt).non_retryable for attempt in range(1, tries + 1)]
    assert retried == [True] * (tries - 1) + [False]


def test_a_part_of_the_platform_is_waited_for_as_long_as_the_policy_says() -> None:
    assert not to_application_error(ComponentDown("The database cannot be reached."), 1_000_000).non_retryable


def test_words_that_no_database_takes_do_not_cross() -> None:
    crossed = to_application_error(Unavailable("HTTP 502: \0\ud83d bad\ngateway", provider="pexels"), 1)
    assert crossed.details[0].what == "HTTP 502:  bad\ngateway"
    assert "\0" not in crossed.message and "\ud83d" not in crossed.message


def test_the_wait_that_a_provider_asks_for_is_obeyed() -> None:
    crossed = to_application_error(RateLimited("slow down", provider="pexels", retry_after=timedelta(seconds=42)), 1)
    assert crossed.next_retry_delay == timedelta(seconds=42)
    assert crossed.type == "RateLimited"


def test_a_wait_of_hours_ends_the_attempts_so_that_the_next_provider_serves() -> None:
    assert to_application_error(RateLimited("come back", provider="x", retry_after=timedelta(hours=3)), 1).non_retryable


def test_an_expected_refusal_raises_no_alarm() -> None:
    assert to_application_error(OverBudget("cap", scope="video"), 1).category is ApplicationErrorCategory.BENIGN


def test_the_workflow_reads_back_what_the_activity_meant() -> None:
    error = OverBudget("The day's budget is spent.", scope="platform_day", hint="It renews at midnight UTC.")
    failure = to_application_error(error, 1).details[0]
    assert isinstance(failure, Failure)
    assert not is_provider_failure(failure)
    parked = parked_for(failure, Step.VOICE, datetime(2026, 11, 30, 15, tzinfo=UTC))
    assert (parked.reason, parked.until) == (ParkReason.BUDGET, datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("scope", "renews"),
    [
        ("video", None),
        ("user_day", datetime(2026, 12, 31, tzinfo=UTC)),
        ("platform_month", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_cap_renews_when_its_period_ends(scope: str, renews: datetime | None) -> None:
    assert renews_at(scope, datetime(2026, 12, 30, 23, 59, tzinfo=UTC)) == renews
