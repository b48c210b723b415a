"""Asking for videos, and seeing what becomes of them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from api import showing
from api.accepting import Accepting
from api.deps import AnyServices, VideosReader, VideosWriter, audit
from api.idempotency import OnceOnly
from api.pagination import Page, written_page
from api.problems import declared
from api.progress import Event
from api.schemas.videos import (
    Accepted,
    AcceptedBatch,
    GenerateRequest,
    QueueRequest,
    VideoCost,
    VideoDetail,
    VideoQuery,
    VideoSummary,
)
from api.services import Services
from models.users.callers import Known
from models.videos.listing import Wanted
from models.videos.status import ENDED
from models.videos.tables import VideoRecord

router = APIRouter(prefix="/videos", tags=["videos"])

STREAM = "text/event-stream"
STREAMED: dict[str, Any] = {
    "description": "events as they happen; the schema is that of one",
    "content": {STREAM: {"schema": {"$ref": "#/components/schemas/StreamedEvent"}}},
}
END_TYPES = frozenset(f"video.{status.value}" for status in ENDED)

LastEventId = Annotated[
    str, Header(alias="Last-Event-ID", pattern="^[0-9]{0,18}$", description="the last event you saw: the stream goes on after it")
]


Seconds = Annotated[
    int | None, Query(ge=1, le=3600, description="end the stream after so many seconds; null: as late as the server does (an hour)")
]


async def mine(parts: Services, caller: Known, video_id: UUID) -> VideoRecord:
    """A video of the caller's own.

    Raises:
        NotFound: no such video, or somebody else's.
    """
    async with parts.database.session() as session:
        return await parts.stores.videos.get(session, video_id, user_id=caller.user_id)


@router.post(
    "/generate", status_code=202, response_model=Accepted, summary="Ask for a video", operation_id="generateVideo",
    responses=declared(401, 402, 403, 404, 409, 422),
)  # fmt: skip
async def generate(body: GenerateRequest, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly) -> Response:
    """Accepts a video for one of your channels. It is kept before this answers: from here on it will be made, through crashes and
    outages, and exactly once for an `Idempotency-Key`.
    """

    async def work(operation: UUID) -> Accepted:
        (video,) = await Accepting(parts, caller).accept(operation, [body])
        audit(request, caller, "video.generate", "video", video.record.id, title=video.record.title)
        return showing.accepted(parts, video)

    return await once.answer(caller.user_id, 202, work)


@router.post(
    "/queue", status_code=202, response_model=AcceptedBatch, summary="Ask for several videos", operation_id="queueVideos",
    responses=declared(401, 402, 403, 404, 409, 422),
)  # fmt: skip
async def queue(body: QueueRequest, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly) -> Response:
    """Accepts up to 50 videos: all of them, or none when one cannot be accepted."""

    async def work(operation: UUID) -> AcceptedBatch:
        videos = await Accepting(parts, caller).accept(operation, body.videos)
        for video in videos:
            audit(request, caller, "video.generate", "video", video.record.id, title=video.record.title)
        return AcceptedBatch(videos=[showing.accepted(parts, video) for video in videos])

    return await once.answer(caller.user_id, 202, work)


@router.get(
    "", response_model=Page[VideoSummary], summary="List your videos", operation_id="listVideos", responses=declared(401, 403, 422)
)
async def list_videos(query: Annotated[VideoQuery, Query()], caller: VideosReader, parts: AnyServices) -> Response:
    """Newest first unless `sort` says otherwise; `status` may be given several times."""
    wanted = Wanted(caller.user_id, query.channel_id, query.status, query.search, query.created_from, query.created_to)
    rows, total = await parts.stores.listing.page(wanted, query.sort, limit=query.limit, offset=query.offset)
    return written_page(showing.summaries(parts, rows), total, query)


@router.get(
    "/events", summary="Follow all your videos", operation_id="streamVideos", response_class=Response,
    responses={200: STREAMED, **declared(401, 403, 422)},
)  # fmt: skip
async def follow_all(caller: VideosReader, parts: AnyServices, last: LastEventId = "", seconds: Seconds = None) -> Response:
    """Server-sent events of all your videos from now on, or after `Last-Event-ID`; a comment every 15 seconds keeps it open."""
    after = int(last) if last else await parts.progress.latest(caller.user_id)
    return _stream(parts, caller, ("user", caller.user_id), after, ends=False, seconds=seconds)


@router.get("/{video_id:uuid}", summary="See a video", operation_id="getVideo", responses=declared(401, 403, 404, 422))
async def detail(video_id: UUID, caller: VideosReader, parts: AnyServices) -> VideoDetail:
    """A video with its steps, who served them, what they cost, and signed links of what was made."""
    return showing.detail(parts, dict(await parts.stores.listing.detail(caller.user_id, video_id)))


@router.get(
    "/{video_id:uuid}/cost", summary="See what a video cost", operation_id="getVideoCost", responses=declared(401, 403, 404, 422)
)
async def cost(video_id: UUID, caller: VideosReader, parts: AnyServices) -> VideoCost:
    """Estimated and actual cost so far, by step and by provider, in US dollars."""
    async with parts.database.session() as session:
        record = await parts.stores.videos.get(session, video_id, user_id=caller.user_id)
        lines = await parts.stores.costs.video_costs(session, video_id)
    return showing.cost(parts, record, lines)


@router.get(
    "/{video_id:uuid}/events", summary="Follow a video", operation_id="streamVideo", response_class=Response,
    responses={
        200: STREAMED,
        204: {"description": "the video has ended and you have seen everything: do not reconnect"},
        **declared(401, 403, 404, 422),
    },
)  # fmt: skip
async def follow(
    video_id: UUID, caller: VideosReader, parts: AnyServices, last: LastEventId = "", seconds: Seconds = None
) -> Response:
    """Server-sent events from the beginning, or after `Last-Event-ID`, until the video has ended; then the stream closes, and a
    reconnecting client gets 204.
    """
    record = await mine(parts, caller, video_id)
    key = ("video", video_id)
    seen = int(last or 0)
    if last and record.ended_at is not None and not await parts.progress.after(key, seen):
        return Response(status_code=204)
    return _stream(parts, caller, key, seen, ends=True, seconds=seconds)


def _stream(parts: Services, caller: Known, key: tuple[str, UUID], last: int, *, ends: bool, seconds: int | None) -> Response:
    def is_end(event: Event) -> bool:
        return ends and event.type in END_TYPES

    async def allowed() -> bool:
        return await parts.stores.callers.is_good(caller.session_id, caller.key_id)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = parts.progress.stream(key, last, is_end, seconds=seconds, allowed=allowed)
    return StreamingResponse(stream, media_type=STREAM, headers=headers)
