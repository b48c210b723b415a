"""Circuit breakers that all processes share: one row a provider, every decision one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from models.database import Database
from models.settings import Settings

FAILURES = 5
"""Failures in a row that open a breaker."""
COOLDOWN = timedelta(seconds=60)
"""How long an open breaker lets nobody through before one trial, and how long that trial may take."""

ENTER = """
with trial as (
    update system.breakers set trial_at = now()
    where provider = $1 and opened_at is not null and greatest(opened_at, trial_at) <= now() - $2::interval
    returning provider
)
select case when exists (select from trial) then 'trial' when b.opened_at is null then 'closed' else 'open' end as state,
    greatest(b.opened_at, b.trial_at) + $2::interval - now() as wait, coalesce(b.last_error, '') as last_error
from (values ($1)) as asked (provider) left join system.breakers b using (provider)
"""
FAILED = """
insert into system.breakers as b (provider, failures, last_error, last_failure_at, opened_at)
    values ($1, 1, $2, now(), case when $3 <= 1 then now() end)
    on conflict (provider) do update set
        failures = b.failures + 1, last_error = $2, last_failure_at = now(),
        opened_at = case when $4 or (b.opened_at is null and b.failures + 1 >= $3) then now() else b.opened_at end,
        trial_at = case when $4 then null else b.trial_at end
    returning b.opened_at is not null
"""
SERVED = """
insert into system.breakers as b (provider, last_success_at) values ($1, now())
    on conflict (provider) do update set failures = 0, opened_at = null, trial_at = null, last_success_at = now()
        where b.failures > 0 or b.opened_at is not null or coalesce(b.last_success_at, '-infinity') < now() - interval '1 minute'
"""
TOLD = """
insert into system.breakers as b (provider, last_error, last_failure_at) values ($1, $2, now())
    on conflict (provider) do update set last_error = $2, last_failure_at = now()
"""
ALL = """
select provider, failures, opened_at, last_error, last_failure_at, last_success_at,
    greatest(opened_at, trial_at) + $1::interval as next_trial_at
from system.breakers order by provider
"""


@dataclass(frozen=True)
class Entry:
    """Whether a call may go out: `open` means not before `wait`; a `trial` is this caller's alone."""

    state: Literal["closed", "open", "trial"]
    wait: timedelta
    last_error: str


@dataclass(frozen=True)
class BreakerState:
    """A breaker for people. `opened_at` None: closed."""

    provider: str
    failures: int
    opened_at: datetime | None
    next_trial_at: datetime | None
    last_error: str
    last_failure_at: datetime | None
    last_success_at: datetime | None


class BreakerStore:
    """The breakers of one database."""

    def __init__(self, database: Database, *, failures: int = FAILURES, cooldown: timedelta = COOLDOWN) -> None:
        self._database = database
        self._failures = failures
        self._cooldown = cooldown

    @classmethod
    def of(cls, database: Database, settings: Settings) -> BreakerStore:
        """With the patience that the settings name."""
        return cls(database, failures=settings.breaker_failures, cooldown=timedelta(seconds=settings.breaker_seconds))

    async def enter(self, provider: str) -> Entry:
        """Ask to call. Of all processes that ask an open breaker after its pause, exactly one gets the trial."""
        [row] = await self._database.rows(ENTER, provider, self._cooldown)
        wait = row["wait"] if row["state"] == "open" else timedelta(0)
        return Entry(row["state"], max(wait, timedelta(seconds=1)), row["last_error"])

    async def failed(self, provider: str, error: str, *, trial: bool = False) -> bool:
        """A call failed; tells whether the breaker is open now. A failed trial closes the door for another pause."""
        opened: bool = await self._database.value(FAILED, provider, error[:1000], self._failures, trial)
        return opened

    async def told(self, provider: str, error: str) -> None:
        """A call failed in a way that does not count (a rate limit, a bad answer): people see it all the same."""
        await self._database.value(TOLD, provider, error[:1000])

    async def served(self, provider: str) -> None:
        """A call succeeded: the breaker closes, and failures are counted from none again."""
        await self._database.value(SERVED, provider)

    async def all(self) -> Sequence[BreakerState]:
        """Every breaker that was ever used."""
        rows = await self._database.rows(ALL, self._cooldown)
        return [BreakerState(**{name: row[name] for name in BreakerState.__dataclass_fields__}) for row in rows]
