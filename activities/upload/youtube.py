"""The YouTube publisher: one video, once, on its own channel, through whichever granted account can take it today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from activities.upload.port import Beat
from activities.upload.youtube_attempt import Attempt, fingerprint
from activities.upload.youtube_calls import PROVIDER, AccountCalls, AnotherAccount, Parts
from activities.upload.youtube_client import CallFailed
from activities.upload.youtube_extras import ExtraCalls
from models.errors import Conflict, ProviderError, QuotaExhausted, Refused, Unavailable
from models.videos.contracts import Provided
from models.videos.finishing import FilmMetadata, Uploaded, UploadTask
from models.videos.publishing import Confirmation, ConfirmTask, Extra, ExtraDone, ExtraTask, Visibility
from models.youtube.body import metadata_hash, watch_url
from models.youtube.confirming import POLL_OLD, is_policy, read_video
from models.youtube.contracts import Alert, Reservation, UploadRow, UploadState
from models.youtube.quota import Call

MOST_ACCOUNTS = 30
"""Accounts tried in one attempt; each that fails is out of the choice, so this is never reached but by an error of ours."""


class YouTubePublisher:
    """Publishes through the accounts in the database."""

    name = PROVIDER

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def publish(self, task: UploadTask, beat: Beat) -> Uploaded:
        """Bring the film to YouTube.

        Raises:
            QuotaExhausted: no granted account can today; `retry_after` says until when.
            AuthenticationFailed: every granted account must be reconnected.
            RateLimited, Unavailable: try again, it goes on where it was.
            InvalidRequest: `field` of the metadata is not accepted.
            Refused: YouTube will not have it, or put it on another channel.
        """
        metadata = self._parts.store.read_model(task.metadata, FilmMetadata)
        wanted = self._wanted(task, metadata)
        passed_over: list[str] = []
        full: set[str] = set()
        for _ in range(MOST_ACCOUNTS):
            row = self._reserve(wanted, full, passed_over)
            if row.state is UploadState.UPLOADED:
                return self._uploaded(row, passed_over)
            row = self._taken_over(row, wanted)
            try:
                video = Attempt(self._parts, task, metadata, row, beat).run()
            except AnotherAccount as other:
                self._parts.ask(self._parts.uploads.give_back(row, other.why))
                passed_over.append(other.why)
                continue
            except QuotaExhausted as error:
                self._parts.ask(self._parts.uploads.give_back(row, str(error)))
                if error.detail.get("reason") != "quota":
                    raise
                full.add(row.project)
                passed_over.append(f"{row.account_label}: {error.what}")
                continue
            return self._finished(row, video, wanted, passed_over)
        raise Unavailable(f"No account took the video: {'; '.join(passed_over)}", provider=self.name)

    def extras(self, task: UploadTask) -> tuple[Extra, ...]:
        """Thumbnail first, then the caption tracks of the settings, then the playlist, if the video has one."""
        tracks = {"srt": Extra.CAPTIONS_SRT, "vtt": Extra.CAPTIONS_VTT}
        metadata = self._parts.store.read_model(task.metadata, FilmMetadata)
        captions = tuple(tracks[track] for track in self._parts.settings.youtube_caption_tracks)
        return (Extra.THUMBNAIL, *captions, *((Extra.PLAYLIST,) if metadata.playlist else ()))

    def add(self, task: ExtraTask) -> ExtraDone:
        """Add one extra.

        Raises:
            RateLimited, Unavailable, AuthenticationFailed: try again.
            InvalidRequest: YouTube does not accept it; `field` says what.
        """
        row = self._row_of(task.uploaded)
        calls = self._calls(row)
        try:
            return ExtraCalls(self._parts, calls, row).add(task)
        except CallFailed as failed:
            raise calls.error(failed, f"YouTube did not take the {task.extra.value}") from failed
        finally:
            calls.close()

    def withdraw(self, task: UploadTask) -> None:
        """Give the slot back if nothing was sent, and refuse whatever attempt may still be under way."""
        row = self._parts.ask(self._parts.uploads.live(task.video.video_id))
        if row is not None and row.state is not UploadState.UPLOADED:
            self._parts.ask(self._parts.uploads.give_back(row, "withdrawn"))

    def confirm(self, task: ConfirmTask) -> Confirmation:
        """Look once at the processing and the visibility.

        Raises:
            RateLimited, Unavailable, AuthenticationFailed: try again.
        """
        row = self._row_of(task.uploaded)
        calls = self._calls(row)
        try:
            answer = calls.call(
                Call.VIDEOS_LIST, lambda api: api.videos().list(part="snippet,status,processingDetails", id=row.youtube_id)
            )
        except QuotaExhausted as error:
            wait = error.retry_after.total_seconds() if error.retry_after else POLL_OLD
            return Confirmation(state=Visibility.PROCESSING, detail=error.what, ask_again_seconds=wait)
        except CallFailed as failed:
            raise calls.error(failed, "YouTube did not show the video") from failed
        finally:
            calls.close()
        return self._seen(row, next(iter(answer.get("items", [])), None))

    def _seen(self, row: UploadRow, video: dict[str, Any] | None) -> Confirmation:
        """Record what was seen, and tell people of what is wrong with it."""
        now = self._parts.now()
        seen = read_video(
            video,
            channel=row.youtube_channel_id,
            privacy=self._parts.settings.youtube_privacy,
            uploaded_at=row.uploaded_at or now,
            now=now,
        )
        self._parts.ask(
            self._parts.uploads.looked_at(
                row.id,
                processing=(video or {}).get("status", {}).get("uploadStatus", ""),
                visibility=seen.state.value,
                settled_at=now if seen.settled else None,
            )
        )
        if seen.state in (Visibility.REJECTED, Visibility.HIDDEN):
            alert = Alert(kind=seen.state.value, upload_id=row.id, message=seen.detail, link=watch_url(row.youtube_id))
            if is_policy(seen):
                self._parts.ask(self._parts.accounts.pause_channel(row.youtube_channel_id, alert))
            else:
                self._parts.ask(self._parts.accounts.tell(alert))
        return seen

    def _reserve(self, wanted: Reservation, full: set[str], passed_over: list[str]) -> UploadRow:
        try:
            return self._parts.ask(self._parts.uploads.reserve(wanted, self._parts.now(), without=full))
        except ProviderError as error:
            error.detail["passed_over"] = list(passed_over)
            raise

    def _taken_over(self, row: UploadRow, wanted: Reservation) -> UploadRow:
        row = self._parts.ask(self._parts.uploads.take_over(row.id))
        if (row.film_hash, row.film_size, row.metadata_hash) != (wanted.film_hash, wanted.film_size, wanted.metadata_hash):
            row = self._parts.ask(self._parts.uploads.begin_again(row, wanted))
        return row

    def _wanted(self, task: UploadTask, metadata: FilmMetadata) -> Reservation:
        path = self._parts.store.path(task.film)
        return Reservation(
            video_id=task.video.video_id,
            film_hash=fingerprint(path),
            film_size=path.stat().st_size,
            metadata_hash=metadata_hash(metadata, task.publish_at),
        )

    def _finished(self, row: UploadRow, video: dict[str, Any], wanted: Reservation, passed_over: list[str]) -> Uploaded:
        """Write the outcome down, then look where YouTube put the video."""
        self._parts.ask(self._parts.uploads.finished(row, video["id"], wanted.film_hash, self._parts.now()))
        self._parts.ask(self._parts.accounts.outcome(row.account_id, success=True))
        channel = video.get("snippet", {}).get("channelId", row.youtube_channel_id)
        if channel != row.youtube_channel_id:
            self._hide(row, video)
            said = (
                f"YouTube put the video {video['id']} on channel {channel}, not on {row.youtube_channel_id}; it was made private."
            )
            alert = Alert(kind="wrong_channel", upload_id=row.id, message=said, link=watch_url(video["id"]))
            self._parts.ask(self._parts.accounts.pause_channel(row.youtube_channel_id, alert))
            raise Refused(
                said, provider=self.name, hint="Reconnect the account with the right channel.", detail={"reason": "wrongChannel"}
            )
        return self._uploaded(row.model_copy(update={"youtube_id": video["id"]}), passed_over)

    def _hide(self, row: UploadRow, video: dict[str, Any]) -> None:
        calls = self._calls(row)
        body = {"id": video["id"], "status": {**video.get("status", {}), "privacyStatus": "private"}}
        try:
            calls.call(Call.VIDEOS_UPDATE, lambda api: api.videos().update(part="status", body=body))
        except (CallFailed, ProviderError):
            return  # the alert is raised in any case
        finally:
            calls.close()

    def _uploaded(self, row: UploadRow, passed_over: list[str]) -> Uploaded:
        return Uploaded(
            location=watch_url(row.youtube_id),
            external_id=row.youtube_id,
            upload_id=row.id,
            account=row.account_label,
            provided=Provided(provider=self.name, passed_over=tuple(passed_over)),
        )

    def _row_of(self, uploaded: Uploaded) -> UploadRow:
        if uploaded.upload_id is None:
            raise Conflict("This video was not published on YouTube.")
        upload_id: UUID = uploaded.upload_id
        return self._parts.ask(self._parts.uploads.by_id(upload_id))

    def _calls(self, row: UploadRow) -> AccountCalls:
        return AccountCalls(self._parts, row.account_id, row.account_label, row.project)
