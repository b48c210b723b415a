"""What the local YouTube knows: identities, tokens, sessions, videos; a ledger of all it received; faults on demand."""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

COSTS = {
    "youtube.videos.insert": ("insert", 1),
    "youtube.search.list": ("search", 1),
    "youtube.thumbnails.set": ("general", 50),
    "youtube.playlistItems.insert": ("general", 50),
    "youtube.videos.update": ("general", 50),
    "youtube.captions.insert": ("general", 400),
    "youtube.captions.list": ("general", 50),
    "youtube.captions.update": ("general", 450),
}
LIMITS = {"insert": 100, "search": 100, "general": 10_000}


@dataclass
class Identity:
    """A Google identity: the channels it manages, the first being the one that its uploads go to."""

    subject: str
    channels: list[str]
    refresh_tokens: set[str] = field(default_factory=set)
    gives_refresh_token: bool = True
    upload_limit: int | None = None


@dataclass
class Token:
    """An access token."""

    identity: Identity
    project: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass
class Video:
    """A video that was made here."""

    id: str
    channel: str
    sha256: str
    size: int
    snippet: dict[str, Any]
    status: dict[str, Any]
    notify: str
    project: str
    made_at: datetime
    polls: int = 0
    thumbnail: bytes = b""
    captions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Session:
    """A resumable session; a video comes of it with the last byte."""

    id: str
    identity: Identity
    project: str
    size: int
    body: dict[str, Any]
    notify: str
    received: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    video: Video | None = None
    expired: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Fault:
    """What goes wrong with requests of a kind: `youtube.<resource>.<method>`, `chunk`, `state` (of a session) or `token`.

    `do`: `error` answers without acting, `lost` acts and answers nothing, `drop` breaks the connection before acting, `cut` keeps
    `keep` bytes of a chunk and breaks it, `partial` keeps them and answers 308, `stall` waits and breaks, `expire` ends the
    session.
    """

    on: str
    do: str
    times: int = 1
    status: int = 503
    reason: str = "backendError"
    message: str = "no"
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    keep: int = 0
    seconds: float = 0.0
    after: int = 0
    when: Callable[[dict[str, Any]], bool] | None = None


class World:
    """Everything behind the server; tests read and change it under no lock but `lock`.

    `believes_credentials`: a video goes where the token belongs, and the channel that the request names is not looked at.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.clients: dict[str, tuple[str, str]] = {}
        self.identities: list[Identity] = []
        self.tokens: dict[str, Token] = {}
        self.refresh: dict[str, tuple[Identity, str, frozenset[str]]] = {}
        self.codes: dict[str, tuple[Identity, str, str, str, frozenset[str]]] = {}
        self.sessions: dict[str, Session] = {}
        self.videos: dict[str, Video] = {}
        self.playlists: dict[str, list[str]] = {}
        self.used: Counter[tuple[str, str, str]] = Counter()
        self.limits = dict(LIMITS)
        self.faults: list[Fault] = []
        self.chaos: random.Random | None = None
        self.chaos_rate = 0.3
        self.faulted = 0
        self.asked = 0
        self.requests: list[tuple[str, int]] = []
        self.violations: list[str] = []
        self.access_seconds = 3600
        self.refresh_seconds: int | None = None
        self.polls_until_processed = 1
        self.outcome: dict[str, Any] = {}
        self.all_private = False
        self.finishing = 0
        self.believes_credentials = False
        self.refreshes = 0
        self.hold = 0.0

    # --- people and tokens ---

    def add_client(self, project: str, client_id: str = "", secret: str = "secret") -> str:
        """A Google Cloud project with an OAuth client."""
        client_id = client_id or f"{project}-client"
        self.clients[client_id] = (project, secret)
        return client_id

    def add_identity(self, *channels: str) -> Identity:
        """Somebody with channels."""
        identity = Identity(f"subject-{len(self.identities)}", list(channels))
        self.identities.append(identity)
        return identity

    def issue(self, identity: Identity, project: str, scopes: frozenset[str], *, lasting: bool) -> dict[str, Any]:
        """Tokens for an identity, as the token endpoint answers them."""
        access = f"ya29.{secrets.token_urlsafe(24)}"
        self.tokens[access] = Token(identity, project, scopes, self.now() + timedelta(seconds=self.access_seconds))
        answer: dict[str, Any] = {
            "access_token": access, "expires_in": self.access_seconds, "token_type": "Bearer", "scope": " ".join(sorted(scopes)),
        }  # fmt: skip
        if lasting:
            refresh = f"1//{secrets.token_urlsafe(24)}"
            self.refresh[refresh] = (identity, project, scopes)
            identity.refresh_tokens.add(refresh)
            answer["refresh_token"] = refresh
            if self.refresh_seconds is not None:
                answer["refresh_token_expires_in"] = self.refresh_seconds
        return answer

    def revoke(self, identity: Identity) -> None:
        """Every token of an identity is dead."""
        with self.lock:
            for refresh in identity.refresh_tokens:
                self.refresh.pop(refresh, None)
            identity.refresh_tokens.clear()
            self.tokens = {name: token for name, token in self.tokens.items() if token.identity is not identity}

    # --- quota ---

    def spend(self, project: str, method: str) -> bool:
        """Count a call; False when it no longer fits in the day."""
        bucket, units = COSTS.get(method, ("general", 1))
        day = self.now().astimezone(ZoneInfo("America/Los_Angeles")).date().isoformat()
        if self.used[project, bucket, day] + units > self.limits[bucket]:
            return False
        self.used[project, bucket, day] += units
        return True

    # --- videos ---

    def complete(self, session: Session) -> None:
        """With the last byte a video comes of a session; while `finishing` is more than 0, it takes another answer."""
        if session.received < session.size or session.video is not None:
            return
        if self.finishing > 0:
            self.finishing -= 1
            return
        self.make_video(session)

    def make_video(self, session: Session) -> Video:
        """The last byte is there."""
        video = Video(
            id=secrets.token_urlsafe(8)[:11],
            channel=session.identity.channels[0],
            sha256=session.digest.hexdigest(),
            size=session.received,
            snippet=dict(session.body["snippet"]),
            status=dict(session.body["status"]),
            notify=session.notify,
            project=session.project,
            made_at=self.now(),
        )
        if self.all_private:
            video.status["privacyStatus"] = "private"
        with self.lock:
            self.videos[video.id] = video
        session.video = video
        return video

    def uploads_of(self, channel: str) -> list[Video]:
        """A channel's videos, newest first."""
        with self.lock:
            return sorted(
                (one for one in self.videos.values() if one.channel == channel), key=lambda one: one.made_at, reverse=True
            )

    # --- faults ---

    def fail(self, on: str, do: str = "error", **more: Any) -> Fault:
        """Ask for a fault."""
        fault = Fault(on, do, **more)
        with self.lock:
            self.faults.append(fault)
        return fault

    def fault(self, on: str, about: dict[str, Any]) -> Fault | None:
        """What is to go wrong with this request."""
        with self.lock:
            for fault in self.faults:
                if fault.on != on or fault.times <= 0 or (fault.when is not None and not fault.when(about)):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
            self.asked += 1
            if self.chaos is not None and self.chaos.random() < self.chaos_rate:
                self.faulted += 1
                return self._chaotic(on, about, self.chaos)
        return None

    @staticmethod
    def _chaotic(on: str, about: dict[str, Any], dice: random.Random) -> Fault | None:
        if on == "token":
            return Fault(on, dice.choice(["error", "drop"]))
        if on == "chunk":
            kept = dice.randrange(0, about["length"] + 1)
            do = dice.choice(["error", "drop", "cut", "cut", "partial", "lost", "lost"])
            return Fault(on, do, keep=kept, status=dice.choice([500, 502, 503, 504]))
        if on == "state":
            return Fault(on, dice.choice(["error", "drop"]), status=dice.choice([500, 503]))
        return Fault(on, dice.choice(["error", "drop", "lost"]), status=dice.choice([500, 503]))

    def wrong(self, what: str) -> None:
        """Something that the protocol forbids was done."""
        with self.lock:
            self.violations.append(what)

    def note(self, what: str, status: int) -> None:
        """A request and its answer, for tests that count."""
        with self.lock:
            self.requests.append((what, status))

    def count(self, what: str, status: int | None = None) -> int:
        """How often a kind of request was answered (so)."""
        with self.lock:
            return sum(1 for name, code in self.requests if name == what and status in (None, code))

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until something was received."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("it did not happen in time")
            time.sleep(0.005)
