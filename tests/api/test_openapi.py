"""The document: stored, complete enough to generate clients from, and true."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from api.app import create_app
from api.openapi import text_of
from models.settings import Settings
from tests.api.stored_document import DOCUMENT, STORED

OPERATIONS: list[tuple[str, Any]] = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def test_the_stored_document_is_that_of_the_code() -> None:
    app = create_app(Settings(_env_file=None))  # type: ignore[call-arg]
    assert STORED.read_text("utf-8") == text_of(app), "write it anew: python -m api.openapi > docs/openapi.json"


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
    known = DOCUMENT["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([A-Za-z0-9_]+)", STORED.read_text("utf-8"))) <= set(known)


def test_bounds_are_said_in_words_of_json_schema() -> None:
    python = {"ge", "gt", "le", "lt", "multiple_of"}
    assert [path for path, name in _words(DOCUMENT["components"]["schemas"]) if name in python] == []


def _words(part: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of the document with where it stands."""
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield path, str(name)
        yield from _words(value, f"{path}/{name}")
