"""Live progress: events of videos from the database to any number of open streams, by one listener a process.

PostgreSQL tells one connection of each process that something happened. A feed (a video, or all videos of a user) then reads
the new events once and shares them with its streams, which hold nothing but their place: a slow client costs no memory, and a
reconnecting one goes on after the last id that it saw.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from models.database import Database
from models.errors import ComponentDown
from models.videos.event_store import PAGE, EventStore

log = structlog.get_logger("api")

CHANNEL = "video_events"
REMEMBERED = 200
"""Events a feed keeps; a stream that is further behind reads the database."""
HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a video, with its text on the wire."""

    id: int
    type: str
    wire: bytes

    @classmethod
    def of(cls, id: int, video_id: UUID, type: str, data: dict[str, Any], at: datetime) -> Event:
        """The event as a block of `text/event-stream`."""
        body = json.dumps({"video_id": str(video_id), "type": type, "at": at.isoformat(), **data}, separators=(",", ":"))
        return cls(id, type, f"id: {id}\nevent: {type}\ndata: {body}\n\n".encode())


class _Feed:
    """The latest events of a video or user, shared by the streams that follow it. `floor`: every event above it is in `events`."""

    __slots__ = ("changed", "dirty", "events", "floor", "listeners", "pump", "version")

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=REMEMBERED)
        self.floor: int | None = None
        self.listeners = 0
        self.version = 0
        self.dirty = asyncio.Event()
        self.changed = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None

    @property
    def head(self) -> int:
        return self.events[-1].id if self.events else (self.floor or 0)

    def after(self, last: int) -> list[Event] | None:
        """Events above `last`, or None when some of them are not remembered here."""
        if self.floor is None or last < self.floor:
            return None
        return [event for event in self.events if event.id > last]

    def add(self, found: list[Event]) -> None:
        for event in found:
            if len(self.events) == REMEMBERED:
                self.floor = self.events[0].id
            self.events.append(event)

    def wake(self) -> None:
        self.version += 1
        waiting, self.changed = self.changed, asyncio.Event()
        waiting.set()


Key = tuple[str, UUID]


class Progress:
    """The event streams of one process."""

    def __init__(
        self,
        database: Database,
        *,
        opened: Callable[[int], None] = lambda _: None,
        heartbeat: float = HEARTBEAT_SECONDS,
        longest: float = 3600.0,
    ) -> None:
        """`opened` is told +1 and -1 as streams open and close; `longest`: seconds after which a stream is ended."""
        self._database = database
        self._events = EventStore(database)
        self._opened = opened
        self._heartbeat = heartbeat
        self._longest = longest
        self._feeds: dict[Key, _Feed] = {}
        self._closing = False

    async def run(self) -> None:
        """Listen until cancelled."""
        async for payload in self._database.listen(CHANNEL, check_seconds=self._heartbeat):
            if not payload:
                for feed in self._feeds.values():
                    feed.dirty.set()
                continue
            told = json.loads(payload)
            for key in (("video", UUID(told["video_id"])), ("user", UUID(told["user_id"]))):
                if key in self._feeds:
                    self._feeds[key].dirty.set()

    def close(self) -> None:
        """End every stream: the process is told to stop. Clients reconnect and resume elsewhere."""
        self._closing = True
        for feed in self._feeds.values():
            feed.wake()

    @property
    def followed(self) -> int:
        """How many videos and users are being followed."""
        return len(self._feeds)

    async def latest(self, user_id: UUID) -> int:
        """The id of the user's latest event: where a new stream of everything begins."""
        return await self._events.latest(user_id)

    async def after(self, key: Key, last: int) -> list[Event]:
        """Up to a page of events above `last`, from the database.

        Raises:
            ComponentDown: it cannot be reached, or says nothing.
        """
        try:
            async with asyncio.timeout(self._heartbeat):
                rows = await (self._events.of_video if key[0] == "video" else self._events.of_user)(key[1], last)
        except TimeoutError as error:
            raise ComponentDown("The database says nothing.", hint="It is asked again in a moment.") from error
        return [Event.of(row["id"], row["video_id"], row["type"], row["data"], row["at"]) for row in rows]

    async def stream(
        self,
        key: Key,
        last: int,
        is_end: Callable[[Event], bool] = lambda _: False,
        *,
        seconds: float | None = None,
        allowed: Callable[[], Awaitable[bool]] | None = None,
    ) -> AsyncIterator[bytes]:
        """Blocks of `text/event-stream` after event `last`, with heartbeats, until an event that is an end, or for `seconds`.

        `allowed` is asked once a heartbeat whether the listener may still listen; the stream ends when not.
        """
        feed = self._join(key)
        until = time.monotonic() + min(self._longest, seconds or self._longest)
        checked = time.monotonic()
        try:
            yield b"retry: 2000\n\n"
            while not self._closing:
                if allowed is not None and time.monotonic() - checked >= self._heartbeat:
                    if not await self._may_listen(allowed):
                        return
                    checked = time.monotonic()
                version = feed.version
                found = feed.after(last)
                if found is None:
                    found = await self._read(key, last)
                    if found is not None and not found and feed.floor is None:
                        feed.floor = last
                        feed.dirty.set()  # what came between the reading and now
                if found:
                    last = found[-1].id
                    yield b"".join(event.wire for event in found)
                    if any(is_end(event) for event in found):
                        return
                elif (left := until - time.monotonic()) <= 0:
                    return
                elif feed.version == version and not await self._changes(feed, left):
                    yield b": still here\n\n"
        finally:
            self._leave(key, feed)

    @staticmethod
    async def _may_listen(allowed: Callable[[], Awaitable[bool]]) -> bool:
        try:
            return await allowed()
        except ComponentDown:
            return True  # asked again with the next heartbeat

    async def _read(self, key: Key, last: int) -> list[Event] | None:
        try:
            return await self.after(key, last)
        except ComponentDown:
            await asyncio.sleep(1)
            return None

    async def _changes(self, feed: _Feed, left: float) -> bool:
        try:
            async with asyncio.timeout(min(self._heartbeat, left)):
                await feed.changed.wait()
        except TimeoutError:
            return False
        return True

    def _join(self, key: Key) -> _Feed:
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = _Feed()
            feed.pump = asyncio.create_task(self._pump(key, feed))
        feed.listeners += 1
        self._opened(1)
        return feed

    def _leave(self, key: Key, feed: _Feed) -> None:
        feed.listeners -= 1
        self._opened(-1)
        if feed.listeners == 0:
            self._feeds.pop(key, None)
            if feed.pump is not None:
                feed.pump.cancel()

    async def _pump(self, key: Key, feed: _Feed) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await feed.dirty.wait()
                feed.dirty.clear()
                while feed.floor is not None:
                    try:
                        found = await self.after(key, feed.head)
                    except ComponentDown:
                        feed.dirty.set()
                        await asyncio.sleep(1)
                        break
                    feed.add(found)
                    if len(found) < PAGE:
                        break
                feed.wake()
