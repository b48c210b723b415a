"""Switches that an operator turns while the platform runs."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.system.tables import SystemSetting
from models.videos.status import ParkReason
from models.videos.waking import WakeTask, ask_to_wake

PAUSE = "pause"


class SwitchStore:
    """The platform's switches; every method joins the caller's transaction."""

    async def paused(self, session: AsyncSession) -> str | None:
        """Why the platform is paused (may be empty); None when it is not. Paused videos park between steps and start no other."""
        row = await session.get(SystemSetting, PAUSE, populate_existing=True)
        return None if row is None else str(row.value.get("reason", ""))

    async def pause(self, session: AsyncSession, reason: str = "") -> None:
        """Let every video park at its next step."""
        made = insert(SystemSetting).values(key=PAUSE, value={"reason": reason})
        await session.execute(made.on_conflict_do_update(index_elements=["key"], set_={"value": made.excluded.value}))

    async def resume(self, session: AsyncSession) -> None:
        """Let videos go on, the parked ones too; fine when nothing is paused."""
        await ask_to_wake(session, WakeTask(reason=ParkReason.PAUSED, why="the platform was resumed"))
        await session.execute(delete(SystemSetting).where(col(SystemSetting.key) == PAUSE))
