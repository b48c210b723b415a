"""The document: stored, complete enough to generate clients from, and true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from api.app import create_app
from api.openapi import text_of
from models.settings import ROOT, Settings

APP = create_app(Settings(_env_file=None))  # type: ignore[call-arg]
OPERATIONS: list[tuple[str, Any]] = [
    (f"{method.upper()} {path}", operation)
    for path, operations in APP.openapi()["paths"].items()
    for method, operation in operations.items()
]


def test_the_stored_document_is_that_of_the_code() -> None:
    stored = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert stored == text_of(APP), "write it anew: python -m api.openapi > docs/openapi.json"


def test_operation_ids_are_stable_names_and_each_is_used_once() -> None:
    ids = Counter(operation["operationId"] for _, operation in OPERATIONS)
    assert [name for name, times in ids.items() if times > 1] == []
    assert [name for name in ids if not re.fullmatch(r"[a-z][A-Za-z0-9]+", name)] == []


def test_every_operation_says_what_it_does_and_how_it_fails() -> None:
    for name, operation in OPERATIONS:
        assert operation["summary"] and operation["description"] and operation["tags"], name
        for status, answer in operation["responses"].items():
            if status[0] in "45":
                assert list(answer["content"]) == ["application/problem+json"], f"{name} {status}"
        if operation.get("security"):
            assert {"401", "403", "429", "503"} <= set(operation["responses"]), name
        if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
            assert "404" in operation["responses"], name


def test_every_reference_leads_somewhere() -> None:
    text = text_of(APP)
    known = APP.openapi()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", text)) <= set(known)


def test_bounds_are_said_in_words_of_json_schema() -> None:
    assert [
        path for path, name in _words(APP.openapi()["components"]["schemas"]) if name in {"ge", "gt", "le", "lt", "multiple_of"}
    ] == []


def _words(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of the document with where it stands."""
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield path, str(name)
        yield from _words(value, f"{path}/{name}")
