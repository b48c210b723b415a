"""The API reference for people: the OpenAPI document as one plain page."""

from __future__ import annotations

from html import escape
from typing import Any

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>YTEMPIRE API</title>
<link rel="icon" href="/console/icon.svg"><link rel="stylesheet" href="/console/console.css"></head>
<body><header><a class="brand" href="/">YTEMPIRE</a><nav><a href="/api/v1/openapi.json">openapi.json</a></nav></header><main>"""


def page(document: dict[str, Any]) -> str:
    """The page of a document: every operation with what it takes, needs and answers."""
    parts = [HEAD, f"<h1>{escape(document['info']['title'])} API</h1>", f"<p>{escape(document['info']['description'])}</p>"]
    for tag in document["tags"]:
        found = [
            _operation(method, path, operation)
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if tag["name"] in operation["tags"]
        ]
        if found:
            parts.append(f"<h2>{escape(tag['name'])}</h2><p class='quiet'>{escape(tag['description'])}</p><div class='stack'>")
            parts += [*found, "</div>"]
    return "".join([*parts, "</main></body></html>"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    scopes = sorted({scope for way in operation.get("security", []) for names in way.values() for scope in names})
    facts = [
        ("needs", ", ".join(scopes) or "nothing"),
        ("takes", _takes(operation)),
        ("answers", ", ".join(operation["responses"])),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    return (
        f"<details class='card'><summary><span class='badge'>{method.upper()}</span> <code>{escape(path)}</code> "
        f"{escape(operation['summary'])}</summary><p>{escape(operation.get('description', ''))}</p><dl>{rows}</dl></details>"
    )


def _takes(operation: dict[str, Any]) -> str:
    names = [f"{each['name']} ({each['in']})" for each in operation.get("parameters", [])]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        reference = content["schema"].get("$ref") or next(
            (way["$ref"] for way in content["schema"].get("anyOf", []) if "$ref" in way), ""
        )
        names.append(f"body: {reference.rpartition('/')[2] or 'object'}")
    return ", ".join(names)
