"""The discovery document that the official client ships, as the judge of requests and answers."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from googleapiclient.discovery_cache import get_static_doc

COMMON = frozenset(
    {"alt", "fields", "key", "prettyPrint", "quotaUser", "access_token", "callback", "oauth_token", "uploadType", "$.xgafv"}
)


class Matched(NamedTuple):
    """A method of the API that a request addresses; `upload` is `resumable`, `simple` or empty."""

    method: dict[str, Any]
    upload: str


@cache
def document() -> dict[str, Any]:
    """The document of the Data API, version 3."""
    found: dict[str, Any] = json.loads(get_static_doc("youtube", "v3"))
    return found


@cache
def _methods() -> dict[tuple[str, str], Matched]:
    found: dict[tuple[str, str], Matched] = {}
    for resource in document()["resources"].values():
        for method in resource.get("methods", {}).values():
            found[method["httpMethod"], f"/{method['path']}"] = Matched(method, "")
            for kind, protocol in method.get("mediaUpload", {}).get("protocols", {}).items():
                found[method["httpMethod"], protocol["path"]] = Matched(method, kind)
    return found


def match(verb: str, path: str) -> Matched | None:
    """The method at this address."""
    return _methods().get((verb, path))


def wrong_parameters(matched: Matched, query: str) -> list[str]:
    """What the document says against these query parameters."""
    known: dict[str, Any] = matched.method.get("parameters", {})
    given = parse_qsl(query, keep_blank_values=True)
    wrong = [f"unknown parameter {name}" for name, _ in given if name not in known and name not in COMMON]
    names = {name for name, _ in given}
    wrong += [f"missing parameter {name}" for name, about in known.items() if about.get("required") and name not in names]
    for name, value in given:
        about = known.get(name, {})
        if "enum" in about and value not in about["enum"]:
            wrong.append(f"parameter {name} cannot be {value}")
        if about.get("type") == "boolean" and value not in ("true", "false"):
            wrong.append(f"parameter {name} is no boolean: {value}")
    if matched.upload and dict(given).get("uploadType") not in ("resumable", "media", "multipart"):
        wrong.append("uploadType is missing")
    return wrong


def wrong_value(value: Any, schema: dict[str, Any], place: str = "body") -> list[str]:
    """What the document says against a JSON value."""
    if "$ref" in schema:
        return wrong_value(value, document()["schemas"][schema["$ref"]], place)
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            return [f"{place} is no object"]
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        wrong: list[str] = []
        for name, part in value.items():
            if name in known:
                wrong += wrong_value(part, known[name], f"{place}.{name}")
            elif more is not None:
                wrong += wrong_value(part, more, f"{place}.{name}")
            else:
                wrong.append(f"{place}.{name} is unknown")
        return wrong
    if kind == "array":
        if not isinstance(value, list):
            return [f"{place} is no list"]
        return [one for number, part in enumerate(value) for one in wrong_value(part, schema["items"], f"{place}[{number}]")]
    return _wrong_plain(value, schema, place)


def _wrong_plain(value: Any, schema: dict[str, Any], place: str) -> list[str]:
    kind, form = schema.get("type"), schema.get("format", "")
    fits = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}.get(str(kind))
    if fits is not None and (not isinstance(value, fits) or (isinstance(value, bool) and kind != "boolean")):  # type: ignore[arg-type]
        return [f"{place} is no {kind}: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place} cannot be {value!r}"]
    if form == "date-time":
        try:
            if datetime.fromisoformat(value).tzinfo is None:
                return [f"{place} has no time zone"]
        except ValueError:
            return [f"{place} is no date and time: {value!r}"]
    if form in ("uint64", "int64") and kind == "string" and not re.fullmatch(r"-?\d+", value):
        return [f"{place} is no number in a string: {value!r}"]
    return []


def wrong_request(matched: Matched, body: Any) -> list[str]:
    """What the document says against a request's body."""
    wanted = matched.method.get("request")
    return wrong_value(body, wanted) if wanted is not None else []


def wrong_answer(matched: Matched, body: Any) -> list[str]:
    """What the document says against an answer of ours: the fake stays honest."""
    wanted = matched.method.get("response")
    return wrong_value(body, wanted, "answer") if wanted is not None else []
