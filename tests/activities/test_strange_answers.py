"""Answers that no documentation knows: whatever a provider sends, a call ends well or with an error that a step can act on."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from activities.calls import Calls
from activities.drawing import OpenAIPictures, StableDiffusion
from activities.footage.pexels import Pexels
from activities.footage.pixabay import Pixabay
from activities.quality.moderation import OpenAIModeration
from activities.script.openai import OpenAIWriter
from activities.script.port import Brief
from activities.voice.elevenlabs import ElevenLabsVoice
from activities.voice.google import GoogleVoice
from activities.voice.port import Voice
from models.errors import ProviderError
from models.videos.contracts import VideoFormat, VideoInput, VideoRequest
from models.videos.footage_choice import Wish
from models.videos.footage_words import FootageSearch
from tests.fakes.openai_chat import KEY, FakeOpenAI
from tests.fakes.openai_images import FakeOpenAIImages
from tests.fakes.openai_moderation import FakeOpenAIModeration
from tests.fakes.pexels import FakePexels, Shelf
from tests.fakes.pixabay import FakePixabay
from tests.fakes.prices import prices
from tests.fakes.sdxl import FakeSdxl
from tests.fakes.server import FakeServer
from tests.fakes.speech import KEY as SPEECH_KEY
from tests.fakes.speech import FakeElevenLabs, FakeGoogleTts

ROUNDS = 25
ODD: tuple[Any, ...] = (None, True, -1, 0, 1e308, "", "words", "9" * 40, [], {}, [[]], [None], {"a": 1}, "ÿ")
WISH = Wish(width=1920, height=1080, seconds=5, words=("waves",))
WORDS = FootageSearch(words=("waves",), language="en")
REQUEST = VideoRequest(topic="Why the sky is blue", format=VideoFormat.SHORT)
VIDEO = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=REQUEST)
TEXT = "The sea comes and goes, twice a day."
Call = Callable[[], Awaitable[object]]


class OpenDoor:
    """Lets every call through: here only answers matter."""

    @asynccontextmanager
    async def guard(self, provider: str) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def charge(self, **_: Any) -> AsyncIterator[OpenDoor]:
        yield self

    async def settle(self, actual: Decimal) -> None:
        assert actual >= 0


def _warped(answer: bytes, dice: random.Random) -> bytes:
    """The answer with something else in one to three of its places, or a place less, or one more."""
    try:
        found = json.loads(answer)
    except ValueError:
        return answer[: dice.randrange(len(answer) + 1)]
    for _ in range(dice.randint(1, 3)):
        found = _changed(found, dice)
    return json.dumps(found).encode()


def _changed(value: Any, dice: random.Random) -> Any:
    if not isinstance(value, dict | list) or not value or dice.random() < 0.15:
        return dice.choice(ODD)
    if isinstance(value, list):
        at = dice.randrange(len(value))
        return [*value[:at], *([] if dice.random() < 0.2 else [_changed(value[at], dice)]), *value[at + 1 :]]
    name = dice.choice(sorted(value))
    changed = {key: found for key, found in value.items() if key != name}
    if dice.random() < 0.2:
        return changed
    return {**changed, name: _changed(value[name], dice), "unheard_of": 1}


def _calls() -> dict[str, Callable[[], tuple[FakeServer, Call]]]:
    def script() -> tuple[FakeServer, Call]:
        server = FakeOpenAI()
        writer = OpenAIWriter("openai-small", "gpt-5.6-luna", api_key=KEY, prices=prices, base_url=server.base_url, timeout=20)
        return server, lambda: writer.write(Brief(request=REQUEST))

    def moderation() -> tuple[FakeServer, Call]:
        server = FakeOpenAIModeration()
        service = OpenAIModeration(server.key, Calls(OpenDoor(), OpenDoor()), prices, base_url=f"{server.url}/v1")
        return server, lambda: service.check([TEXT, TEXT], VIDEO)

    def picture() -> tuple[FakeServer, Call]:
        server = FakeOpenAIImages()
        model = OpenAIPictures("openai-image", server.model, api_key=server.key, prices=prices, base_url=f"{server.url}/v1")
        return server, lambda: model.draw("a lighthouse", 1280, 720)

    def sdxl() -> tuple[FakeServer, Call]:
        server = FakeSdxl()
        return server, lambda: StableDiffusion("sdxl", base_url=server.url, prices=prices).draw("a lighthouse", 1280, 720)

    def google() -> tuple[FakeServer, Call]:
        server = FakeGoogleTts()
        voice = GoogleVoice("neural2", prices=prices, api_key=SPEECH_KEY, endpoint=server.url)
        return server, lambda: voice.synthesise(TEXT, Voice("en-US-Neural2-J", "en"))

    def elevenlabs() -> tuple[FakeServer, Call]:
        server = FakeElevenLabs()
        return server, lambda: ElevenLabsVoice(api_key=SPEECH_KEY, prices=prices, base_url=server.url).synthesise(
            TEXT, Voice("21m00Tcm4TlvDq8ikWAM", "en")
        )

    def pexels() -> tuple[FakeServer, Call]:
        server = FakePexels()
        server.clips = [Shelf(1), Shelf(2)]
        return server, lambda: Pexels(server.key, base_url=server.url).search(WORDS, "clip", WISH)

    def pixabay() -> tuple[FakeServer, Call]:
        server = FakePixabay()
        server.clips = [Shelf(1), Shelf(2)]
        return server, lambda: Pixabay(server.key, base_url=server.url).search(WORDS, "clip", WISH)

    made = (script, moderation, picture, sdxl, google, elevenlabs, pexels, pixabay)
    return {one.__name__: one for one in made}


@contextmanager
def _serving(name: str) -> Iterator[tuple[FakeServer, Call]]:
    server, call = _calls()[name]()
    with server:
        yield server, call


@pytest.mark.parametrize("name", _calls())
async def test_a_strange_answer_is_used_or_refused_and_never_an_error_of_ours(name: str) -> None:
    with _serving(name) as (server, call):
        assert await call(), "the true answer is used"
        for number in range(ROUNDS):
            dice = random.Random(number)
            server.warp = lambda answer, dice=dice: _warped(answer, dice)  # type: ignore[misc]
            try:
                await call()
            except ProviderError as error:
                assert error.what
