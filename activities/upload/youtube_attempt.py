"""One attempt to bring one film to YouTube: go on with its session, or open one, and send what is missing."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from activities.upload.port import Beat
from activities.upload.resumable import PART, FilmReader, ResumableSession, Standing
from activities.upload.youtube_calls import AccountCalls, AnotherAccount, Parts
from activities.upload.youtube_client import CallFailed, YouTubeClient
from models.errors import AuthenticationFailed, InvalidRequest, QuotaExhausted, Unavailable
from models.videos.finishing import FilmMetadata, UploadTask
from models.videos.publishing import UploadProgress
from models.youtube.body import insert_body
from models.youtube.contracts import ManagedChannel, UploadRow
from models.youtube.quota import Call, pacific_day
from models.youtube.reasons import Answer, Trouble

MIB = 1 << 20
CHUNK_SECONDS = 4.0
"""A chunk that took less is followed by a larger one: large ones cost nothing when they break, small ones cost round trips."""
LARGEST_CHUNK = 512 * MIB
BEAT_SECONDS = 2.0
SEARCHED = 100
"""How many of the channel's newest videos are searched for the marker."""
MOST_LOST = 3
"""Sessions that may expire under the hands of one attempt."""
SAMPLES, SAMPLE = 64, 64 * 1024


class Attempt:
    """Goes on exactly where the last attempt stopped, whichever process that was in."""

    def __init__(self, parts: Parts, task: UploadTask, metadata: FilmMetadata, row: UploadRow, beat: Beat) -> None:
        """`row` was taken over by this attempt."""
        self._parts = parts
        self._task = task
        self._metadata = metadata
        self._row = row
        self._beat = beat
        self._beaten = 0.0
        self._calls = AccountCalls(parts, row.account_id, row.account_label, row.project, alive=self._reading)
        self._chunk = parts.settings.youtube_chunk_mb * MIB
        self._address = ""
        self._looked_at = ""
        self._uploads = ""
        self._lost = 0

    def run(self) -> dict[str, Any]:
        """The video as YouTube answers it.

        Raises:
            AnotherAccount: this account cannot, and no video came of its session.
            QuotaExhausted, RateLimited, Unavailable, InvalidRequest, Refused: see the table of errors.
            ComponentDown: a newer attempt has taken over.
        """
        path = self._parts.store.path(self._task.film)
        try:
            with FilmReader(path, self._reading) as film:
                return self._bring(film)
        except CallFailed as failed:
            raise self._given_up(failed) from failed
        except AuthenticationFailed as error:
            self._calls.outcome(success=False, error=error.what)
            raise AnotherAccount(f"{self._row.account_label}: {error.what}") from error
        finally:
            self._calls.close()

    def _bring(self, film: FilmReader) -> dict[str, Any]:
        session = ResumableSession(film, self._body(), notify=self._metadata.notify_subscribers)
        standing = self._resumed(session)
        if standing is None:
            self._check_day()
            video = self._found_by_marker()
            if video is not None:
                return video
            self._open(session)
            standing = Standing(0)
        while standing.video is None:
            standing = self._send(session, standing.sent) if standing.sent < session.size else self._awaited(session)
        return standing.video

    # --- going on ---

    def _resumed(self, session: ResumableSession) -> Standing | None:
        """Where the stored session stands; None when there is none (any more)."""
        if not self._row.session:
            return None
        self._address = self._parts.accounts.cipher.open(self._row.session, _place(self._row))
        try:
            return self._calls.patiently(lambda client: session.state(client, self._address))
        except CallFailed as failed:
            if failed.answer.trouble is not Trouble.GONE:
                raise
        self._row = self._parts.ask(self._parts.uploads.session_lost(self._row))
        return None

    def _send(self, session: ResumableSession, offset: int) -> Standing:
        """Send one chunk; after a fault, ask the session what it kept of it."""
        self._tell(offset, always=True)
        self._calls.last = Call.VIDEOS_INSERT
        started = time.monotonic()
        try:
            standing = session.send(self._calls.client, self._address, offset, self._chunk)
        except CallFailed as failed:
            if failed.answer.trouble is Trouble.GONE:
                return self._session_gone(session)
            self._calls.bear(failed)
            standing = self._asked_again(session)
        else:
            self._fit_chunk(time.monotonic() - started)
            if standing.sent <= offset and standing.video is None:
                self._calls.bear(CallFailed(Answer(Trouble.SERVER, "noProgress", "YouTube kept nothing of a chunk", 308)))
        if standing.sent > offset:
            self._calls.progressed()
        if standing.video is None:
            self._parts.ask(self._parts.uploads.sent(self._row, standing.sent))
        return standing

    def _awaited(self, session: ResumableSession) -> Standing:
        """The session has every byte and the video is being made: there is nothing to send, only to ask again after a while."""
        self._tell(session.size, always=True)
        self._calls.bear(CallFailed(Answer(Trouble.SERVER, "notDone", "YouTube has every byte and no video yet", 308)))
        return self._asked_again(session)

    def _asked_again(self, session: ResumableSession) -> Standing:
        while True:
            self._reading()
            try:
                return session.state(self._calls.client, self._address)
            except CallFailed as failed:
                if failed.answer.trouble is Trouble.GONE:
                    return self._session_gone(session)
                self._calls.bear(failed)

    def _session_gone(self, session: ResumableSession) -> Standing:
        """The session expired under our hands: the channel is searched before another one is opened."""
        self._lost += 1
        if self._lost > MOST_LOST:
            raise Unavailable(f"YouTube forgot {self._lost} sessions of the upload.", provider="youtube")
        self._row = self._parts.ask(self._parts.uploads.session_lost(self._row))
        video = self._found_by_marker()
        if video is not None:
            return Standing(session.size, video)
        self._check_day()
        self._open(session)
        return Standing(0)

    def _fit_chunk(self, seconds: float) -> None:
        if seconds < CHUNK_SECONDS:
            self._chunk = min(self._chunk * 2, LARGEST_CHUNK)
        elif seconds > CHUNK_SECONDS * 4:
            self._chunk = max(self._chunk // 2, PART)

    # --- beginning ---

    def _open(self, session: ResumableSession) -> None:
        """Open a session and store its address before anything is sent. Asking counts; the slot pays for the first time.

        It is opened with a token that was just seen to lead to the video's channel: one that is renewed meanwhile is looked at too.
        """
        self._looked_at = ""

        def act(_: YouTubeClient) -> str:
            while self._looked_at != self._calls.client.token:
                self._check_channel()
            if not self._parts.ask(self._parts.uploads.asks(self._row)):
                self._calls.spend(Call.VIDEOS_INSERT)
            self._calls.last = Call.VIDEOS_INSERT
            return session.open(self._calls.client)

        self._address = self._calls.patiently(act)
        sealed = self._parts.accounts.cipher.seal(self._address, _place(self._row))
        self._parts.ask(self._parts.uploads.opened(self._row, sealed))
        self._row = self._row.model_copy(update={"session": sealed, "sessions": self._row.sessions + 1})

    def _check_day(self) -> None:
        """A slot is of its Pacific day: a session that is opened on another day needs a slot of that day."""
        if self._row.day != pacific_day(self._parts.now()):
            raise AnotherAccount(f"{self._row.account_label}: its slot was of {self._row.day}")

    def _check_channel(self) -> None:
        """The credentials must lead to the video's channel: YouTube puts a video where they belong, whatever the request says."""
        answer = self._calls.call(Call.CHANNELS_LIST, lambda api: api.channels().list(part="id,snippet", mine=True, maxResults=50))
        found = [
            ManagedChannel(youtube_channel_id=one["id"], title=one.get("snippet", {}).get("title", ""))
            for one in answer.get("items", [])
        ]
        if self._row.youtube_channel_id not in {one.youtube_channel_id for one in found}:
            self._parts.ask(self._parts.accounts.refresh_grants(self._row.account_id, found))
            raise AnotherAccount(f"{self._row.account_label}: it may not upload to the channel any more")
        self._looked_at = self._calls.client.token

    def _found_by_marker(self) -> dict[str, Any] | None:
        """The video among the channel's newest ones, if an earlier session of it came to its end unheard."""
        if not self._parts.ask(self._parts.uploads.was_ever_sent(self._row.video_id)):
            return None
        page: str | None = None
        for _ in range(SEARCHED // 50):
            ids, page = self._newest(page)
            video = self._marked(ids) if ids else None
            if video is not None or page is None:
                return video
        return None

    def _newest(self, page: str | None) -> tuple[list[str], str | None]:
        """Ids of the channel's newest videos, and the next page: from its list of uploads, which shows a video at once and costs
        little; where it has none to show, from the search.
        """
        try:
            return self._listed(self._uploads_playlist(), page)
        except CallFailed as failed:
            if failed.answer.trouble not in (Trouble.GONE, Trouble.REFUSED, Trouble.METADATA):
                raise
        found = self._calls.call(
            Call.SEARCH,
            lambda api: api.search().list(part="id", forMine=True, type="video", order="date", maxResults=50, pageToken=page),
        )
        return [one["id"]["videoId"] for one in found.get("items", [])], found.get("nextPageToken")

    def _listed(self, playlist: str, page: str | None) -> tuple[list[str], str | None]:
        """Ids of a page of a playlist, and the next page."""
        listed = self._calls.call(
            Call.PLAYLIST_LIST,
            lambda api: api.playlistItems().list(part="contentDetails", playlistId=playlist, maxResults=50, pageToken=page),
        )
        return [one["contentDetails"]["videoId"] for one in listed.get("items", [])], listed.get("nextPageToken")

    def _marked(self, ids: list[str]) -> dict[str, Any] | None:
        """The video of these that carries the marker."""
        videos = self._calls.call(Call.VIDEOS_LIST, lambda api: api.videos().list(part="snippet,status", id=",".join(ids)))
        for video in videos.get("items", []):
            if self._row.marker in video.get("snippet", {}).get("tags", []):
                return dict(video)
        return None

    def _uploads_playlist(self) -> str:
        if self._uploads:
            return self._uploads
        answer = self._calls.call(
            Call.CHANNELS_LIST, lambda api: api.channels().list(part="id,contentDetails", mine=True, maxResults=50)
        )
        for one in answer.get("items", []):
            if one["id"] == self._row.youtube_channel_id:
                related = one.get("contentDetails", {}).get("relatedPlaylists", {})
                self._uploads = str(related.get("uploads") or f"UU{one['id'][2:]}")
                return self._uploads
        raise AnotherAccount(f"{self._row.account_label}: it does not show the channel any more")

    def _body(self) -> dict[str, Any]:
        return insert_body(
            self._metadata,
            youtube_channel_id=self._row.youtube_channel_id,
            marker=self._row.marker,
            privacy=self._parts.settings.youtube_privacy,
            publish_at=self._task.publish_at,
            now=self._parts.now(),
        )

    # --- failing and telling ---

    def _given_up(self, failed: CallFailed) -> Exception:
        """What a refusal comes to for this upload: another account, or an error for the workflow."""
        error = self._calls.error(failed, "YouTube did not take the video")
        trouble = failed.answer.trouble
        if trouble is Trouble.QUOTA:
            self._calls.mark_full(self._calls.last)
        if trouble in (Trouble.QUOTA, Trouble.FORBIDDEN):
            if trouble is Trouble.FORBIDDEN:
                self._calls.outcome(success=False, error=failed.answer.message)
            return AnotherAccount(f"{self._row.account_label}: {failed.answer.reason}")
        if isinstance(error, (InvalidRequest, QuotaExhausted)):
            self._parts.ask(self._parts.uploads.give_back(self._row, str(error)))
        elif isinstance(error, Unavailable):
            self._calls.outcome(success=False, error=failed.answer.message)
        return error

    def _reading(self) -> None:
        self._tell(self._row.sent)

    def _tell(self, sent: int, *, always: bool = False) -> None:
        """A heartbeat, every two seconds while bytes flow."""
        self._row = self._row.model_copy(update={"sent": sent})
        if always or time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beaten = time.monotonic()
            row = self._row
            self._beat(
                UploadProgress(publisher="youtube", sent=sent, size=row.film_size, session=row.session, account=row.account_label)
            )


def _place(row: UploadRow) -> str:
    return f"youtube.uploads:{row.id}:session"


def fingerprint(path: Path) -> str:
    """SHA-256 of the film's size and of 64 pieces of 64 KiB spread over it, both ends included.

    It tells films apart that are not byte for byte the same encoding, without reading a gigabyte twice before every attempt.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as film:
        for number in range(SAMPLES):
            film.seek(max(0, size - SAMPLE) * number // (SAMPLES - 1))
            digest.update(film.read(SAMPLE))
    return digest.hexdigest()
