"""The SQL of alerts: one stays open for each kind and thing, and says the newest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.youtube.contracts import Alert

log = logging.getLogger(__name__)


async def raise_alert(session: AsyncSession, alert: Alert) -> None:
    """Tell people; an open alert of the same kind about the same thing is renewed instead."""
    log.warning("%s %s", alert.message, alert.link)
    await session.execute(
        text(
            """
insert into youtube.alerts (kind, account_id, upload_id, project, message, link)
values (:kind, :account_id, :upload_id, :project, :message, :link)
on conflict (kind, project, coalesce(account_id, upload_id, '00000000-0000-0000-0000-000000000000')) where cleared_at is null
do update set message = excluded.message, link = excluded.link, raised_at = now()
"""
        ),
        alert.model_dump(exclude={"raised_at"}),
    )


async def clear_alerts(session: AsyncSession, account_id: UUID, kinds: Sequence[str]) -> None:
    """What these alerts were about is mended."""
    await session.execute(
        text("update youtube.alerts set cleared_at = now() where account_id = :id and kind = any(:kinds) and cleared_at is null"),
        {"id": account_id, "kinds": list(kinds)},
    )


async def open_alerts(session: AsyncSession, user_id: UUID | None) -> list[Alert]:
    """Open alerts about a user's accounts and uploads, newest first; None: everybody's, and the projects' quota."""
    rows = await session.execute(
        text(
            """
select l.kind, l.message, l.link, l.account_id, l.upload_id, l.project, l.raised_at from youtube.alerts l
left join youtube.uploads u on u.id = l.upload_id
left join youtube.accounts a on a.id = coalesce(l.account_id, u.account_id)
where l.cleared_at is null and (cast(:user_id as uuid) is null or a.user_id = cast(:user_id as uuid))
order by l.raised_at desc, l.id desc limit 100
"""
        ),
        {"user_id": None if user_id is None else str(user_id)},
    )
    return [Alert.model_validate(dict(row._mapping)) for row in rows]
