"""What was made, as files; and the files that operators bring."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader, APIKeyQuery, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse

from api.deps import AnyServices, VideosWriter, audit, identify
from api.problems import declared
from api.receiving import receive
from api.schemas.base import Line
from api.schemas.videos import ArtifactKind, MediaAnswer
from api.services import Services
from models.errors import NotAuthenticated, NotFound
from models.ids import slug_of
from models.users.scopes import Scope
from models.videos.contracts import ArtifactRef
from models.videos.tables import VideoRecord

router = APIRouter(tags=["videos"])

EXTENSIONS = {
    "video/mp4": ".mp4", "image/jpeg": ".jpg", "image/webp": ".webp", "image/png": ".png", "text/vtt": ".vtt",
    "application/x-subrip": ".srt", "application/json": ".json", "text/markdown": ".md", "text/plain": ".txt",
}  # fmt: skip
INLINE = ("video/", "image/", "text/vtt")
ARTIFACT_CSP = "default-src 'none'; frame-ancestors 'none'; sandbox; media-src 'self'; style-src 'unsafe-inline'"

_link = APIKeyQuery(
    name="signature", auto_error=False, scheme_name="link", description="The signature of a link that a video's detail answered."
)
_session = HTTPBearer(auto_error=False, scheme_name="session", bearerFormat="JWT")
_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key")


class LinkQuery(BaseModel):
    """How a signed link ends."""

    model_config = ConfigDict(extra="forbid")

    expires: int | None = Field(None, ge=0, le=2**40, description="of a signed link: when it ends, seconds since 1970")
    signature: Line = Field("", description="of a signed link")
    download: bool = Field(False, description="ask the browser to save it as a file")


@router.api_route(
    "/videos/{video_id:uuid}/artifacts/{kind}", methods=["GET"], summary="Fetch what was made", operation_id="getVideoArtifact",
    response_class=FileResponse,
    responses={
        200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "the whole file"},
        206: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "the range asked for"},
        **declared(401, 403, 404, 416, 422),
    },
)  # fmt: skip
async def artifact(
    video_id: UUID,
    kind: ArtifactKind,
    query: Annotated[LinkQuery, Query()],
    request: Request,
    parts: AnyServices,
    _signature: Annotated[str | None, Security(_link)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_session)] = None,
    key: Annotated[str | None, Security(_key)] = None,
) -> FileResponse:
    """The newest artifact of a kind: with your token or key, or by a signed link that needs neither. Ranges are served."""
    record, found = await _find(video_id, kind, query, request, parts, bearer.credentials if bearer else "", key or "")
    path = await asyncio.to_thread(parts.artifacts.path, found)
    name = f"{slug_of(record.title or 'video')}{'' if kind == 'film' else f'-{kind}'}{EXTENSIONS.get(found.media_type, '.bin')}"
    shown = found.media_type.startswith(INLINE) and not query.download
    return FileResponse(
        path,
        media_type=found.media_type,
        filename=name,
        content_disposition_type="inline" if shown else "attachment",
        headers={"Cache-Control": "private, max-age=3600", "Content-Security-Policy": ARTIFACT_CSP},
    )


async def _find(
    video_id: UUID, kind: str, query: LinkQuery, request: Request, parts: Services, bearer: str, key: str
) -> tuple[VideoRecord, ArtifactRef]:
    owner: UUID | None = None
    if query.signature and query.expires is not None:
        if not parts.signer.link_is_good(request.url.path, query.expires, query.signature):
            raise NotAuthenticated("The link has expired or was changed.", hint="GET the video again for fresh links.")
    else:
        owner = (await identify(request, parts, bearer, key, (Scope.VIDEOS_READ,))).user_id
    async with parts.database.session() as session:
        record = await parts.stores.videos.get(session, video_id, user_id=owner)
        rows = await parts.stores.videos.artifacts(session, video_id, kind=kind)
    if not rows:
        raise NotFound(f"The video has no {kind} yet.", hint="GET the video to see what has been made.")
    row = rows[-1]
    return record, ArtifactRef(kind=row.kind, digest=row.digest, media_type=row.media_type, size=row.size)


_FORM = {
    "type": "object", "title": "Upload", "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}},
}  # fmt: skip


@router.post(
    "/media",
    status_code=201,
    summary="Bring a picture or clip",
    operation_id="uploadMedia",
    responses=declared(401, 403, 413, 415, 422),
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
)
async def upload(request: Request, caller: VideosWriter, parts: AnyServices) -> MediaAnswer:
    """Keeps a picture, clip or sound of your own (JPEG, PNG, WebP, GIF, AVIF, BMP, TIFF; MP4, MOV, 3GP, WebM, MKV, AVI, MPEG
    program and transport streams, WMV; MP3, WAV, FLAC, OGG, M4A), to be named in `media` of a video. What it is is read from its
    content, not from its name.
    """
    async with request.form(max_files=1, max_fields=10) as form:  # read now: strangers were turned away before their body
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise RequestValidationError([{"type": "missing", "loc": ("body", "file"), "msg": "Send a file in the field `file`."}])
        ref, name = await receive(parts, file)
    await parts.stores.media.add(caller.user_id, ref, name)
    audit(request, caller, "media.upload", "media", ref.digest, size=ref.size, media_type=ref.media_type)
    return MediaAnswer(digest=ref.digest, media_type=ref.media_type, size=ref.size, name=name)
