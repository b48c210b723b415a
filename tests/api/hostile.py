"""Requests that no client of ours would send: bytes, not values. Derived from the document, so that each operation gets them."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

Sent = tuple[str, str, dict[str, str | bytes], bytes]
"""Method, target, headers and body."""

LEAVES: tuple[Any, ...] = (
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\uffff", "\u202e", "x" * 70_000, "", " ", "'; drop table x; --", "%s%n{0}", "../../etc",
    10**400, -(10**400), 2**63, -(2**63) - 1, 2**31, 1e308, -1e308, float("inf"), float("nan"), 0.1, True, False, None, [], {}, [[]],
    {"a": None}, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
    "2030-02-30T00:00:00Z", str(uuid4()), "00000000-0000-0000-0000-000000000000", "\u0130", "\ufb03" * 40, "e\u0301" * 300,
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"[]", b"null", b"0", b'"x"', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\xc3\x28", b"\x00", b"{}{}", b"[" * 5_000,
    b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5_000, b"NaN", b'{"topic": "\\ud800"}', b'{"topic": "a", "topic": 1}', b'{"\\u0000": 1}',
    b'{"topic": "\xff\xfe"}', b"-", b"1e999999", b"a=1&b=2", b"--b--\r\n", b'{"topic": ' + b"9" * 6_000 + b"}",
)  # fmt: skip
KINDS: tuple[str, ...] = (
    "application/json", "text/plain", "", "application/json; charset=utf-16", "application/json; charset=no-such", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "\u00e9/x", "/", "*/*",
    "application/problem+json",
)  # fmt: skip
TEXTS: tuple[str, ...] = (
    "%00", "%ff", "%c3%28", "%ed%a0%80", "a" * 3_000, "..%2f..%2fetc", "%2e%2e", "1e9", "-1", "99999999999999999999", "%F0%9F%92%A9", "",
    "null", "true", "[]", "0x10", "%0d%0aX-Evil:1", "\u0661", "1%20or%201=1", "NaN", "+", "%", "%zz",
)  # fmt: skip
HEADERS: tuple[tuple[str, str | bytes], ...] = (
    ("Authorization", "Bearer"), ("Authorization", "Bearer "), ("Authorization", b"Bearer \xff\xfe"), ("Authorization", "Bearer a.b.c"),
    ("Authorization", "Basic YTpi"), ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."), ("Authorization", "Bearer ytk_" + "x" * 9_000),
    ("Authorization", "Bearer ytk_\u00e9".encode("latin-1")), ("X-API-Key", b"\xff"), ("X-API-Key", ""), ("Cookie", "ytempire_refresh="),
    ("Cookie", b"ytempire_refresh=\xff; =; ;;"), ("Cookie", "a=b; " * 900), ("X-Request-ID", "x" * 500), ("X-Request-ID", b"\xff\xfe\xfd\xfc"),
    ("Idempotency-Key", b"\xff"), ("Idempotency-Key", "x" * 300), ("Last-Event-ID", "9" * 40), ("Last-Event-ID", "-1"), ("Range", "bytes=9-1"),
    ("Accept", "\u00e9".encode("latin-1")), ("Origin", "null"), ("Origin", b"\xff"), ("X-Forwarded-For", "not an address, 1.2.3.4"),
    ("X-Forwarded-Proto", "gopher"), ("Content-Length", "0"), ("Expect", "100-continue"), ("If-Range", b"\xff"), ("User-Agent", b"\xff" * 400),
    ("X-N8N-Signature", b"sha256=\xff"), ("X-Ytempire-Endpoint", "x"),
)  # fmt: skip


class Hostile:
    """Draws such requests for the operations of a document."""

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self._document, self._dice = document, random.Random(seed)
        self._operations = [
            (method.upper(), path, operation) for path, each in document["paths"].items() for method, operation in each.items()
        ]

    def requests(self, rounds: int) -> Iterator[Sent]:
        """So many for each operation."""
        for _ in range(rounds):
            for method, path, operation in self._operations:
                yield self._drawn(method, path, operation)

    def _drawn(self, method: str, path: str, operation: dict[str, Any]) -> Sent:
        headers: dict[str, str | bytes] = {}
        target, query = path, {}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                value = self._one(TEXTS) if self._dice.random() < 0.3 else self._fitting(parameter)
                target = target.replace(f"{{{parameter['name']}}}", value or "x")
            elif parameter["in"] == "query" and self._dice.random() < 0.5:
                query[parameter["name"]] = self._one(TEXTS)
        if self._dice.random() < 0.4:
            name, value = self._one(HEADERS)
            headers[name] = value
        if query:
            target += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        return method, target, headers, self._body(operation, headers)

    def _body(self, operation: dict[str, Any], headers: dict[str, str | bytes]) -> bytes:
        content = operation.get("requestBody", {}).get("content", {})
        dice = self._dice.random()
        if "application/json" in content and dice < 0.7:
            headers["Content-Type"] = "application/json"
            body = self._spoilt(self._example(content["application/json"]["schema"]))
            return json.dumps(body, ensure_ascii=self._dice.random() < 0.5).encode("utf-8", "surrogatepass")
        if content or dice < 0.1:
            headers["Content-Type"] = self._one(KINDS).encode("latin-1")
            return bytes(self._one(BODIES))
        return b""

    def _spoilt(self, value: Any) -> Any:
        """The value with one or two of its leaves in the place of others, or a key that nobody knows."""
        spoilt = copy.deepcopy(value)
        for _ in range(self._dice.randint(1, 2)):
            if not isinstance(spoilt, dict) or not spoilt:
                return self._one(LEAVES)
            name = self._dice.choice([*spoilt, "unknown"])
            inner = spoilt.get(name)
            spoilt[name] = self._spoilt(inner) if isinstance(inner, dict) and inner else self._one(LEAVES)
        return spoilt

    def _example(self, schema: dict[str, Any]) -> Any:
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return self._example(self._dice.choice(schema["anyOf"]))
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        if schema.get("type") == "object":
            return {name: self._example(part) for name, part in schema.get("properties", {}).items()}
        if schema.get("type") == "array":
            return [self._example(schema["items"])]
        if schema.get("format") == "uuid":
            return str(uuid4())
        if schema.get("format") == "date-time":
            return "2030-12-31T18:00:00Z"
        return {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "null": None}.get(
            schema.get("type", ""), "Words of it"
        )

    def _fitting(self, parameter: dict[str, Any]) -> str:
        schema = self._resolved(parameter["schema"])
        return str(schema["enum"][0]) if "enum" in schema else str(uuid4())

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            found: dict[str, Any] = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return found
        return schema

    def _one(self, choices: tuple[Any, ...]) -> Any:
        return self._dice.choice(choices)


def wire(sent: Sent, token: str) -> bytes:
    """The request as it goes over a connection of its own, with a good token unless it brings another."""
    method, target, headers, body = sent
    lines: dict[str, str | bytes] = {"Host": "hostile", "Connection": "close", "Authorization": f"Bearer {token}"}
    lines |= {"Content-Length": str(len(body))} | headers
    raw = b"".join(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("latin-1", "replace")) + b"\r\n"
                   for name, value in lines.items())  # fmt: skip
    return f"{method} ".encode() + target.encode("utf-8") + b" HTTP/1.1\r\n" + raw + b"\r\n" + body


async def exchange(port: int, request: bytes) -> bytes:
    """What is answered; nothing when the door is closed before all was said, as it is to bodies that nobody wants."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    try:
        async with asyncio.timeout(60):
            writer.write(request)
            while part := await reader.read(65536):
                found += part
    except ConnectionResetError:
        pass
    finally:
        writer.close()
    return found


def is_right(answer: bytes) -> bool:
    """Whether an answer is one that the API may give to anything: no failure of its own, and every refusal a problem."""
    if not answer:
        return True
    head, _, body = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    status = int(head[9:12] or 0)
    if status >= 500:
        return status == 503 and b"workflow" in body  # Temporal is away, or nobody works there
    return 200 <= status < 400 or (status >= 400 and (b"application/problem+json" in head or b"Invalid HTTP request" in body))


def shown(sent: Sent) -> str:
    """The request in a line."""
    method, target, headers, body = sent
    return f"{method} {target[:200]} {headers} {body[:300]!r}"
