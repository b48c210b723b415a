"""Pixabay as its documentation has it: key in the address, errors in plain text, clips in four sizes."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.fakes import media
from tests.fakes.pexels import Shelf
from tests.fakes.server import FakeServer

LANGUAGES = {
    "cs", "da", "de", "en", "es", "fr", "id", "it", "hu", "nl", "no", "pl", "pt", "ro", "sk", "fi", "sv", "tr", "vi",
    "th", "bg", "ru", "el", "ja", "ko", "zh",
}  # fmt: skip


class FakePixabay(FakeServer):
    """Answers every search with all of `clips` and `photos`."""

    def __init__(self, key: str = "12345-abcdef") -> None:
        super().__init__([Route("/videos/", self._videos), Route("/", self._photos), Route("/files/{name}", self._file)])
        self.key = key
        self.clips: list[Shelf] = []
        self.photos: list[Shelf] = []

    def _refusal(self, request: Request) -> Response | None:
        query = request.query_params
        if query.get("key") != self.key:
            return PlainTextResponse("[ERROR 400] Invalid or missing API key (https://pixabay.com/api/docs/).", 400)
        if len(query.get("q", "")) > 100:
            return PlainTextResponse('[ERROR 400] "q" is longer than 100 characters.', 400)
        if not 3 <= int(query.get("per_page", "20")) <= 200 or query.get("lang", "en") not in LANGUAGES:
            return PlainTextResponse('[ERROR 400] "per_page" or "lang" is out of valid range.', 400)
        return None

    async def _videos(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse(
            {"total": len(self.clips), "totalHits": len(self.clips), "hits": [self._video(one) for one in self.clips]}
        )

    def _video(self, one: Shelf) -> dict[str, Any]:
        def size(share: float) -> dict[str, Any]:
            return {
                "url": f"{self.url}/files/{one.id}.mp4", "width": int(one.width * share), "height": int(one.height * share),
                "size": 1000, "thumbnail": "",
            }  # fmt: skip

        empty = {"url": "", "width": 0, "height": 0, "size": 0, "thumbnail": ""}
        return {
            "id": one.id, "pageURL": f"https://pixabay.com/videos/id-{one.id}/", "type": "film", "tags": ", ".join(one.tags),
            "duration": one.duration, "user_id": 5, "user": "pixuser",
            "videos": {"large": empty, "medium": size(1), "small": size(0.5), "tiny": size(0.3)},
        }  # fmt: skip

    async def _photos(self, request: Request) -> Response:
        hits = [
            {
                "id": one.id, "pageURL": f"https://pixabay.com/photos/id-{one.id}/", "tags": ", ".join(one.tags), "user": "pixuser",
                "largeImageURL": f"{self.url}/files/{one.id}.jpg", "imageWidth": one.width, "imageHeight": one.height,
            }
            for one in self.photos
        ]  # fmt: skip
        return self._refusal(request) or JSONResponse({"total": len(hits), "totalHits": len(hits), "hits": hits})

    async def _file(self, request: Request) -> Response:
        name, _, kind = request.path_params["name"].partition(".")
        if kind == "jpg":
            return Response(media.picture(), media_type="image/jpeg")
        shelf = next(one for one in self.clips if str(one.id) == name)
        data = media.clip(shelf.duration if shelf.seconds is None else shelf.seconds)
        return Response(data[: len(data) // 3] if shelf.broken else data, media_type="video/mp4")
