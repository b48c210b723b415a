"""OpenAI's image model: strict about parameters, refuses prompts with the word `forbidden`."""

from __future__ import annotations

import base64

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.server import FakeServer

SIZES = {"1536x1024": (384, 256), "1024x1536": (256, 384), "1024x1024": (256, 256)}


class FakeOpenAIImages(FakeServer):
    """Draws a gradient; `by_address` sends an address instead of the picture, as some servers do."""

    def __init__(self, key: str = "sk-images-1", model: str = "gpt-image-1.5") -> None:
        super().__init__([Route("/v1/images/generations", self._draw, methods=["POST"]), Route("/files/a.png", self._file)])
        self.key = key
        self.model = model
        self.by_address = False
        self.drawn = 0

    async def _draw(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "invalid_api_key", f"Incorrect API key provided: {self.key}.")
        asked = await request.json()
        if asked["model"] != self.model:
            return _error(404, "model_not_found", f"The model {asked['model']} does not exist.")
        if asked["size"] not in SIZES or asked["quality"] not in ("low", "medium", "high", "auto") or "response_format" in asked:
            return _error(400, "invalid_value", "Invalid value.")
        if "forbidden" in asked["prompt"].lower():
            return _error(400, "moderation_blocked", "Your request was rejected by the safety system.")
        self.drawn += 1
        if self.by_address:
            return JSONResponse({"created": 1, "data": [{"url": f"{self.url}/files/a.png"}]})
        width, height = SIZES[asked["size"]]
        data = base64.b64encode(media.picture(width, height, self.drawn, "PNG")).decode()
        return JSONResponse({"created": 1, "data": [{"b64_json": data}], "usage": {"total_tokens": 1100}})

    async def _file(self, request: Request) -> Response:
        return Response(media.picture(kind="PNG"), media_type="image/png")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error", "code": code, "param": None}}, status)
