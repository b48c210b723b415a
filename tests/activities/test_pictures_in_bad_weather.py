"""Every provider of pictures in every kind of weather: one call, one error that says the same for each of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from activities.drawing import OpenAIPictures, StableDiffusion
from activities.footage.pexels import Pexels
from activities.footage.pixabay import Pixabay
from models.errors import (
    AuthenticationFailed,
    BadOutput,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    UnknownPrice,
)
from models.videos.footage_choice import Wish
from models.videos.footage_words import FootageSearch
from tests.fakes import media
from tests.fakes.openai_images import FakeOpenAIImages
from tests.fakes.pexels import FakePexels, Shelf
from tests.fakes.pixabay import FakePixabay
from tests.fakes.prices import prices
from tests.fakes.sdxl import FakeSdxl
from tests.fakes.server import FakeServer, Fault, garbage, json_fault, outage, rate_limited, slow, truncated

SECONDS = 2.0
WISH = Wish(width=1920, height=1080, seconds=5, words=("waves",))
WORDS = FootageSearch(words=("waves",), language="en")
QUOTA = {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}}
POLICY = {"error": {"message": "Your request was rejected by the safety system.", "code": "moderation_blocked"}}

Call = Callable[[], Awaitable[object]]


def _pexels(server: FakePexels, key: str = "") -> Call:
    return lambda: Pexels(key or server.key, base_url=server.url, seconds=SECONDS).search(WORDS, "clip", WISH)


def _pixabay(server: FakePixabay, key: str = "") -> Call:
    return lambda: Pixabay(key or server.key, base_url=server.url, seconds=SECONDS).search(WORDS, "clip", WISH)


def _openai(server: FakeOpenAIImages, key: str = "", prompt: str = "a lighthouse") -> Call:
    model = OpenAIPictures(
        "openai-image", server.model, api_key=key or server.key, prices=prices, base_url=f"{server.url}/v1", seconds=SECONDS
    )
    return lambda: model.draw(prompt, 1280, 720)


def _sdxl(server: FakeSdxl, key: str = "") -> Call:
    endpoint = StableDiffusion("sdxl", base_url=server.url, prices=prices, api_key=key or server.key, seconds=SECONDS)
    return lambda: endpoint.draw("a lighthouse", 1280, 720)


@pytest.fixture(scope="module", params=["pexels", "pixabay", "openai-image", "sdxl"])
def provider(request: pytest.FixtureRequest) -> Iterator[tuple[str, FakeServer, Call, Call]]:
    """Name, server, a good call, and one with an expired key."""
    pexels, pixabay, images, sdxl = FakePexels(), FakePixabay(), FakeOpenAIImages(), FakeSdxl("sdxl-key-1")
    pexels.clips = pixabay.clips = [Shelf(1)]
    made: dict[str, tuple[FakeServer, Call, Call]] = {
        "pexels": (pexels, _pexels(pexels), _pexels(pexels, "old")),
        "pixabay": (pixabay, _pixabay(pixabay), _pixabay(pixabay, "old")),
        "openai-image": (images, _openai(images), _openai(images, "sk-old")),
        "sdxl": (sdxl, _sdxl(sdxl), _sdxl(sdxl, "old")),
    }
    server, good, expired = made[request.param]
    with server:
        yield request.param, server, good, expired


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited("7"), RateLimited),
        (json_fault(429, QUOTA), QuotaExhausted),
        (json_fault(400, POLICY), Refused),
        (outage(500), Unavailable),
        (outage(503), Unavailable),
        (slow(30), Unavailable),
        (truncated(30), Unavailable),
        (garbage(), BadOutput),
        (json_fault(200, {"surprise": True}), BadOutput),
        (json_fault(200, []), BadOutput),
        (json_fault(422, {"error": "no"}), BadOutput),
    ],
)
async def test_each_fault_is_one_call_and_one_kind_of_error(
    provider: tuple[str, FakeServer, Call, Call], fault: Fault, kind: type[ProviderError]
) -> None:
    name, server, good, _ = provider
    server.journal.clear()
    server.fail(fault)
    with pytest.raises(ProviderError) as told:
        await good()
    assert type(told.value) is kind
    assert told.value.provider == name and name in told.value.what
    assert len(server.journal) == 1, "clients make no retries of their own"
    if kind is RateLimited:
        assert told.value.retry_after == timedelta(seconds=7)
    assert await good(), "and the next call is served"


async def test_an_expired_key_is_an_authentication_failure_that_does_not_tell_the_key(
    provider: tuple[str, FakeServer, Call, Call],
) -> None:
    name, server, _, expired = provider
    with pytest.raises(AuthenticationFailed) as told:
        await expired()
    assert told.value.provider == name
    assert "key" in told.value.hint
    assert getattr(server, "key", "?") not in str(told.value)


@pytest.mark.parametrize(
    "data",
    ["not base64!", "aGVsbG8=", b64encode(media.picture(48, 48)).decode(), b64encode(media.picture()[:700]).decode()],
    ids=["no base64", "no picture", "tiny", "cut off"],
)
@pytest.mark.parametrize("maker", ["openai", "sdxl"])
async def test_a_picture_that_cannot_be_used_is_bad_output_and_billed(maker: str, data: str) -> None:
    server: FakeOpenAIImages | FakeSdxl = FakeOpenAIImages() if maker == "openai" else FakeSdxl()
    body = {"data": [{"b64_json": data}]} if maker == "openai" else {"images": [data]}
    with server:
        server.fail(json_fault(200, body))
        call = _openai(server) if isinstance(server, FakeOpenAIImages) else _sdxl(server)
        with pytest.raises(BadOutput) as told:
            await call()
    assert Decimal(told.value.detail["cost"]) == Decimal("0.04")


async def test_an_openai_compatible_server_may_send_an_address_instead_of_a_picture() -> None:
    with FakeOpenAIImages() as server:
        server.by_address = True
        assert await _openai(server)()
        assert [call.path for call in server.journal] == ["/v1/images/generations", "/files/a.png"]
        assert "authorization" not in server.journal[1].headers


async def test_a_data_url_of_sdxl_is_read_too() -> None:
    with FakeSdxl() as server:
        server.prefix = "data:image/png;base64,"
        assert await _sdxl(server)()
        assert "authorization" not in server.journal[0].headers, "an endpoint without a key gets none"


async def test_a_model_without_a_price_is_refused() -> None:
    model = OpenAIPictures("openai-image", "gpt-image-9", api_key="sk", prices=prices)
    with pytest.raises(UnknownPrice, match="gpt-image-9"):
        await model.price()


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1920, 1080, "1536x1024"), (1080, 1920, "1024x1536"), (500, 500, "1024x1024")]
)
async def test_the_picture_has_the_shape_of_the_frame(width: int, height: int, size: str) -> None:
    with FakeOpenAIImages() as server:
        model = OpenAIPictures("openai-image", server.model, api_key=server.key, prices=prices, base_url=f"{server.url}/v1")
        await model.draw("a lighthouse", width, height)
        assert server.journal[0].json["size"] == size


async def test_a_server_that_knows_pexels_old_address_serves_too() -> None:
    with FakePexels() as server:
        server.clips = [Shelf(1)]
        library = Pexels(server.key, base_url=server.url, seconds=SECONDS)
        server.fail(Fault(status=404, body=b'{"error": "Not Found"}', path="/v1/videos"))
        for _ in range(2):
            assert await library.search(WORDS, "clip", WISH)
        assert [call.path for call in server.journal] == ["/v1/videos/search", "/videos/search", "/videos/search"]
