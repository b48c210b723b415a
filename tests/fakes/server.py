"""A provider on loopback: a real HTTP server that speaks its protocol, with faults on demand and a journal of what was asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Call:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer.

    With a `body` it replaces the true answer; `cut` sends only so many bytes of the announced ones and drops the connection;
    `delay` waits first (seconds); `drip` waits after each byte of a `body`;
    `path` limits the fault to requests whose path begins so.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: int | None = None
    delay: float = 0.0
    path: str = ""
    drip: float = 0.0


def json_fault(status: int, body: Any, path: str = "", **headers: str) -> Fault:
    """An answer in JSON, most often an error in the provider's own shape; `retry_after="5"` becomes a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=status, body=json.dumps(body).encode(), headers={"content-type": "application/json", **named}, path=path)


def rate_limited(retry_after: str = "7", path: str = "") -> Fault:
    """429 with Retry-After (seconds or an HTTP date)."""
    return Fault(status=429, headers={"retry-after": retry_after}, body=b'{"error": "slow down"}', path=path)


def outage(status: int = 500, path: str = "") -> Fault:
    """A 5xx with a page in HTML, as proxies send it."""
    return Fault(status=status, headers={"content-type": "text/html"}, body=b"<html>Bad gateway</html>", path=path)


def slow(seconds: float, path: str = "") -> Fault:
    """The true answer, too late."""
    return Fault(delay=seconds, path=path)


def truncated(at: int = 20, path: str = "") -> Fault:
    """The true answer, broken off."""
    return Fault(cut=at, path=path)


def garbage(path: str = "") -> Fault:
    """200 with something that is no JSON."""
    return Fault(headers={"content-type": "application/json"}, body=b'{"results": [', path=path)


@dataclass(frozen=True)
class Answered:
    """What became of a request: the fault that its answer was given, and the status that the server meant to send."""

    call: Call
    fault: Fault
    status: int


class FakeServer:
    """Serves `routes` on a free loopback port in a thread of its own while the `with` block lasts."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self.routes = list(routes)
        self._app = Starlette(routes=self.routes)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.journal: list[Call] = []
        self.answered: list[Answered] = []
        self._faults: deque[Fault] = deque()
        self._always: Fault | None = None
        self._chosen: Callable[[Call], Fault | None] = lambda call: None
        self.warp: Callable[[bytes], bytes] = lambda answer: answer
        """Makes something else of each true answer."""
        config = uvicorn.Config(self._serve, log_level="critical", interface="asgi3", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def fail(self, *faults: Fault) -> None:
        """Spoil the next answers, one fault each."""
        self._faults.extend(faults)

    def fail_always(self, fault: Fault | None) -> None:
        """Spoil every answer; None ends it."""
        self._always = fault

    def fail_by(self, choose: Callable[[Call], Fault | None]) -> None:
        """Spoil the answers that `choose` names a fault for, where no other fault is due."""
        self._chosen = choose

    def calls(self, path: str) -> list[Call]:
        """The journal's requests whose path begins so."""
        return [call for call in self.journal if call.path.startswith(path)]

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.005)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # The thread ends by itself within a tick; nobody has to wait for it.
        self._server.should_exit = self._server.force_exit = True

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = bytearray()
        while True:
            part = await receive()
            body += part.get("body", b"")
            if part["type"] == "http.disconnect" or not part.get("more_body"):
                break
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode(), keep_blank_values=True).items()}
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        call = Call(scope["method"], scope["path"], query, headers, bytes(body))
        self.journal.append(call)
        fault = self._fault_for(scope["path"])
        if fault == Fault():
            fault = self._chosen(call) or fault
        if fault.delay:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(receive(), fault.delay)  # ends early when the caller hangs up
        if fault.body is not None:
            self.answered.append(Answered(call, fault, fault.status))
            if fault.drip:
                await _drip(receive, send, fault)
                return
            await _answer(send, fault.status, fault.headers, fault.body, fault.cut)
            return
        status, headers, answer = await self._true_answer(scope, bytes(body))
        self.answered.append(Answered(call, fault, status))
        await _answer(send, status, headers | fault.headers, answer, fault.cut)

    def _fault_for(self, path: str) -> Fault:
        for fault in self._faults:
            if path.startswith(fault.path):
                self._faults.remove(fault)
                return fault
        return self._always if self._always is not None and path.startswith(self._always.path) else Fault()

    async def _true_answer(self, scope: Message, body: bytes) -> tuple[int, dict[str, str], bytes]:
        start: Message = {}
        whole = bytearray()

        async def given() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                whole.extend(message.get("body", b""))

        await self._app(scope, given, kept)
        headers = {name.decode(): value.decode() for name, value in start["headers"] if name != b"content-length"}
        return start["status"], headers, self.warp(bytes(whole))


async def _drip(receive: Receive, send: Send, fault: Fault) -> None:
    fields = {"content-type": "application/json"} | fault.headers | {"content-length": str(len(fault.body or b""))}
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    gone = asyncio.ensure_future(receive())
    for byte in fault.body or b"":
        await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        if (await asyncio.wait([gone], timeout=fault.drip))[0]:
            return
    gone.cancel()


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes, cut: int | None) -> None:
    fields = {"content-type": "application/json"} | headers | {"content-length": str(len(body))}
    await send({
        "type": "http.response.start",
        "status": status,
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body[:cut], "more_body": cut is not None})
