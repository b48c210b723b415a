"""YouTube's quota: what a call costs on a day, when a day ends, what may still be spent, and what still fits today.

Costs and limits are dated rows (`youtube.quota_costs`, `youtube.quota_limits`); this file knows how to read them. Source of the
figures: https://developers.google.com/youtube/v3/determine_quota_cost and its revision history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.errors import Misconfigured

PACIFIC = ZoneInfo("America/Los_Angeles")
KEPT_PERCENT = 5
"""Of each bucket, never touched but by an admin's override."""
WARNING_PERCENT, CRITICAL_PERCENT = 70, 90
EVERY_PROJECT = ""


class Bucket(StrEnum):
    """What is counted together."""

    INSERT = "insert"
    SEARCH = "search"
    STATS = "stats"
    GENERAL = "general"


class Call(StrEnum):
    """The calls of the Data API that the product makes."""

    VIDEOS_INSERT = "videos.insert"
    VIDEOS_UPDATE = "videos.update"
    VIDEOS_LIST = "videos.list"
    VIDEOS_STATS = "videos.batchGetStats"
    SEARCH = "search.list"
    THUMBNAILS_SET = "thumbnails.set"
    CAPTIONS_INSERT = "captions.insert"
    CAPTIONS_LIST = "captions.list"
    CAPTIONS_UPDATE = "captions.update"
    PLAYLIST_INSERT = "playlistItems.insert"
    PLAYLIST_LIST = "playlistItems.list"
    CHANNELS_LIST = "channels.list"


class Level(StrEnum):
    """How full a bucket is."""

    FINE = "fine"
    WARNING = "warning"
    CRITICAL = "critical"
    FULL = "full"


@dataclass(frozen=True)
class Cost:
    """A call's bucket and units from `holds_from` (a Pacific date) on."""

    call: str
    bucket: str
    units: int
    holds_from: date


@dataclass(frozen=True)
class Limit:
    """A bucket's units a day from `holds_from` on; `project` "" is every project without a row of its own."""

    bucket: str
    units: int
    holds_from: date
    project: str = EVERY_PROJECT


def pacific_day(now: datetime) -> date:
    """The day that quota of this moment counts for."""
    return now.astimezone(PACIFIC).date()


def next_pacific_midnight(now: datetime) -> datetime:
    """When the running quota day ends, in UTC: 23, 24 or 25 hours after it began."""
    return began_at(pacific_day(now) + timedelta(days=1))


def began_at(day: date) -> datetime:
    """When a quota day begins, in UTC."""
    return datetime.combine(day, time.min, PACIFIC).astimezone(UTC)


def cost_of(costs: Iterable[Cost], call: str, day: date) -> Cost:
    """The row that holds on `day`.

    Raises:
        Misconfigured: the call has no row: an unknown call is never free.
    """
    rows = [row for row in costs if row.call == call and row.holds_from <= day]
    if not rows:
        raise Misconfigured(f"The quota cost of {call} on {day} is not known.", hint="Add a row to youtube.quota_costs.")
    return max(rows, key=lambda row: row.holds_from)


def limit_of(limits: Iterable[Limit], project: str, bucket: str, day: date) -> int:
    """Units a day of a project's bucket: its own row, else every project's.

    Raises:
        Misconfigured: there is neither.
    """
    rows = [row for row in limits if row.bucket == bucket and row.holds_from <= day and row.project in (project, EVERY_PROJECT)]
    if not rows:
        raise Misconfigured(
            f"The daily limit of the quota bucket {bucket!r} is not known.", hint="Add a row to youtube.quota_limits."
        )
    return max(rows, key=lambda row: (row.project == project, row.holds_from)).units


def spendable(units: int, *, optional: bool = False, override: bool = False) -> int:
    """Units of a bucket that may be used up: 95 %, for optional calls 90 %, for an admin's override all."""
    if override:
        return units
    kept = KEPT_PERCENT if not optional else 100 - CRITICAL_PERCENT
    return units - -(-units * kept // 100)


def level_of(used: int, units: int) -> Level:
    """How full a bucket is: warning from 70 %, critical from 90 %, full once nothing may be spent."""
    if used >= spendable(units):
        return Level.FULL
    if used * 100 >= units * CRITICAL_PERCENT:
        return Level.CRITICAL
    return Level.WARNING if used * 100 >= units * WARNING_PERCENT else Level.FINE


@dataclass(frozen=True)
class ProjectDay:
    """What is left of a project's day: units that may be spent in each bucket, and uploads left of each of its usable accounts."""

    project: str
    insert_left: int
    general_left: int
    uploads_left: Sequence[int]


@dataclass(frozen=True)
class Forecast:
    """Videos that can still go out before the day ends."""

    videos: int
    complete: int
    """Of these, with thumbnail, captions and playlist."""


REQUIRED_READS = 4
"""General units an upload spends anyway: the channel before it, and looks at the processing after it."""


def forecast(days: Iterable[ProjectDay], costs: Sequence[Cost], day: date, *, caption_tracks: int = 1) -> Forecast:
    """How many videos can still go out today, over all projects."""
    insert = cost_of(costs, Call.VIDEOS_INSERT, day)
    extras = sum(
        cost_of(costs, call, day).units * times
        for call, times in ((Call.THUMBNAILS_SET, 1), (Call.CAPTIONS_INSERT, caption_tracks), (Call.PLAYLIST_INSERT, 1))
    )
    videos = complete = 0
    for left in days:
        bucket = left.general_left if insert.bucket == Bucket.GENERAL else left.insert_left
        fit = min(bucket // insert.units, left.general_left // REQUIRED_READS, sum(left.uploads_left))
        videos += max(0, fit)
        complete += max(0, min(fit, left.general_left // (REQUIRED_READS + extras)))
    return Forecast(videos, complete)
