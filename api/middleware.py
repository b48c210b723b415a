"""What surrounds every request: time, size, headers, metrics and the log. Plain ASGI: no task and no queue per request."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.metrics import Metrics
from api.request_log import RequestLog, RequestRecord
from models.errors import ComponentDown

log = structlog.get_logger("api")

API_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
CONSOLE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": API_CSP,
    "Cache-Control": "no-store",
}
"""Set on every answer that does not carry its own."""

_SECURITY_RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
PREFIX = "/api/v1"
UPLOAD = ("POST", f"{PREFIX}/media")
"""The one request whose body may be large."""
_STREAMED = re.compile(rf"{PREFIX}/videos/(?:[^/]+/)?(?:events|artifacts/[^/]+)")


@dataclass(frozen=True)
class Limits:
    """Bounds of a request. Sizes in bytes, times in seconds."""

    body: int
    media: int
    seconds: float
    slow: float


class Envelope:
    """The middleware around the whole application; an exception that comes this far becomes a problem without a trace."""

    def __init__(self, app: ASGIApp, *, limits: Limits, metrics: Metrics, requests: Callable[[], RequestLog | None]) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answer = _Answer(scope, send, started)
        state: dict[str, Any] = scope.setdefault("state", {})
        state.setdefault("notes", {})
        try:
            await self._run(scope, receive, answer)
        finally:
            self._record(scope, answer, time.perf_counter() - started)

    async def _run(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        path: str = scope["path"]
        most = self._limits.media if (scope["method"], path) == UPLOAD else self._limits.body
        limit = None if _takes_its_time(scope) else self._limits.seconds
        try:
            declared = Headers(scope=scope).get("content-length", "0")
            if declared.isdigit() and int(declared) > most:
                raise _too_large(most)
            async with asyncio.timeout(limit) as clock:
                await self._app(scope, _Counted(receive, most), answer.send)
        except TimeoutError as error:
            if not clock.expired():
                await self._fail(scope, receive, answer, problems.of_bug(path, error))
                return
            late = ComponentDown(f"The answer took longer than {limit:.0f} seconds.", hint="Ask again in a moment.")
            await self._fail(scope, receive, answer, problems.of_error(late))
        except HTTPException as error:
            await self._fail(scope, receive, answer, problems.problem(error.status_code, error.detail, kind="too-large"))
        except Exception as error:
            await self._fail(scope, receive, answer, problems.of_bug(path, error))

    async def _fail(self, scope: Scope, receive: Receive, answer: _Answer, response: ASGIApp) -> None:
        if not answer.status:
            await response(scope, receive, answer.send)

    def _record(self, scope: Scope, answer: _Answer, seconds: float) -> None:
        route = _template(scope)
        status = answer.status or 499
        self._metrics.observe(scope["method"], route, status, seconds)
        notes = scope["state"]["notes"]
        if seconds >= self._limits.slow and not _takes_its_time(scope):
            log.warning("slow request", method=scope["method"], route=route, status=status, seconds=round(seconds, 3))
        requests = self._requests()
        if requests is not None and not route.endswith(("/health", "/health/ready", "/metrics")):
            client = scope.get("client")
            requests.request(
                RequestRecord(
                    at=datetime.now(UTC),
                    request_id=correlation_id.get() or "",
                    user_id=notes.get("user_id"),
                    key_id=notes.get("key_id"),
                    method=scope["method"],
                    route=route,
                    status=status,
                    milliseconds=round(seconds * 1000, 3),
                    address=client[0] if client else "",
                    agent=Headers(scope=scope).get("user-agent", "")[:200],
                )
            )


def _takes_its_time(scope: Scope) -> bool:
    """Whether the body or the answer may take as long as it takes."""
    return (scope["method"], scope["path"]) == UPLOAD or (
        scope["method"] == "GET" and _STREAMED.fullmatch(scope["path"]) is not None
    )


def _template(scope: Scope) -> str:
    """The path of the route that answered, as the document writes it; its own part stands in the scope, without the prefix."""
    own = getattr(scope.get("route"), "path", "")
    if not own:
        return "(none)"
    template = own.replace(":uuid}", "}")
    return template if template.startswith(PREFIX) or not scope["path"].startswith(PREFIX) else PREFIX + template


class _Answer:
    """Passes an answer on, with the headers that every answer has."""

    __slots__ = ("_scope", "_send", "_started", "status")

    def __init__(self, scope: Scope, send: Send, started: float) -> None:
        self._scope, self._send, self._started = scope, send, started
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            there = {name for name, _ in headers}
            headers += [header for header in _SECURITY_RAW if header[0] not in there]
            noted = self._scope["state"]["notes"].get("headers", {})
            headers += [(name.lower().encode(), value.encode()) for name, value in noted.items()]
            headers.append((b"x-process-time", b"%.6f" % (time.perf_counter() - self._started)))
            message["headers"] = headers
        await self._send(message)


class _Counted:
    """Receives a body up to a size, whatever its Content-Length said."""

    __slots__ = ("_got", "_most", "_receive")

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._got = receive, most, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._got += len(message.get("body", b""))
            if self._got > self._most:
                raise _too_large(self._most)
        return message


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {most // 1024} KiB.")
