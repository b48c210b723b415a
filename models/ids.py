"""Identities: UUIDs for rows, SHA-256 digests for what is addressed by what it was made from."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel


def new_id() -> UUID:
    """A new random row id (never called in a workflow: there it is `workflow.uuid4()`)."""
    return uuid4()


def video_workflow_id(video_id: UUID) -> str:
    """The workflow of a video; one video has exactly one."""
    return f"video-{video_id}"


def digest_of(*parts: Any) -> str:
    """SHA-256 (64 hex digits) of the canonical JSON of `parts`: equal inputs, equal digest, in every process and version.

    Takes pydantic models, dicts, lists, strings, ints, bools, None; floats are written with `repr`.
    """
    canonical = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(part: Any) -> Any:
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, dict):
        return {str(key): _plain(value) for key, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [_plain(value) for value in part]
    if part is None or isinstance(part, (str, int, float, bool)):
        return part
    return str(part)


def slug_of(text: str, *, limit: int = 60) -> str:
    """A folder name that every file system takes, in the words of `text`: letters and digits of any script, joined by `-`.

    Returns `video` where nothing is left (a topic of emoji).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u097f][^\W_]*)*", folded, flags=re.UNICODE)
    slug = "-".join(words)[:limit].strip("-")
    while len(slug.encode()) > 180:
        slug = slug[:-1]
    return slug.strip("-") or "video"
