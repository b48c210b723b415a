"""One resumable session: opening it, asking where it stands, sending a chunk. What to do about failures is the publisher's."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from googleapiclient.http import MediaIoBaseUpload

from activities.upload.youtube_client import YouTubeClient

MEDIA_TYPE = "video/mp4"
PART = 256 * 1024
"""Chunks are multiples of this."""


@dataclass(frozen=True)
class Standing:
    """Where a session stands: the next byte it wants, or the video that came of it."""

    sent: int
    video: dict[str, Any] | None = None


class FilmReader:
    """The film as a stream that reports while it is read, so that a slow line still gives heartbeats."""

    def __init__(self, path: Path, reading: Callable[[], None]) -> None:
        self._file = path.open("rb", buffering=0)
        self._reading = reading

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        self._reading()
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file does."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As a file does."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> FilmReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class ResumableSession:
    """A film on its way through `videos.insert`."""

    def __init__(self, film: FilmReader, body: dict[str, Any], *, notify: bool) -> None:
        """`body` is what `videos.insert` takes; `notify`, whether subscribers are told."""
        self._film = film
        self._body = body
        self._notify = notify
        self.size = film.seek(0, os.SEEK_END)

    def _request(self, client: YouTubeClient, chunk_bytes: int = PART) -> Any:
        media = MediaIoBaseUpload(self._film, MEDIA_TYPE, chunksize=max(PART, chunk_bytes // PART * PART), resumable=True)
        return client.api.videos().insert(
            part=",".join(sorted(self._body)), body=self._body, media_body=media, notifySubscribers=self._notify
        )

    def open(self, client: YouTubeClient) -> str:
        """Open a session; the answer is its address. No byte of the film is sent.

        Raises:
            CallFailed: YouTube refused; or the line broke, then a session may be open that nobody will use.
        """
        request = self._request(client)
        headers = {
            **request.headers,
            "X-Upload-Content-Type": MEDIA_TYPE,
            "X-Upload-Content-Length": str(self.size),
            "content-length": str(request.body_size),
        }

        def ask() -> str:
            response, content = client.http.request(request.uri, method=request.method, body=request.body, headers=headers)
            if response.status != 200 or "location" not in response:
                raise client.failed(response, content)
            return str(response["location"])

        return str(client.guarded(ask))

    def state(self, client: YouTubeClient, address: str) -> Standing:
        """Ask a session where it stands.

        Raises:
            CallFailed: `Trouble.GONE` when the session is no more.
        """
        request = self._request(client)

        def ask() -> Standing:
            headers = {"Content-Range": f"bytes */{self.size}", "content-length": "0"}
            response, content = client.http.request(address, method="PUT", body=b"", headers=headers)
            if response.status == 308:
                return Standing(_next_byte(response))
            if response.status in (200, 201):
                return Standing(self.size, request.postproc(response, content))
            raise client.failed(response, content)

        standing: Standing = client.guarded(ask)
        return standing

    def send(self, client: YouTubeClient, address: str, offset: int, chunk_bytes: int) -> Standing:
        """Send one chunk from `offset` on (rounded down to whole parts of 256 KiB); less of it may be confirmed.

        Raises:
            CallFailed: what was kept of the chunk is known only by `state`.
        """
        request = self._request(client, chunk_bytes)
        request.resumable_uri, request.resumable_progress = address, offset

        def push() -> Standing:
            _, video = request.next_chunk(http=client.http, num_retries=0)
            return Standing(self.size, video) if video is not None else Standing(request.resumable_progress)

        standing: Standing = client.guarded(push)
        return standing


def _next_byte(response: Any) -> int:
    """The byte after the last one that the session holds; it says nothing when it holds none."""
    span = response.get("range", "")
    return int(span.rpartition("-")[2]) + 1 if span else 0
