"""OpenAI's moderation: flags what the words of `words` say."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.videos.moderation import CATEGORIES
from tests.fakes.server import FakeServer


class FakeOpenAIModeration(FakeServer):
    """`words` maps a word to the category that it is flagged with."""

    def __init__(self, key: str = "sk-moderation-1") -> None:
        super().__init__([Route("/v1/moderations", self._moderate, methods=["POST"])])
        self.key = key
        self.words = {"slaughter": "violence/graphic", "vermin": "hate"}

    async def _moderate(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401)
        asked = await request.json()
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        return JSONResponse({"id": "modr-1", "model": asked["model"], "results": [self._judged(text) for text in texts]})

    def _judged(self, text: str) -> dict[str, Any]:
        found = {category for word, category in self.words.items() if word in text.lower()}
        return {
            "flagged": bool(found),
            "categories": {name: name in found for name in CATEGORIES},
            "category_scores": {name: 0.91 if name in found else 0.001 for name in CATEGORIES},
        }
