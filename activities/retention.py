"""The tidying by schedule: logs are kept as long as the settings say, and no longer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import activity

from models.videos.contracts import Contract


class Forgotten(Contract):
    """How many rows of which table went."""

    rows: dict[str, int] = {}


class RetentionActivity:
    """Forgets what is old."""

    def __init__(self, forget: Callable[[], Awaitable[dict[str, int]]]) -> None:
        """`forget` deletes what is older than it is kept and says how much that was."""
        self._forget = forget

    @activity.defn
    async def forget_old_rows(self) -> Forgotten:
        """Delete it.

        Raises:
            ComponentDown: the database is away; what was deleted until then stays deleted.
        """
        return Forgotten(rows=await self._forget())
