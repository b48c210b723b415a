"""The OpenAPI document: what FastAPI derives, with every error as a problem and every header that answers carry."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import FieldError, Problem
from api.schemas.videos import StreamedEvent
from api.schemas.webhooks import N8nEvent

DESCRIPTION = """\
Ask for a video, watch it being made, decide about it.

Every refusal is `application/problem+json` (RFC 9457) and says what to do next. `POST`s that start work take an
`Idempotency-Key`: repeat them until you get an answer. Lists take `page` and `limit`.
"""
TAGS = {
    "auth": "Accounts, sessions, API keys.",
    "users": "You.",
    "channels": "Your channels.",
    "videos": "Ask for videos and see what becomes of them.",
    "decisions": "What a person tells a running video.",
    "costs": "Money.",
    "youtube": "Accounts that publish.",
    "webhooks": "Events in and out.",
    "admin": "Running the platform.",
    "health": "Whether it works.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema:
        return app.openapi_schema
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        separate_input_output_schemas=False,
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, FieldError, N8nEvent, StreamedEvent):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in made["paths"].values():
        for operation in path.values():
            _finish(operation)
    _as_generators_read_it(made)
    app.openapi_schema = made
    return made


def methods_of(app: FastAPI, path: str) -> list[str]:
    """The methods that the document allows on a path; empty where it knows none."""
    paths: dict[str, Any] = app.openapi()["paths"]
    if path in paths:
        return sorted(method.upper() for method in paths[path])
    fitting = [operations for template, operations in paths.items() if re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", template), path)]
    return sorted({method.upper() for operations in fitting for method in operations})


def _as_generators_read_it(part: Any) -> None:
    """Say the same in words that every generator knows: `anyOf` for `oneOf` (our alternatives exclude each other by their required
    fields), and for maps with a pattern of names `propertyNames`, without which other names seem to be allowed.
    """
    if isinstance(part, dict):
        if "oneOf" in part:
            part["anyOf"] = part.pop("oneOf")
        if "patternProperties" in part:
            ((pattern, values),) = part.pop("patternProperties").items()
            part["propertyNames"] = part.get("propertyNames", {}) | {"pattern": pattern}
            part["additionalProperties"] = values
        for value in part.values():
            _as_generators_read_it(value)
    elif isinstance(part, list):
        for value in part:
            _as_generators_read_it(value)


def _finish(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        _never_null(parameter)
    validation = operation["responses"].get("422", {}).get("content", {})
    if "application/json" in validation:
        operation["responses"]["422"] = {
            "description": "The request is not valid",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    for answer in operation["responses"].values():
        answer.setdefault("headers", {})["X-Request-ID"] = {
            "description": "names this request in the log",
            "schema": {"type": "string"},
        }


def _never_null(parameter: dict[str, Any]) -> None:
    """What stands in an address or header is left out, or is text: it cannot be null."""
    schema: dict[str, Any] = parameter["schema"]
    if "anyOf" in schema:
        kinds = [kind for kind in schema.pop("anyOf") if kind != {"type": "null"}]
        schema.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def text_of(app: FastAPI) -> str:
    """The document as it is stored under docs/."""
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from api.app import create_app
    from models.settings import Settings

    sys.stdout.write(text_of(create_app(Settings(_env_file=None))))
