"""The SQL of providers' hourly limits: every process counts together, so that no call is sent that would pass one."""

from __future__ import annotations

from datetime import timedelta

from models.database import Database

HOUR = timedelta(hours=1)
_SHORTEST = timedelta(seconds=1)

# What no window reaches any more is dropped on the way.
_PERMIT = """
with gone as (delete from system.provider_calls where provider = $1 and at < clock_timestamp() - 2 * $3::interval)
select system.permit_call($1, $2, $3)
"""


class ProviderCalls:
    """Counts the calls of all processes to providers that allow only so many."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def permit(self, provider: str, limit: int, window: timedelta = HOUR) -> timedelta | None:
        """Count one call and return None; or, when `limit` calls were counted within `window`, how long to wait for the next.

        Raises:
            ComponentDown: the database is away.
        """
        wait: timedelta | None = await self._database.value(_PERMIT, provider, limit, window)
        return None if wait is None else max(wait, _SHORTEST)
