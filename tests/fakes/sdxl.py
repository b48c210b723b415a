"""A Stable Diffusion XL endpoint that speaks `/sdapi/v1/txt2img`."""

from __future__ import annotations

import base64
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.server import FakeServer


class FakeSdxl(FakeServer):
    """Draws a gradient; wants a key only when one is set."""

    def __init__(self, key: str = "") -> None:
        super().__init__([Route("/sdapi/v1/txt2img", self._draw, methods=["POST"])])
        self.key = key
        self.prefix = ""

    async def _draw(self, request: Request) -> Response:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"detail": "Not authenticated"}, 401)
        asked = await request.json()
        if asked["width"] % 8 or asked["height"] % 8 or not asked["prompt"]:
            return JSONResponse({"detail": [{"loc": ["body", "width"], "msg": "must be a multiple of 8"}]}, 422)
        data = base64.b64encode(media.picture(384, 216, kind="PNG")).decode()
        return JSONResponse({"images": [self.prefix + data], "parameters": asked, "info": json.dumps({"seed": asked["seed"]})})
