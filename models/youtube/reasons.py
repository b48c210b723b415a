"""What YouTube's error answers mean: one table from status and reason to what is done about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

UPLOAD_LIMIT_WAIT = timedelta(hours=24)


class Trouble(StrEnum):
    """What an error answer calls for."""

    QUOTA = "quota"
    """The project's bucket is full: another granted account on another project, else wait for midnight Pacific."""
    UPLOAD_LIMIT = "upload_limit"
    """The channel's own limit: wait 24 hours, no other account helps."""
    RATE = "rate"
    """Too fast: back off."""
    AUTH = "auth"
    """The token is refused: refresh, then reconnect."""
    FORBIDDEN = "forbidden"
    """This account may not do this: another account."""
    GONE = "gone"
    """What was addressed is not there: an upload session that expired."""
    SERVER = "server"
    """YouTube failed or the line broke: resume."""
    METADATA = "metadata"
    """A field of the metadata is wrong: a person must change it."""
    EXISTS = "exists"
    """It is there already: done."""
    REFUSED = "refused"
    """Any other refusal; repeating it changes nothing."""


@dataclass(frozen=True)
class Answer:
    """An error answer, read."""

    trouble: Trouble
    reason: str
    message: str
    status: int
    field: str | None = None
    retry_after: timedelta | None = None


_BY_REASON: dict[str, Trouble] = {
    "quotaExceeded": Trouble.QUOTA,
    "dailyLimitExceeded": Trouble.QUOTA,
    "dailyLimitExceededUnreg": Trouble.QUOTA,
    "uploadLimitExceeded": Trouble.UPLOAD_LIMIT,
    "rateLimitExceeded": Trouble.RATE,
    "userRateLimitExceeded": Trouble.RATE,
    "uploadRateLimitExceeded": Trouble.RATE,
    "authError": Trouble.AUTH,
    "invalid_grant": Trouble.AUTH,
    "invalid_token": Trouble.AUTH,
    "captionExists": Trouble.EXISTS,
    "videoAlreadyInPlaylist": Trouble.EXISTS,
    "backendError": Trouble.SERVER,
    "internalError": Trouble.SERVER,
    "processingFailure": Trouble.SERVER,
}

_FIELDS: dict[str, str] = {
    "invalidTitle": "title",
    "invalidDescription": "description",
    "invalidTags": "tags",
    "keywordsTooLong": "tags",
    "invalidCategoryId": "category",
    "invalidPublishAt": "publish_at",
    "invalidDefaultLanguage": "language",
    "defaultLanguageNotSet": "language",
    "defaultLanguageNotSetError": "language",
    "invalidVideoMetadata": "metadata",
    "invalidMetadata": "metadata",
    "mediaBodyRequired": "film",
    "invalidFilename": "film",
    "invalidImage": "thumbnail",
    "mediaBodyTooLarge": "thumbnail",
    "uploadTooLarge": "thumbnail",
    "invalidPlaylist": "playlist",
    "playlistNotFound": "playlist",
}

_LOCATIONS = ("title", "description", "tags", "categoryId", "publishAt", "defaultLanguage", "playlistId")
_OUR_NAMES = {"categoryId": "category", "publishAt": "publish_at", "defaultLanguage": "language", "playlistId": "playlist"}


def read_answer(status: int, body: bytes, headers: dict[str, str], now: datetime) -> Answer:
    """What an error answer of the Data API or of an upload session calls for."""
    reason, message, location = _details(body)
    trouble = _BY_REASON.get(reason) or _by_status(status, reason)
    if trouble is Trouble.REFUSED and status == 400:
        trouble = Trouble.METADATA
    field = _field(reason, location) if trouble is Trouble.METADATA else None
    return Answer(trouble, reason or str(status), message or f"HTTP {status}", status, field, _retry_after(headers, now))


def _by_status(status: int, reason: str) -> Trouble:
    if reason in _FIELDS:
        return Trouble.METADATA
    if status == 401:
        return Trouble.AUTH
    if status == 403:
        return Trouble.FORBIDDEN
    if status in (404, 410):
        return Trouble.GONE
    if status == 429:
        return Trouble.RATE
    if status >= 500 or status == 408:
        return Trouble.SERVER
    return Trouble.REFUSED


def _details(body: bytes) -> tuple[str, str, str]:
    """Reason, message and location of the first error in the body."""
    try:
        error: Any = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return "", body[:200].decode(errors="replace").strip(), ""
    if isinstance(error, str):
        return error, "", ""
    if not isinstance(error, dict):
        return "", "", ""
    first = next((one for one in error.get("errors") or [] if isinstance(one, dict)), {})
    return str(first.get("reason", "")), str(error.get("message", "") or first.get("message", "")), str(first.get("location", ""))


def _field(reason: str, location: str) -> str:
    if reason in _FIELDS and _FIELDS[reason] != "metadata":
        return _FIELDS[reason]
    named = next((name for name in _LOCATIONS if name in location), "")
    return _OUR_NAMES.get(named, named) or "metadata"


def _retry_after(headers: dict[str, str], now: datetime) -> timedelta | None:
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return timedelta(seconds=int(text))
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))
