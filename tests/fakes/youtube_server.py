"""The local YouTube: resumable uploads, the calls of the Data API that are used, and Google's token endpoint, over loopback.

Requests and answers are judged by the discovery document that the official client ships; what the protocol forbids is refused and
noted as a violation. `World` holds the ledger and the faults.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlparse

from tests.fakes import youtube_oauth
from tests.fakes.youtube_calls import Calls, Refusal
from tests.fakes.youtube_discovery import Matched, match, wrong_answer, wrong_parameters, wrong_request
from tests.fakes.youtube_world import Fault, Session, Token, World

CHUNK = 256 * 1024


class Gone(Exception):
    """The connection is broken on purpose."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    world: World
    rbufsize = 0

    def do_GET(self) -> None:
        """Data API calls that read."""
        self._guarded(self._api)

    def do_POST(self) -> None:
        """Tokens, and calls that make something."""
        self._guarded(self._token if urlparse(self.path).path == "/token" else self._api)

    def do_PUT(self) -> None:
        """Chunks of sessions, and calls that change something."""
        session = "upload_id=" in self.path
        self._guarded(self._session if session else self._api)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def _guarded(self, act: Any) -> None:
        try:
            act()
        except Gone:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    # --- answers ---

    def _answer(
        self, what: str, status: int, body: Any = None, headers: dict[str, str] | None = None, *, lost: bool = False
    ) -> None:
        self.world.note(what, status)
        if lost:
            raise Gone
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, what: str, refusal: Refusal) -> None:
        one = {"domain": "youtube", "reason": refusal.reason, "message": refusal.message}
        if refusal.location:
            one |= {"location": refusal.location, "locationType": "other"}
        body = {"error": {"code": refusal.status, "message": refusal.message, "errors": [one]}}
        self._answer(what, refusal.status, body, refusal.headers)

    def _wrong(self, what: str, problem: str) -> None:
        self.world.wrong(f"{what}: {problem}")
        self._refuse(what, Refusal(400, "protocol", problem))

    def _before(self, what: str, **about: Any) -> Fault | None:
        """Faults that act instead of the call; others are handed back."""
        if self.world.hold:
            time.sleep(self.world.hold)
        fault = self.world.fault(what, {"path": self.path, **about})
        if fault is None or fault.do in ("lost", "cut", "partial", "expire"):
            return fault
        if fault.do == "stall":
            time.sleep(fault.seconds)
        if fault.do in ("stall", "drop"):
            self.world.note(what, 0)
            raise Gone
        self._drain()
        self._refuse(what, Refusal(fault.status, fault.reason, fault.message, fault.location, fault.headers))
        raise _Answered

    def _drain(self) -> None:
        left = self._length - self._read
        while left > 0:
            got = self.rfile.read(min(left, 1 << 20))
            if not got:
                raise Gone
            left -= len(got)

    def _body(self) -> bytes:
        data = b""
        while len(data) < self._length:
            part = self.rfile.read(self._length - len(data))
            if not part:
                raise Gone
            data += part
        self._read = len(data)
        return data

    def _begin(self) -> None:
        self._length = int(self.headers.get("content-length") or 0)
        self._read = 0

    # --- tokens ---

    def _token(self) -> None:
        self._begin()
        try:
            fault = self._before("token")
            form = dict(parse_qsl(self._body().decode()))
            status, answer = youtube_oauth.token(self.world, form)
            self._answer("token", status, answer, lost=fault is not None)
        except _Answered:
            return

    def _who(self, what: str, matched: Matched | None) -> Token | None:
        """The token's identity; answers 401 or 403 itself."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        with self.world.lock:
            token = self.world.tokens.get(value) if kind == "Bearer" else None
        if token is None or token.expires_at <= self.world.now():
            self._drain()
            self._refuse(what, Refusal(401, "authError", "Invalid Credentials", "Authorization"))
            return None
        if matched is not None and not token.scopes & set(matched.method.get("scopes", ())):
            self._drain()
            self._refuse(what, Refusal(403, "insufficientPermissions", "Insufficient Permission"))
            return None
        return token

    # --- the Data API ---

    def _api(self) -> None:
        self._begin()
        address = urlparse(self.path)
        matched = match(self.command, address.path)
        if matched is None:
            self._drain()
            self._wrong(self.path, f"no method at {self.command} {address.path}")
            return
        what = str(matched.method["id"])
        try:
            fault = self._before(what)
            wrong = wrong_parameters(matched, address.query)
            if wrong:
                self._drain()
                self._wrong(what, "; ".join(wrong))
                return
            token = self._who(what, matched)
            if token is not None:
                self._call(what, matched, token, dict(parse_qsl(address.query)), lost=fault is not None)
        except _Answered:
            return

    def _call(self, what: str, matched: Matched, token: Token, query: dict[str, str], *, lost: bool) -> None:
        body, media, kind = self._parts(query.get("uploadType", ""))
        with self.world.lock:
            fits = self.world.spend(token.project, what)
        if not fits:
            self._refuse(
                what, Refusal(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
            )
            return
        wrong = wrong_request(matched, body) if body is not None else []
        if wrong:
            self._wrong(what, "; ".join(wrong))
            return
        calls = Calls(self.world, token, query, body, media, kind)
        try:
            if what == "youtube.videos.insert":
                session = calls.open_session(self.headers)
                self._answer(
                    what, 200, None, {"location": self._session_address(session), "x-guploader-uploadid": session.id}, lost=lost
                )
                return
            answer = calls.run(what)
        except Refusal as refusal:
            self._refuse(what, refusal)
            return
        dishonest = wrong_answer(matched, answer)
        if dishonest:
            self.world.wrong(f"the fake's own answer to {what}: {dishonest}")
        self._answer(what, 200, answer, lost=lost)

    def _parts(self, upload_type: str) -> tuple[Any, bytes, str]:
        """JSON body, media and its type of a request."""
        data = self._body()
        kind = self.headers.get("content-type", "")
        if upload_type == "multipart":
            message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + data)
            about, media = message.get_payload()  # type: ignore[misc]
            return json.loads(about.get_payload()), media.get_payload(decode=True), media.get_content_type()  # type: ignore[union-attr,arg-type,return-value]
        if upload_type == "media":
            return None, data, kind
        return (json.loads(data) if data else None), b"", ""

    def _session_address(self, session: Session) -> str:
        return f"http://{self.headers['host']}/resumable/upload/youtube/v3/videos?uploadType=resumable&upload_id={session.id}"

    # --- resumable sessions ---

    def _session(self) -> None:
        self._begin()
        upload_id = parse_qs(urlparse(self.path).query)["upload_id"][0]
        session = self.world.sessions.get(upload_id)
        span = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", self.headers.get("content-range", ""))
        asks = span is not None and span[1] is None
        what = "state" if asks else "chunk"
        try:
            fault = self._before(what, length=self._length, upload_id=upload_id)
            if session is None or session.expired or (fault is not None and fault.do == "expire"):
                if session is not None:
                    session.expired = True
                self._drain()
                self._answer(what, fault.status if fault is not None and fault.do == "expire" else 404)
                return
            token = self._who(what, None)
            if token is None:
                return
            if token.identity is not session.identity:
                self._drain()
                self._wrong(what, "a session of another identity")
                return
            with session.lock:
                if asks:
                    self.world.complete(session)
                    self._state(session, int(span[3]) if span else 0)
                else:
                    self._chunk(session, span, fault)
        except _Answered:
            return

    def _state(self, session: Session, size: int, *, what: str = "state", lost: bool = False) -> None:
        if size != session.size:
            self._wrong(what, f"size {size} of a session of {session.size}")
        elif session.video is not None:
            self._answer(what, 200, Calls.shown(session.video, "snippet,status"), lost=lost)
        else:
            headers = {"range": f"bytes=0-{session.received - 1}"} if session.received else {}
            self._answer(what, 308, None, headers, lost=lost)

    def _chunk(self, session: Session, span: re.Match[str] | None, fault: Fault | None) -> None:
        if session.video is not None:
            self._drain()
            self._state(session, session.size, what="chunk")
            return
        problem = _chunk_problem(session, span, self._length)
        if problem:
            self._drain()
            self._wrong("chunk", problem)
            return
        keep = fault.keep if fault is not None and fault.do in ("cut", "partial") else self._length
        whole = self._receive(session, min(keep, self._length))
        self.world.complete(session)
        if not whole or (fault is not None and fault.do == "cut"):
            self.world.note("chunk", 0)
            raise Gone
        self._drain()
        self._state(session, session.size, what="chunk", lost=fault is not None and fault.do == "lost")

    def _receive(self, session: Session, wanted: int) -> bool:
        """Take bytes as they come; False when the line broke before all were there. What came is kept."""
        buffer = memoryview(bytearray(1 << 20))
        while wanted > 0:
            got = self.connection.recv_into(buffer, min(wanted, len(buffer)))
            if got == 0:
                return False
            session.digest.update(buffer[:got])
            session.received += got
            self._read += got
            wanted -= got
        return True


def _chunk_problem(session: Session, span: re.Match[str] | None, length: int) -> str:
    """What the protocol says against a chunk's header."""
    if span is None or span[1] is None:
        return "no Content-Range"
    first, last, size = int(span[1]), int(span[2]), int(span[3])
    if last < first:
        return "a chunk of no bytes"
    if size != session.size:
        return f"size {size} of a session of {session.size}"
    if last - first + 1 != length:
        return f"Content-Range of {last - first + 1} bytes with a body of {length}"
    if first != session.received:
        return f"a chunk from byte {first}, where {session.received} is next"
    if last + 1 != size and length % CHUNK:
        return f"a chunk of {length} bytes is no multiple of 256 KiB"
    return ""


class _Answered(Exception):
    """A fault was answered in place of the call."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A bug in the fake must be seen."""
        import sys
        import traceback

        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.RequestHandlerClass.world.wrong(f"the fake failed: {traceback.format_exc()}")  # type: ignore[attr-defined]


class YouTubeServer:
    """A running local YouTube."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        handler = type("BoundHandler", (Handler,), {"world": self.world})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        """Root address of the Data API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def token_url(self) -> str:
        """Address of the token endpoint."""
        return f"{self.address}token"

    @contextmanager
    def running(self) -> Iterator[YouTubeServer]:
        """Serve until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
