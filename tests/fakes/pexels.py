"""Pexels as its documentation has it: strict about keys and parameters, with clips made on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.server import FakeServer

LOCALES = {
    "en-US", "pt-BR", "es-ES", "ca-ES", "de-DE", "it-IT", "fr-FR", "sv-SE", "id-ID", "pl-PL", "ja-JP", "zh-TW", "zh-CN",
    "ko-KR", "th-TH", "nl-NL", "hu-HU", "vi-VN", "cs-CZ", "da-DK", "fi-FI", "uk-UA", "el-GR", "ro-RO", "nb-NO", "sk-SK",
    "tr-TR", "ru-RU",
}  # fmt: skip


@dataclass
class Shelf:
    """A clip or picture of a library. `seconds` is what its file really has, when that is not what the library says."""

    id: int
    slug: str = "waves"
    duration: int = 20
    width: int = 1920
    height: int = 1080
    seconds: float | None = None
    broken: bool = False
    tags: list[str] = field(default_factory=list)


class FakePexels(FakeServer):
    """Answers every search with all of `clips` and `photos`."""

    def __init__(self, key: str = "pexels-key-1") -> None:
        super().__init__([
            Route("/v1/videos/search", self._videos), Route("/videos/search", self._videos), Route("/v1/search", self._photos),
            Route("/files/{name}", self._file),
        ])  # fmt: skip
        self.key = key
        self.clips: list[Shelf] = []
        self.photos: list[Shelf] = []

    def _refusal(self, request: Request) -> Response | None:
        query = request.query_params
        if request.headers.get("authorization") != self.key:
            return JSONResponse({"status": 401, "code": "Unauthorized"}, 401)
        wrong = (
            not query.get("query", "").strip()
            or query.get("orientation") not in (None, "landscape", "portrait", "square")
            or not 1 <= int(query.get("per_page", "15")) <= 80
            or query.get("locale", "en-US") not in LOCALES
        )
        return JSONResponse({"status": 400, "code": "Bad Request"}, 400) if wrong else None

    async def _videos(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse({
            "page": 1, "per_page": 40, "total_results": len(self.clips), "url": "https://www.pexels.com/videos/",
            "videos": [self._video(clip) for clip in self.clips],
        })  # fmt: skip

    def _video(self, clip: Shelf) -> dict[str, Any]:
        small = (max(2, clip.width // 3), max(2, clip.height // 3))
        files = [
            {"id": 1, "quality": "hls", "file_type": "application/vnd.apple.mpegurl", "width": None, "height": None,
             "link": f"{self.url}/files/{clip.id}.m3u8"},
            {"id": 2, "quality": "hd", "file_type": "video/mp4", "width": clip.width, "height": clip.height, "fps": 25.0,
             "link": f"{self.url}/files/{clip.id}.mp4"},
            {"id": 3, "quality": "sd", "file_type": "video/mp4", "width": small[0], "height": small[1], "fps": 25.0,
             "link": f"{self.url}/files/{clip.id}-sd.mp4"},
        ]  # fmt: skip
        return {
            "id": clip.id, "width": clip.width, "height": clip.height, "duration": clip.duration, "full_res": None, "tags": [],
            "url": f"https://www.pexels.com/video/{clip.slug}-{clip.id}/", "image": "https://images.pexels.com/x.jpg",
            "user": {"id": 7, "name": "Ana Author", "url": "https://www.pexels.com/@ana"}, "video_files": files,
        }  # fmt: skip

    async def _photos(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse({"page": 1, "photos": [self._photo(one) for one in self.photos]})

    def _photo(self, one: Shelf) -> dict[str, Any]:
        return {
            "id": one.id, "width": one.width, "height": one.height, "url": f"https://www.pexels.com/photo/{one.slug}-{one.id}/",
            "photographer": "Phil Photo", "photographer_url": "https://www.pexels.com/@phil", "photographer_id": 3,
            "avg_color": "#374824", "liked": False, "alt": one.slug.replace("-", " "),
            "src": {"original": f"{self.url}/files/{one.id}.jpg", "large2x": f"{self.url}/files/{one.id}.jpg"},
        }  # fmt: skip

    async def _file(self, request: Request) -> Response:
        name, _, kind = request.path_params["name"].partition(".")
        if kind == "jpg":
            return Response(media.picture(), media_type="image/jpeg")
        shelf = next((clip for clip in self.clips if str(clip.id) == name.partition("-")[0]), None)
        if shelf is None:
            return Response(status_code=404)
        data = media.clip(shelf.duration if shelf.seconds is None else shelf.seconds)
        return Response(data[: len(data) // 3] if shelf.broken else data, media_type="video/mp4")
