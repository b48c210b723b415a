"""OpenAI's chat completions and models on loopback, as far as scripts need them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.server import FakeServer

KEY = "sk-test-0123456789"
USAGE: dict[str, Any] = {
    "prompt_tokens": 1_000,
    "completion_tokens": 2_000,
    "total_tokens": 3_000,
    "prompt_tokens_details": {"cached_tokens": 400},
}


def script_json(words: int, **changed: Any) -> str:
    """A script as the schema wants it, with about so many words."""
    sentence = "Every sentence here has exactly ten short plain words inside. "
    count = max(3, round(words / 20))
    kinds = ["title", *(("statement", "list", "picture")[index % 3] for index in range(count - 2)), "end_card"]
    scenes = [
        {
            "kind": kind,
            "heading": f"Point {index}" if index % 3 == 1 else "",
            "narration": (sentence * 2).strip(),
            "visual": f"a picture of thing {index}",
            "on_screen": ["One", "Two"] if kind == "list" else [],
        }
        for index, kind in enumerate(kinds)
    ]
    script = {
        "title": "A written title",
        "scenes": scenes,
        "description": "Two lines.\nThat stand alone.",
        "tags": ["a tag"] * 3 + ["b"],
    }
    return json.dumps({**script, "sources": ["A book"], **changed})


class FakeOpenAI(FakeServer):
    """Answers with `content` (a function of the asked words), `refusal`, or `finish_reason`; counts tokens as `usage`."""

    def __init__(self) -> None:
        super().__init__(
            [
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/v1/models/{model}", self._model),
            ]
        )
        self.content: Callable[[int], str] = script_json
        self.refusal: str | None = None
        self.finish_reason = "stop"
        self.usage: dict[str, Any] | None = dict(USAGE)

    @property
    def base_url(self) -> str:
        """What the client is given."""
        return f"{self.url}/v1"

    async def _complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "Incorrect API key provided: sk-wrong-key.", "invalid_api_key")
        asked = json.loads(await request.body())
        schema = asked.get("response_format", {}).get("json_schema", {})
        if not schema.get("strict") or not _strict(schema["schema"]):
            return _error(400, "Invalid schema for response_format", "invalid_request_error")
        question = json.loads(asked["messages"][-1]["content"].split("\n")[1])
        content = None if self.refusal else self._written(question)
        return JSONResponse(completion(asked["model"], content, self.refusal, self.finish_reason, self.usage))

    def _written(self, question: Any) -> str:
        """The script for what was asked."""
        return self.content(question["words"])

    async def _models(self, request: Request) -> Response:
        del request
        return JSONResponse({"object": "list", "data": [{"id": "gpt-5.6-luna", "object": "model"}]})

    async def _model(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        model = request.path_params["model"]
        return JSONResponse({"id": model, "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2027-01-01"})


def completion(
    model: str, content: str | None, refusal: str | None = None, finish: str = "stop", usage: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A chat completion as it goes over the wire."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": usage,
    }
    return {name: value for name, value in answer.items() if value is not None}


def _error(status: int, message: str, code: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": code, "code": code, "param": None}}, status_code=status)


def _strict(schema: Any) -> bool:
    """Whether a schema is one that strict structured outputs take."""
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        named = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or sorted(schema.get("required", [])) != sorted(named):
            return False
        return all(_strict(part) for part in named.values())
    return _strict(schema.get("items"))
