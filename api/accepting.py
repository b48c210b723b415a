"""Accepting a video: from a request to a row that will be made, whatever happens from here on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from api.schemas.videos import MediaRef, ScriptRequest, TopicRequest
from api.services import Services
from models.channels.tables import Channel
from models.costs.estimate import estimate, plan_of, refuse_over
from models.errors import ComponentDown, Conflict, InvalidRequest, NotAllowed, NotFound, YtempireError
from models.ids import slug_of
from models.system.outbox import OutboxStore
from models.users.callers import Known
from models.users.plans import PLANS, lifting
from models.videos.contracts import ArtifactRef, Brand, VideoInput, VideoRequest
from models.videos.markdown import ParsedScript, parse_script, require_fit
from models.videos.store import START_VIDEO
from models.videos.tables import VideoRecord
from models.videos.topics import composed

Asked = TopicRequest | ScriptRequest


@dataclass(frozen=True, slots=True)
class Ready:
    """A request that has been read and found good."""

    video: VideoInput
    title: str
    estimate: Decimal
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptedVideo:
    """A video that is in the books; `started`: its workflow runs already."""

    record: VideoRecord
    started: bool
    warnings: tuple[str, ...]


class Accepting:
    """Accepts videos for one caller."""

    def __init__(self, parts: Services, caller: Known) -> None:
        self._parts, self._caller = parts, caller

    async def accept(self, operation: UUID, requests: Sequence[Asked]) -> list[AcceptedVideo]:
        """All of them, or none.

        The operation's id gives the videos theirs, so that accepting it again finds what is there.

        Raises:
            InvalidRequest: a script or a file that is named cannot be used.
            NotFound: the channel or a file is not the caller's.
            NotAllowed: the plan's videos of the day are used up.
            OverBudget: the estimate is over the cap of a video.
            Conflict: no channel, or several and none is named; a time that has passed.
        """
        video_ids = [uuid5(operation, str(place)) for place in range(len(requests))]
        try:
            return await self._accept(video_ids, requests)
        except YtempireError as error:
            there = await self._accepted(video_ids) if error.status < 500 else []
            if not there:
                raise
            return there

    async def _accepted(self, video_ids: Sequence[UUID]) -> list[AcceptedVideo]:
        """What a first attempt accepted whose answer was lost, though it would be refused by now; empty when there was none."""
        async with self._parts.database.session() as session:
            there, _ = await self._parts.stores.acceptance.lock_and_find(session, self._caller.user_id, video_ids)
            if len(there) < len(video_ids):
                return []
            found = [await self._parts.stores.videos.get(session, one, user_id=self._caller.user_id) for one in video_ids]
        return [AcceptedVideo(record, bool(record.run_id), ()) for record in found]

    async def _accept(self, video_ids: Sequence[UUID], requests: Sequence[Asked]) -> list[AcceptedVideo]:
        prepared = [await self._prepare(video_id, body) for video_id, body in zip(video_ids, requests, strict=True)]
        async with self._parts.database.session() as session:
            records = [await self._keep(session, ready) for ready in await self._new(session, prepared)]
        started = [await self._start(ready) for ready in prepared]
        by_id = {record.id: record for record in records}
        if len(by_id) < len(prepared):
            async with self._parts.database.session() as session:
                for ready in prepared:
                    if ready.video.video_id not in by_id:
                        found = await self._parts.stores.videos.get(session, ready.video.video_id, user_id=self._caller.user_id)
                        by_id[found.id] = found
        return [
            AcceptedVideo(by_id[ready.video.video_id], begun, ready.warnings)
            for ready, begun in zip(prepared, started, strict=True)
        ]

    async def _prepare(self, video_id: UUID, body: Asked) -> Ready:
        if body.publish_at is not None and body.publish_at <= datetime.now(UTC):
            raise Conflict(f"The time to publish, {body.publish_at.isoformat()}, has passed.", hint="Name a later one, or none.")
        channel = await self._parts.stores.lookup.wanted(self._caller.user_id, body.channel_id)
        wanted = body.model_dump(exclude={"topic", "script", "media", "channel_id"})
        script, parsed = None, None
        if body.leading_script:
            script, parsed = await self.read_script(body.leading_script, body)
            wanted |= _front_matter(parsed, body)
        wanted |= _of_channel(channel, parsed, body)
        media = await self._media(body.media)
        request = VideoRequest(topic=body.leading_topic, script=script, media=media, **wanted)
        brand = Brand.model_validate(channel.brand)
        video = VideoInput(
            video_id=video_id,
            user_id=self._caller.user_id,
            channel_id=channel.id,
            channel_name=channel.name,
            brand=parsed.brand.over(brand, media) if parsed else brand,
            weight=PLANS[self._caller.plan].weight,
            request=request,
        )
        title = request.title or (parsed.title if parsed else "") or request.topic
        return Ready(video, title[:200], await self._estimate(request), parsed.warnings if parsed else ())

    async def read_script(self, text: str, body: Asked | None = None) -> tuple[ArtifactRef, ParsedScript]:
        """A script of the caller's own, read and kept. With `body`, it must fit what is asked for.

        Raises:
            InvalidRequest: it cannot be used; the message names the line.
        """
        data = text.encode()
        try:
            parsed = await asyncio.to_thread(parse_script, data, name="The script")
            if body is not None:
                format = body.format if "format" in body.model_fields_set else parsed.format or body.format
                require_fit(parsed, format, body.language if "language" in body.model_fields_set else "")
        except InvalidRequest as error:
            error.field = "body.script"
            raise
        if body is not None:
            brought = {composed(name) for name in body.media}
            missing = [name for name in parsed.media if composed(name) not in brought]
            if missing:
                raise InvalidRequest(
                    f"The script shows {', '.join(missing[:5])}, which the request does not bring.",
                    hint="Upload each file at POST /api/v1/media and name it in `media`.",
                    field="body.media",
                )
        return await asyncio.to_thread(self._parts.artifacts.put_content, "source-script", data), parsed

    async def _estimate(self, request: VideoRequest) -> Decimal:
        prices = await self._parts.prices.now()
        now = datetime.now(UTC)
        made = estimate(request, plan_of(request, self._parts.settings, prices, now), prices, now)
        refuse_over(self._parts.settings.video_cap, made)
        return made.total

    async def _media(self, asked: dict[str, MediaRef]) -> dict[str, ArtifactRef]:
        if not asked:
            return {}
        owned = await self._parts.stores.media.owned(self._caller.user_id, [ref.digest for ref in asked.values()])
        for name, ref in asked.items():
            if ref.digest not in owned:
                raise NotFound(
                    f"The file {name} ({ref.digest[:12]}) was not uploaded by you.", hint="Upload it: POST /api/v1/media."
                )
        return {composed(name): owned[ref.digest] for name, ref in asked.items()}

    async def _new(self, session: AsyncSession, prepared: Sequence[Ready]) -> list[Ready]:
        """Those that are not there yet, within the plan's day. The lock keeps parallel requests from passing the limit together."""
        stores, user_id = self._parts.stores, self._caller.user_id
        there, today = await stores.acceptance.lock_and_find(session, user_id, [ready.video.video_id for ready in prepared])
        new = [ready for ready in prepared if ready.video.video_id not in there]
        limit = self._caller.limit("videos_a_day")
        if new and today + len(new) > limit:
            larger = lifting(self._caller.plan, "videos_a_day")
            lifts = f"The {larger} plan allows {PLANS[larger].videos_a_day}." if larger else "It renews at midnight UTC."
            raise NotAllowed(f"The {self._caller.plan} plan allows {limit} videos a day.", hint=lifts)
        return new

    async def _keep(self, session: AsyncSession, ready: Ready) -> VideoRecord:
        slug = slug_of(ready.title)
        return await self._parts.stores.videos.create(session, ready.video, title=ready.title, estimate=ready.estimate, slug=slug)

    async def _start(self, ready: Ready) -> bool:
        if not await self._parts.temporal.start(ready.video):
            return False
        with suppress(ComponentDown):  # it is accepted and started: the outbox asks once more, which does no harm
            await OutboxStore(self._parts.database).sent(f"{START_VIDEO}:{ready.video.video_id}")
        return True


def _front_matter(parsed: ParsedScript, body: Asked) -> dict[str, object]:
    """What the script says of itself, where the request itself is silent."""
    said = {
        "title": parsed.title,
        "format": parsed.format,
        "language": parsed.language,
        "voice": parsed.voice,
        "niche": parsed.niche,
        "tags": list(parsed.tags),
    }
    return {name: value for name, value in said.items() if value and name not in body.model_fields_set}


def _of_channel(channel: Channel, parsed: ParsedScript | None, body: Asked) -> dict[str, object]:
    """What the channel says, where neither the request nor the script does."""
    said = body.model_fields_set | ({name for name in ("niche", "language") if getattr(parsed, name)} if parsed else set())
    return {name: getattr(channel, name) for name in ("niche", "language") if name not in said}
