"""Shutterstock's clips: looking is free, a licence is counted and names an address."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.pexels import Shelf
from tests.fakes.server import FakeServer


class FakeShutterstock(FakeServer):
    """`licensed` are the ids that were paid for, one entry each time; `refusal` is the error inside a licence's answer."""

    def __init__(self, token: str = "v2/token-1") -> None:
        super().__init__([
            Route("/videos/search", self._search), Route("/videos/licenses", self._license, methods=["POST"]),
            Route("/files/{name}", self._file),
        ])  # fmt: skip
        self.token = token
        self.clips: list[Shelf] = []
        self.licensed: list[str] = []
        self.refusal = ""

    def _unknown(self, request: Request) -> Response | None:
        if request.headers.get("authorization") == f"Bearer {self.token}":
            return None
        return JSONResponse({"message": "Unauthorized", "code": "INVALID_TOKEN"}, 401)

    async def _search(self, request: Request) -> Response:
        return self._unknown(request) or JSONResponse(
            {"page": 1, "total_count": len(self.clips), "data": [_video(c) for c in self.clips]}
        )

    async def _license(self, request: Request) -> Response:
        if unknown := self._unknown(request):
            return unknown
        asked = (await request.json())["videos"][0]["video_id"]
        if self.refusal:
            return JSONResponse({"data": [{"video_id": asked, "error": self.refusal}]})
        self.licensed.append(asked)
        address = f"{self.url}/files/{asked}.mp4"
        return JSONResponse({"data": [{"video_id": asked, "download": {"url": address}, "license_id": "v1"}]})

    async def _file(self, request: Request) -> Response:
        shelf = next(one for one in self.clips if f"{one.id}.mp4" == request.path_params["name"])
        if str(shelf.id) not in self.licensed:
            return Response(status_code=403)
        data = media.clip(shelf.duration)
        return Response(data[: len(data) // 3] if shelf.broken else data, media_type="application/octet-stream")


def _video(one: Shelf) -> dict[str, Any]:
    def size(share: float) -> dict[str, Any]:
        return {"width": int(one.width * share), "height": int(one.height * share), "file_size": 1000, "fps": 25}

    return {
        "id": str(one.id),
        "media_type": "video",
        "description": one.slug.replace("-", " "),
        "keywords": one.tags,
        "duration": one.duration,
        "contributor": {"id": "4321"},
        "assets": {"thumb_jpg": {"url": "https://example.com/x.jpg"}, "hd": size(1), "sd": size(0.3), "4k": None},
    }
