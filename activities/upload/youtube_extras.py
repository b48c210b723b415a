"""Thumbnail, captions and playlist of a published video, each safe to repeat."""

from __future__ import annotations

import io
from typing import Any

from googleapiclient.http import MediaIoBaseUpload

from activities.upload.youtube_calls import AccountCalls, Parts
from activities.upload.youtube_client import CallFailed, YouTubeClient
from models.errors import QuotaExhausted
from models.videos.contracts import ArtifactRef
from models.videos.finishing import FilmMetadata
from models.videos.publishing import Extra, ExtraDone, ExtraTask
from models.youtube.contracts import UploadRow
from models.youtube.quota import Call, next_pacific_midnight
from models.youtube.reasons import Trouble

TRACK_NAMES = {Extra.CAPTIONS_SRT: "", Extra.CAPTIONS_VTT: "WebVTT"}


class ExtraCalls:
    """Adds extras in the name of the account that uploaded."""

    def __init__(self, parts: Parts, calls: AccountCalls, row: UploadRow) -> None:
        self._parts = parts
        self._calls = calls
        self._row = row
        self._unclear = False
        """Whether an earlier call may have been heard, so that the note of it must stay."""

    def add(self, task: ExtraTask) -> ExtraDone:
        """Add one. It is noted before the call and after it; an attempt that finds only the first note looks before it acts.

        Raises:
            CallFailed: YouTube failed or is in the way for now.
        """
        extra = task.extra
        begun, known = self._parts.ask(self._parts.uploads.start_extra(self._row.id, extra))
        self._unclear = begun
        if known is not None:
            return ExtraDone(extra=extra, done=True, external_id=known)
        try:
            if extra is Extra.THUMBNAIL:
                made = self._thumbnail(task)
            elif extra is Extra.PLAYLIST:
                made = self._playlist(task, look_first=begun)
            else:
                made = self._captions(task, look_first=begun)
        except QuotaExhausted as error:
            return self._left_out(extra, error.what)
        except CallFailed as failed:
            return self._refused(extra, failed)
        self._parts.ask(self._parts.uploads.finish_extra(self._row.id, extra, made))
        return ExtraDone(extra=extra, done=True, external_id=made)

    def _refused(self, extra: Extra, failed: CallFailed) -> ExtraDone:
        """Quota, lacking rights and a thing that YouTube will not have leave an extra out: the video is there all the same."""
        trouble = failed.answer.trouble
        if trouble is Trouble.QUOTA:
            self._calls.mark_full(self._calls.last)
            return self._left_out(extra, failed.answer.message)
        if trouble in (Trouble.FORBIDDEN, Trouble.METADATA, Trouble.REFUSED, Trouble.GONE):
            self._forget(extra)
            return ExtraDone(
                extra=extra, done=False, reason=f"YouTube refused it: {failed.answer.message} ({failed.answer.reason})"
            )
        raise failed

    def _left_out(self, extra: Extra, why: str) -> ExtraDone:
        self._forget(extra)
        return ExtraDone(extra=extra, done=False, reason=why, retry_at=next_pacific_midnight(self._parts.now()))

    def _forget(self, extra: Extra) -> None:
        if not self._unclear:
            self._parts.ask(self._parts.uploads.forget_extra(self._row.id, extra))

    def _thumbnail(self, task: ExtraTask) -> str:
        """Setting it twice leaves the same picture: it needs no look."""
        media = self._media(task.upload.thumbnail)
        self._calls.call(Call.THUMBNAILS_SET, lambda api: api.thumbnails().set(videoId=self._row.youtube_id, media_body=media()))
        return self._row.youtube_id

    def _captions(self, task: ExtraTask, *, look_first: bool) -> str:
        """A track of the film's language; the second track is a draft, seen by the owner only."""
        first = self._parts.settings.youtube_caption_tracks[0]
        ref = task.upload.captions_srt if task.extra is Extra.CAPTIONS_SRT else task.upload.captions_vtt
        language = self._metadata(task).language
        name = TRACK_NAMES[task.extra]
        snippet = {
            "videoId": self._row.youtube_id,
            "language": language,
            "name": name,
            "isDraft": not task.extra.value.endswith(first),
        }
        media = self._media(ref)

        def look() -> str | None:
            listed = self._calls.call(
                Call.CAPTIONS_LIST, lambda api: api.captions().list(part="snippet", videoId=self._row.youtube_id), optional=True
            )
            for one in listed.get("items", []):
                if (one["snippet"].get("language"), one["snippet"].get("name", "")) == (language, name):
                    return str(one["id"])
            return None

        def insert(client: YouTubeClient) -> dict[str, Any]:
            return client.run(client.api.captions().insert(part="snippet", body={"snippet": snippet}, media_body=media()))

        return self._once(Call.CAPTIONS_INSERT, insert, look, look_first=look_first)

    def _playlist(self, task: ExtraTask, *, look_first: bool) -> str:
        playlist = self._metadata(task).playlist
        video_id = self._row.youtube_id
        body = {"snippet": {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video_id}}}

        def look() -> str | None:
            listed = self._calls.call(
                Call.PLAYLIST_LIST,
                lambda api: api.playlistItems().list(part="id", playlistId=playlist, videoId=video_id),
                optional=True,
            )
            return next((str(one["id"]) for one in listed.get("items", [])), None)

        def insert(client: YouTubeClient) -> dict[str, Any]:
            return client.run(client.api.playlistItems().insert(part="snippet", body=body))

        return self._once(Call.PLAYLIST_INSERT, insert, look, look_first=look_first)

    def _once(self, call: Call, insert: Any, look: Any, *, look_first: bool) -> str:
        """Make a call that would add a second thing when repeated: after anything unclear, look whether it was heard."""
        while True:
            if look_first and (found := look()) is not None:
                return str(found)
            try:
                self._calls.last = call
                self._calls.spend(call, optional=True)
                return str(insert(self._calls.client).get("id", ""))
            except CallFailed as failed:
                if failed.answer.trouble is Trouble.EXISTS:
                    return str(look() or "")
                look_first = failed.answer.trouble is Trouble.SERVER
                self._unclear = self._unclear or look_first
                self._calls.bear(failed)

    def _media(self, ref: ArtifactRef) -> Any:
        """The artifact as a media body, made anew for each attempt."""
        data = self._parts.store.read_bytes(ref)
        kind = "image/jpeg" if ref.media_type.startswith("image/") else "application/octet-stream"
        return lambda: MediaIoBaseUpload(io.BytesIO(data), kind, resumable=False)

    def _metadata(self, task: ExtraTask) -> FilmMetadata:
        return self._parts.store.read_model(task.upload.metadata, FilmMetadata)
