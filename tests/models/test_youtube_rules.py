"""The rules of publishing: days that end at midnight Pacific, dated costs, the score, health, what error answers mean."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Misconfigured
from models.youtube.choosing import AccountKind, AccountStatus, Candidate, Unfit, choose
from models.youtube.health import Health
from models.youtube.markers import marker_of, tags_with
from models.youtube.oauth import challenge_of, dies_at, must_refresh
from models.youtube.quota import (
    Bucket,
    Call,
    Level,
    Limit,
    ProjectDay,
    cost_of,
    forecast,
    level_of,
    limit_of,
    next_pacific_midnight,
    pacific_day,
    spendable,
)
from models.youtube.reasons import Trouble, read_answer
from tests.models.quota_rows import KNOWN_COSTS, KNOWN_LIMITS

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _candidate(**more: object) -> Candidate:
    values: dict[str, object] = {
        "account_id": uuid4(), "project": "p", "kind": AccountKind.ACTIVE, "status": AccountStatus.ACTIVE, "token_valid": True,
        "uploads_today": 0, "uploads_a_day": 5, "quota_used": 0, "quota_units": 100, **more,
    }  # fmt: skip
    return Candidate(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "day", "ends"),
    [
        ("2026-11-20T07:59:59+00:00", "2026-11-19", "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00+00:00", "2026-11-20", "2026-11-21T08:00:00+00:00"),
        ("2026-07-01T06:59:00+00:00", "2026-06-30", "2026-07-01T07:00:00+00:00"),
        # 2027-03-14 has 23 hours (clocks go forward), 2026-11-01 has 25 (they go back)
        ("2027-03-14T08:00:00+00:00", "2027-03-14", "2027-03-15T07:00:00+00:00"),
        ("2027-03-15T06:59:59+00:00", "2027-03-14", "2027-03-15T07:00:00+00:00"),
        ("2026-11-01T07:00:00+00:00", "2026-11-01", "2026-11-02T08:00:00+00:00"),
        ("2026-11-02T07:30:00+00:00", "2026-11-01", "2026-11-02T08:00:00+00:00"),
    ],
)
def test_a_quota_day_is_a_pacific_day_through_both_clock_changes(now: str, day: str, ends: str) -> None:
    moment = datetime.fromisoformat(now)
    assert pacific_day(moment) == date.fromisoformat(day)
    assert next_pacific_midnight(moment) == datetime.fromisoformat(ends)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_the_day_changes_exactly_at_its_end(moment: datetime) -> None:
    end = next_pacific_midnight(moment)
    assert timedelta(0) < end - moment <= timedelta(hours=25)
    assert pacific_day(end - timedelta(microseconds=1)) == pacific_day(moment)
    assert pacific_day(end) == pacific_day(moment) + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "bucket", "units"),
    [
        (date(2025, 12, 3), Bucket.GENERAL, 1600),
        (date(2025, 12, 4), Bucket.GENERAL, 100),
        (date(2026, 5, 31), Bucket.GENERAL, 100),
        (date(2026, 6, 1), Bucket.INSERT, 1),
    ],
)
def test_an_upload_costs_what_its_day_says(day: date, bucket: Bucket, units: int) -> None:
    cost = cost_of(KNOWN_COSTS, Call.VIDEOS_INSERT, day)
    assert (cost.bucket, cost.units) == (bucket, units)


def test_an_unknown_call_or_bucket_is_never_free() -> None:
    with pytest.raises(Misconfigured, match="quota_costs"):
        cost_of(KNOWN_COSTS, "videos.unheard", date(2026, 11, 20))
    with pytest.raises(Misconfigured, match="quota_limits"):
        limit_of(KNOWN_LIMITS, "p", "unheard", date(2026, 11, 20))


def test_a_project_with_a_row_of_its_own_has_its_own_limit() -> None:
    rows = [*KNOWN_LIMITS, Limit(Bucket.INSERT, 600, date(2026, 7, 1), "audited")]
    assert limit_of(rows, "audited", Bucket.INSERT, date(2026, 11, 20)) == 600
    assert limit_of(rows, "audited", Bucket.INSERT, date(2026, 6, 15)) == 100
    assert limit_of(rows, "other", Bucket.INSERT, date(2026, 11, 20)) == 100


def test_five_percent_are_kept_and_optional_calls_stop_at_ninety() -> None:
    assert (spendable(100), spendable(10_000), spendable(7)) == (95, 9_500, 6)
    assert spendable(10_000, optional=True) == 9_000
    assert spendable(10_000, override=True) == 10_000
    assert [level_of(used, 100) for used in (69, 70, 89, 90, 94, 95)] == [
        Level.FINE, Level.WARNING, Level.WARNING, Level.CRITICAL, Level.CRITICAL, Level.FULL,
    ]  # fmt: skip


def test_the_forecast_counts_what_every_limit_still_lets_through() -> None:
    day = date(2026, 11, 20)
    fits = forecast([ProjectDay("p", 95, 9_500, [5, 5, 2])], KNOWN_COSTS, day, caption_tracks=1)
    assert (fits.videos, fits.complete) == (12, 12)
    fits = forecast([ProjectDay("p", 95, 2_000, [5] * 12), ProjectDay("q", 3, 9_500, [5])], KNOWN_COSTS, day, caption_tracks=2)
    assert (fits.videos, fits.complete) == (63, 2 + 3)


def test_the_score_is_the_documented_sum() -> None:
    rested = _candidate(quota_used=40, uploads_today=2, error_rate=0.25, last_used_at=NOW - timedelta(hours=1))
    assert rested.score(NOW) == pytest.approx(100 * (0.40 * 0.6 + 0.30 * 0.6 + 0.20 * 0.75 + 0.10 * 0.25))
    assert _candidate().score(NOW) == pytest.approx(100)
    assert _candidate(kind=AccountKind.RESERVE).score(NOW) == pytest.approx(10)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"status": AccountStatus.DISABLED}, Unfit.DISABLED),
        ({"status": AccountStatus.NEEDS_RECONNECT}, Unfit.TOKEN),
        ({"token_valid": False}, Unfit.TOKEN),
        ({"consecutive_errors": 3}, Unfit.ERRORS),
        ({"uploads_today": 5}, Unfit.UPLOADS),
        ({"quota_used": 95}, Unfit.QUOTA),
        ({"quota_used": 94, "consecutive_errors": 2, "uploads_today": 4}, None),
    ],
)
def test_who_can_be_chosen(more: dict[str, object], why: Unfit | None) -> None:
    candidate = _candidate(**more)
    assert candidate.unfit() is why
    assert (choose([candidate], NOW) is None) == (why is not None)


def test_a_reserve_serves_only_when_no_active_account_can() -> None:
    tired = _candidate(quota_used=94, uploads_today=4, error_rate=1.0, last_used_at=NOW)
    reserve = _candidate(kind=AccountKind.RESERVE, uploads_a_day=2)
    assert tired.score(NOW) < reserve.score(NOW)
    assert choose([reserve, tired], NOW) is tired
    assert choose([reserve, _candidate(uploads_today=5)], NOW) is reserve


def test_an_unhealthy_account_waits_behind_healthy_ones() -> None:
    sick, well = _candidate(health=69), _candidate(quota_used=50)
    assert choose([sick, well], NOW) is well
    assert choose([sick], NOW) is sick


def test_health_falls_by_ten_rises_by_one_and_five_errors_disable() -> None:
    health = Health()
    for _ in range(4):
        health = health.after(success=False)
    assert (health.health, health.consecutive_errors, health.disabled) == (60, 4, False)
    assert health.after(success=False).disabled
    better = health.after(success=True)
    assert (better.health, better.consecutive_errors, better.error_rate) == (61, 0, 0.8)
    for _ in range(200):
        better = better.after(success=True)
    assert (better.health, better.error_rate, len(better.outcomes)) == (100, 0.0, 20)


def test_the_marker_is_always_there_and_tags_stay_within_their_limit() -> None:
    marker = marker_of(UUID(int=7))
    tags = tags_with([f"tag number {number:04}" for number in range(40)], marker)
    assert tags[-1] == marker and len(tags) > 10
    assert sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + len(tags) - 1 <= 500


def test_pkce_is_rfc_7636s_own_example() -> None:
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_tokens_are_renewed_five_minutes_early_and_refresh_tokens_die_of_disuse() -> None:
    assert must_refresh(NOW + timedelta(minutes=5), NOW) and not must_refresh(NOW + timedelta(minutes=5, seconds=1), NOW)
    assert must_refresh(None, NOW)
    assert dies_at(None, NOW) == NOW + timedelta(days=180)
    assert dies_at(NOW + timedelta(days=7), NOW) == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    ("status", "reason", "trouble"),
    [
        (403, "quotaExceeded", Trouble.QUOTA),
        (403, "dailyLimitExceeded", Trouble.QUOTA),
        (400, "uploadLimitExceeded", Trouble.UPLOAD_LIMIT),
        (403, "userRateLimitExceeded", Trouble.RATE),
        (429, "", Trouble.RATE),
        (401, "authError", Trouble.AUTH),
        (401, "", Trouble.AUTH),
        (403, "forbidden", Trouble.FORBIDDEN),
        (404, "", Trouble.GONE),
        (410, "", Trouble.GONE),
        (500, "", Trouble.SERVER),
        (503, "backendError", Trouble.SERVER),
        (400, "invalidTitle", Trouble.METADATA),
        (400, "neverHeardOf", Trouble.METADATA),
        (409, "captionExists", Trouble.EXISTS),
        (413, "tooBig", Trouble.REFUSED),
    ],
)
def test_what_an_error_answer_calls_for(status: int, reason: str, trouble: Trouble) -> None:
    body = json.dumps({"error": {"code": status, "message": "m", "errors": [{"reason": reason}] if reason else []}}).encode()
    assert read_answer(status, body, {}, NOW).trouble is trouble
    assert read_answer(status, b"<html>", {}, NOW).status == status


def test_the_field_at_fault_is_read_from_the_reason_or_the_place() -> None:
    def field(reason: str, location: str) -> str | None:
        error = {"message": "m", "errors": [{"reason": reason, "location": location}]}
        return read_answer(400, json.dumps({"error": error}).encode(), {}, NOW).field

    assert field("invalidTags", "") == "tags"
    assert field("invalidVideoMetadata", "body.snippet.title") == "title"
    assert field("invalidValue", "body.status.publishAt") == "publish_at"
    assert field("neverHeardOf", "") == "metadata"


def test_retry_after_is_read_in_both_forms() -> None:
    assert read_answer(429, b"", {"retry-after": "30"}, NOW).retry_after == timedelta(seconds=30)
    assert read_answer(429, b"", {"retry-after": "Fri, 20 Nov 2026 12:01:00 GMT"}, NOW).retry_after == timedelta(minutes=1)
    assert read_answer(429, b"", {"retry-after": "soon"}, NOW).retry_after is None
