"""The SQL of uploads: a slot is taken in the transaction that chooses the account, and only the newest attempt writes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.errors import ComponentDown, Conflict, NotFound
from models.ids import new_id
from models.youtube.choosing import AccountKind, AccountStatus, Candidate, choose
from models.youtube.contracts import Reservation, UploadRow
from models.youtube.health import Health
from models.youtube.markers import marker_of
from models.youtube.none_fit import no_account
from models.youtube.quota import Call, cost_of, limit_of, pacific_day
from models.youtube.quota_store import MAKE, known_costs, known_limits, refund_in, spend_in

ROW = """
select u.id, u.video_id, u.account_id, a.label as account_label, u.project, u.youtube_channel_id, u.day, u.state,
    u.film_hash, u.film_size, u.metadata_hash, u.marker, u.fence, coalesce(u.session, '') as session, u.sessions, u.sent,
    coalesce(u.youtube_id, '') as youtube_id, u.uploaded_at, u.visibility
from youtube.uploads u join youtube.accounts a on a.id = u.account_id
"""
LIVE = "u.state in ('reserved', 'sending', 'uploaded')"

CANDIDATES = text(
    """
select a.id, a.project, a.kind, a.status, a.refresh_token is not null as has_token, a.refresh_expires_at, a.uploads_a_day,
    coalesce(d.taken, 0) as taken, a.consecutive_errors, a.health, a.outcomes, a.last_used_at,
    coalesce(q.used, 0) as used, q.full_since is not null as full
from youtube.accounts a
join youtube.channel_grants g on g.account_id = a.id and g.youtube_channel_id = :channel and g.revoked_at is null
left join youtube.account_days d on d.account_id = a.id and d.day = :day
left join youtube.quota_usage q on q.project = a.project and q.bucket = :bucket and q.day = :day
where a.user_id = :user_id
"""
)
TAKE_SLOT = text(
    """
insert into youtube.account_days (account_id, day, uploads_a_day, taken)
select id, :day, uploads_a_day, 1 from youtube.accounts where id = :account
on conflict (account_id, day) do update
set taken = account_days.taken + 1, uploads_a_day = greatest(excluded.uploads_a_day, account_days.taken)
"""
)


class UploadStore:
    """Uploads of one database. Each method is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def live(self, video_id: UUID) -> UploadRow | None:
        """The upload of a video that goes on or is done; None when there is none."""
        async with self._database.session() as session:
            return await _live(session, video_id)

    async def reserve(self, wanted: Reservation, now: datetime, *, without: Collection[str] = ()) -> UploadRow:
        """The video's living upload, else a new one: the best account is chosen and its slot and quota are taken, all or nothing.
        Accounts of the projects `without` are not chosen.

        Raises:
            NotFound: no such video.
            Conflict: the video has a YouTube id already, or its channel is not connected to YouTube.
            QuotaExhausted, AuthenticationFailed, Unavailable: no granted account can take it now, and why.
        """
        async with self._database.session() as session:
            user_id, channel = await _channel_of(session, wanted.video_id)
            live = await _live(session, wanted.video_id)
            if live is not None:
                return live
            candidates = await _candidates(session, user_id, channel, now)
            chosen = choose([one for one in candidates if one.project not in without], now)
            if chosen is None:
                raise no_account(channel, candidates, now, without=without)
            return await _take(session, wanted, chosen, channel, now)

    async def is_connected(self, channel_id: UUID) -> bool:
        """Whether a channel of ours is tied to a YouTube channel."""
        found = await self._database.value(
            "select youtube_channel_id is not null from channels.youtube_channels where id = $1", channel_id
        )
        return bool(found)

    async def of_ended_videos(self) -> list[UploadRow]:
        """Uploads that nobody will go on with: their videos ended without being published."""
        async with self._database.session() as session:
            rows = await session.execute(
                text(
                    f"{ROW} join videos.video_records v on v.id = u.video_id "
                    "where u.state in ('reserved', 'sending') and v.status in ('cancelled', 'rejected', 'failed')"
                )
            )
            return [UploadRow.model_validate(dict(row._mapping)) for row in rows]

    async def take_over(self, upload_id: UUID) -> UploadRow:
        """Make the caller the attempt that may write: every earlier attempt is refused from now on."""
        async with self._database.session() as session:
            await session.execute(
                text("update youtube.uploads set fence = :fence where id = :id"), {"fence": new_id(), "id": upload_id}
            )
            return await _row(session, "u.id = :id", {"id": upload_id})

    async def asks(self, row: UploadRow) -> bool:
        """Note that YouTube is about to be asked for a session; the answer is whether the slot has paid for it: the first time.

        Raises:
            ComponentDown: a newer attempt has taken over.
        """
        return int(await self._write(row, "asked = asked + 1", {}, where="state = 'reserved'", returning="asked")) == 1

    async def opened(self, row: UploadRow, sealed_session: str) -> None:
        """Store a session's address, before its first byte.

        Raises:
            ComponentDown: a newer attempt has taken over.
        """
        await self._write(
            row, "state = 'sending', session = :session, sessions = sessions + 1, sent = 0", {"session": sealed_session},
            where="state = 'reserved' and session is null",
        )  # fmt: skip

    async def sent(self, row: UploadRow, sent: int) -> None:
        """Bytes that YouTube confirmed.

        Raises:
            ComponentDown: a newer attempt has taken over.
        """
        await self._write(row, "sent = :sent", {"sent": sent}, where="state = 'sending'")

    async def session_lost(self, row: UploadRow) -> UploadRow:
        """The session is gone for good: another may be opened once the channel was searched."""
        await self._write(row, "state = 'reserved', session = null, sent = 0", {}, where="state = 'sending'")
        async with self._database.session() as session:
            return await _row(session, "u.id = :id", {"id": row.id})

    async def begin_again(self, row: UploadRow, wanted: Reservation) -> UploadRow:
        """The film or its metadata became another one since the upload began: what was sent of the old one is not gone on with."""
        film = "film_hash = :film_hash, film_size = :film_size, metadata_hash = :metadata_hash"
        change = f"state = 'reserved', session = null, sent = 0, {film}"
        await self._write(row, change, wanted.model_dump(exclude={"video_id"}), where="state in ('reserved', 'sending')")
        return await self.by_id(row.id)

    async def finished(self, row: UploadRow, youtube_id: str, film_hash: str, now: datetime) -> None:
        """The outcome: the video is at YouTube. A fact, whichever attempt finds it; writing it twice is fine."""
        async with self._database.session() as session:
            await session.execute(
                text(
                    """
update youtube.uploads set state = 'uploaded', youtube_id = :youtube_id, uploaded_at = coalesce(uploaded_at, :now),
    sent = film_size, film_hash = :film_hash
where id = :id and (youtube_id is null or youtube_id = :youtube_id) and state <> 'released'
"""
                ),
                {"id": row.id, "youtube_id": youtube_id, "film_hash": film_hash, "now": now},
            )
            await session.execute(
                text("update videos.video_records set youtube_id = :youtube_id where id = :id and youtube_id is null"),
                {"id": row.video_id, "youtube_id": youtube_id},
            )

    async def give_back(self, row: UploadRow, error: str) -> None:
        """Give the slot back, if no session was ever opened; else the upload is abandoned with its slot spent.

        Quota comes back only if YouTube was never asked: refused requests count too. An upload that is over stays as it is.

        Raises:
            ComponentDown: an attempt newer than the one that `row` is of has taken over.
        """
        async with self._database.session() as session:
            given = await session.execute(
                text(
                    """
update youtube.uploads set error = :error, fence = null, state = case when sessions = 0 then 'released' else 'abandoned' end,
    session = case when sessions = 0 then null else session end
where id = :id and fence is not distinct from :fence and state in ('reserved', 'sending')
returning sessions, asked, day, account_id, project
"""
                ),
                {"id": row.id, "fence": row.fence, "error": error[:1000]},
            )
            found = given.one_or_none()
            if found is None:
                await _refuse_older(session, row)
            if found is None or found.sessions > 0:
                return
            await session.execute(
                text("update youtube.account_days set taken = taken - 1 where account_id = :account and day = :day and taken > 0"),
                {"account": found.account_id, "day": found.day},
            )
            if found.asked == 0:
                await refund_in(session, found.project, Call.VIDEOS_INSERT, found.day)

    async def was_ever_sent(self, video_id: UUID) -> bool:
        """Whether any session was ever opened for the video: then the channel is searched before another one is."""
        found = await self._database.value(
            "select exists (select 1 from youtube.uploads where video_id = $1 and sessions > 0)", video_id
        )
        return bool(found)

    async def start_extra(self, upload_id: UUID, extra: str) -> tuple[bool, str | None]:
        """Note that an extra is about to be added: whether it was begun before, and its id when it was done (None: it was not)."""
        rows = await self._database.rows(
            """
insert into youtube.upload_extras (upload_id, extra) values ($1, $2)
on conflict (upload_id, extra) do update set started_at = upload_extras.started_at
returning (xmax <> 0) as before, done_at, external_id
""",
            upload_id,
            extra,
        )
        return bool(rows[0]["before"]), rows[0]["external_id"] if rows[0]["done_at"] else None

    async def forget_extra(self, upload_id: UUID, extra: str) -> None:
        """The extra was certainly not added: the next attempt need not look."""
        await self._database.value(
            "delete from youtube.upload_extras where upload_id = $1 and extra = $2 and done_at is null", upload_id, extra
        )

    async def finish_extra(self, upload_id: UUID, extra: str, external_id: str) -> None:
        """The extra is there."""
        await self._database.value(
            "update youtube.upload_extras set done_at = now(), external_id = $3 where upload_id = $1 and extra = $2",
            upload_id, extra, external_id,
        )  # fmt: skip

    async def by_id(self, upload_id: UUID) -> UploadRow:
        """The upload.

        Raises:
            NotFound: there is none.
        """
        async with self._database.session() as session:
            return await _row(session, "u.id = :id", {"id": upload_id})

    async def looked_at(self, upload_id: UUID, *, processing: str, visibility: str, settled_at: datetime | None) -> None:
        """What the confirmation saw."""
        await self._database.value(
            "update youtube.uploads set processing = $2, visibility = $3, confirmed_at = coalesce(confirmed_at, $4) where id = $1",
            upload_id, processing, visibility, settled_at,
        )  # fmt: skip

    async def _write(self, row: UploadRow, change: str, values: dict[str, Any], *, where: str, returning: str = "id") -> Any:
        async with self._database.session() as session:
            done = await session.execute(
                text(f"update youtube.uploads set {change} where id = :id and fence = :fence and {where} returning {returning}"),  # noqa: S608
                {**values, "id": row.id, "fence": row.fence},
            )
            found = done.one_or_none()
            if found is None:
                raise _taken_over(row)
            return found[0]


def _taken_over(row: UploadRow) -> ComponentDown:
    return ComponentDown(
        f"Another attempt has taken over the upload of video {row.video_id}.", hint="This one stops; that one goes on."
    )


async def _refuse_older(session: AsyncSession, row: UploadRow) -> None:
    """Nothing could be given back: fine when it was before, wrong when somebody else goes on with it."""
    fence = await session.scalar(
        text("select fence from youtube.uploads where id = :id and state in ('reserved', 'sending')"), {"id": row.id}
    )
    if fence is not None:
        raise _taken_over(row)


async def _row(session: AsyncSession, where: str, values: dict[str, Any]) -> UploadRow:
    found = await _find(session, where, values)
    if found is None:
        raise NotFound("That upload does not exist.")
    return found


async def _find(session: AsyncSession, where: str, values: dict[str, Any]) -> UploadRow | None:
    row = (await session.execute(text(f"{ROW} where {where}"), values)).one_or_none()
    return UploadRow.model_validate(dict(row._mapping)) if row is not None else None


async def _live(session: AsyncSession, video_id: UUID) -> UploadRow | None:
    return await _find(session, f"u.video_id = :video and {LIVE}", {"video": video_id})


async def _channel_of(session: AsyncSession, video_id: UUID) -> tuple[UUID, str]:
    """The user and the YouTube channel of a video, whose row is locked: one transaction at a time decides about a video."""
    found = await session.execute(
        text(
            """
select v.user_id, v.youtube_id, c.youtube_channel_id, c.name,
    exists (select 1 from youtube.uploads u where u.video_id = v.id and u.state = 'uploaded') as ours
from videos.video_records v join channels.youtube_channels c on c.id = v.channel_id where v.id = :id for update of v
"""
        ),
        {"id": video_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"There is no video {video_id}.")
    if row.youtube_id and not row.ours:
        raise Conflict(f"The video is at YouTube already, as {row.youtube_id}; it is not sent again.")
    if not row.youtube_channel_id:
        raise Conflict(
            f"The channel {row.name} is not connected to YouTube.",
            hint="Connect it with `./ytempire youtube connect` or on the console's YouTube page, then retry.",
        )
    return row.user_id, row.youtube_channel_id


async def _candidates(session: AsyncSession, user_id: UUID, channel: str, now: datetime) -> list[Candidate]:
    """The granted accounts as they stand. Their projects' usage rows are locked in order: one chooser a project at a time."""
    day = pacific_day(now)
    cost = cost_of(await known_costs(session), Call.VIDEOS_INSERT, day)
    limits = await known_limits(session)
    wanted = {"channel": channel, "day": day, "bucket": cost.bucket, "user_id": user_id}
    projects = sorted({row.project for row in await session.execute(CANDIDATES, wanted)})
    for project in projects:
        await session.execute(MAKE, {"project": project, "bucket": cost.bucket, "day": day})
        await session.execute(
            text("select 1 from youtube.quota_usage where project = :project and bucket = :bucket and day = :day for update"),
            {"project": project, "bucket": cost.bucket, "day": day},
        )
    return [
        Candidate(
            account_id=row.id,
            project=row.project,
            kind=AccountKind(row.kind),
            status=AccountStatus(row.status),
            token_valid=row.has_token and (row.refresh_expires_at is None or row.refresh_expires_at > now),
            uploads_today=row.taken,
            uploads_a_day=row.uploads_a_day,
            quota_used=limit_of(limits, row.project, cost.bucket, day) if row.full else row.used,
            quota_units=limit_of(limits, row.project, cost.bucket, day),
            quota_cost=cost.units,
            consecutive_errors=row.consecutive_errors,
            error_rate=Health(outcomes=row.outcomes).error_rate,
            health=row.health,
            last_used_at=row.last_used_at,
        )
        for row in await session.execute(CANDIDATES, wanted)
    ]


async def _take(session: AsyncSession, wanted: Reservation, chosen: Candidate, channel: str, now: datetime) -> UploadRow:
    day = pacific_day(now)
    await session.execute(TAKE_SLOT, {"account": chosen.account_id, "day": day})
    await spend_in(session, chosen.project, Call.VIDEOS_INSERT, now)
    await session.execute(
        text("update youtube.accounts set last_used_at = :now where id = :id"), {"now": now, "id": chosen.account_id}
    )
    upload_id = new_id()
    await session.execute(
        text(
            """
insert into youtube.uploads
    (id, video_id, account_id, project, youtube_channel_id, day, film_hash, film_size, metadata_hash, marker)
values (:id, :video_id, :account, :project, :channel, :day, :film_hash, :film_size, :metadata_hash, :marker)
"""
        ),
        {
            **wanted.model_dump(),
            "id": upload_id,
            "account": chosen.account_id,
            "project": chosen.project,
            "channel": channel,
            "day": day,
            "marker": marker_of(wanted.video_id),
        },
    )
    return await _row(session, "u.id = :id", {"id": upload_id})
