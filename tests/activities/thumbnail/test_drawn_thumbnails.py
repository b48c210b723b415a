"""Thumbnails upon pictures of image models: charged, asked once, refused prompts repaired once, failures counted by the breaker."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore, open_store
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from activities.drawing import OpenAIPictures, StableDiffusion
from activities.thumbnail.activity import ThumbnailActivity
from activities.thumbnail.designed import draw_candidates
from activities.thumbnail.openai_image import OpenAIThumbnails
from activities.thumbnail.sdxl import SdxlThumbnails
from models.costs.caps import Caps
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import BadOutput, CircuitOpen, NotServed, OverBudget, ProviderError, Unavailable
from models.settings import Settings
from models.system.breakers import BreakerStore
from models.videos.contracts import Script, ScriptScene, VideoInput
from models.videos.finishing import ThumbnailMade, ThumbnailTask
from tests.fakes.openai_images import FakeOpenAIImages
from tests.fakes.prices import prices
from tests.fakes.sdxl import FakeSdxl
from tests.fakes.server import json_fault, outage
from tests.models.money import OPEN, a_video


@pytest.fixture
def images() -> Iterator[FakeOpenAIImages]:
    with FakeOpenAIImages() as running:
        yield running


@pytest.fixture
def store(settings: Settings) -> ArtifactStore:
    return open_store(settings)


def _step(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages, *, sdxl: str = "", caps: Caps = OPEN
) -> ThumbnailActivity:
    calls = Calls(Charges(Ledger(database, caps)), Breakers(BreakerStore(database)))
    model = OpenAIPictures(
        "openai-image", images.model, api_key=images.key, prices=prices, base_url=f"{images.url}/v1", seconds=3
    )  # fmt: skip
    providers = {
        "openai-image": OpenAIThumbnails(model, calls),
        "sdxl": SdxlThumbnails(StableDiffusion("sdxl", base_url=sdxl, prices=prices), calls),
    }
    return ThumbnailActivity(store, providers, draw_candidates)


async def _made(
    step: ThumbnailActivity, store: ArtifactStore, video: VideoInput,
    *, title: str = "Why the sea rises", provider: str = "openai-image",
) -> ThumbnailMade:  # fmt: skip
    script = Script(title=title, scenes=(ScriptScene(index=0, narration="The sea rises.", visual="a wave"),))
    ref = store.put_content("script", script.model_dump_json().encode())
    made: ThumbnailMade = await ActivityEnvironment().run(
        step.make_thumbnail, ThumbnailTask(video=video, provider=provider, script=ref)
    )
    return made


async def _counted(database: Database) -> tuple[Decimal, Decimal]:
    (row,) = await database.rows("select coalesce(sum(spent), 0) as spent, coalesce(sum(reserved), 0) as open from costs.entries")
    return row["spent"], row["open"]


async def test_a_picture_is_charged_once_and_used_for_all_candidates(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    step, video = _step(database, store, images), await a_video(database)
    made = await _made(step, store, video)
    assert len(made.candidates) == 3
    assert (made.provided.provider, f"{made.provided.cost:.2f}") == ("openai-image", "0.04")
    again = await _made(step, store, await a_video(database))
    assert again.provided.cached and again.chosen == made.chosen
    assert images.drawn == 1
    assert await _counted(database) == (Decimal("0.04"), 0)
    assert await database.value("select provider from costs.entries limit 1") == "openai", "the account's caps count it"


async def test_sdxl_draws_with_the_orders_seed(database: Database, store: ArtifactStore, images: FakeOpenAIImages) -> None:
    with FakeSdxl() as sdxl:
        step = _step(database, store, images, sdxl=sdxl.url)
        made = await _made(step, store, await a_video(database), provider="sdxl")
        assert made.provided.provider == "sdxl"
        asked = sdxl.journal[0].json
        assert asked["seed"] >= 0 and "text" in asked["negative_prompt"] and (asked["width"], asked["height"]) == (1344, 768)


async def test_a_refused_title_is_repaired_once_and_not_billed(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    step = _step(database, store, images)
    made = await _made(step, store, await a_video(database), title="The forbidden city")
    assert made.provided.provider == "openai-image"
    assert len(images.journal) == 2
    assert await _counted(database) == (Decimal("0.04"), 0)


async def test_a_title_that_stays_refused_goes_to_the_next_provider(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    policy = {"error": {"message": "Rejected by the safety system.", "code": "moderation_blocked"}}
    images.fail(json_fault(400, policy), json_fault(400, policy))
    with pytest.raises(NotServed, match="safety system"):
        await _made(_step(database, store, images), store, await a_video(database))
    assert await _counted(database) == (0, 0)


async def test_a_picture_that_cannot_be_used_is_billed_all_the_same(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    images.fail(json_fault(200, {"data": [{"b64_json": "bm8="}]}))
    with pytest.raises(BadOutput):
        await _made(_step(database, store, images), store, await a_video(database))
    assert await _counted(database) == (Decimal("0.04"), 0)


async def test_a_call_whose_end_nobody_knows_stays_counted(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    images.fail(outage(502))
    with pytest.raises(Unavailable):
        await _made(_step(database, store, images), store, await a_video(database))
    assert await _counted(database) == (0, Decimal("0.04"))


async def test_nothing_is_sent_that_a_cap_forbids(database: Database, store: ArtifactStore, images: FakeOpenAIImages) -> None:
    tight = Caps(video=Decimal("0.03"), user_day=Decimal(1), platform_day=Decimal(1), platform_month=Decimal(1))
    with pytest.raises(OverBudget):
        await _made(_step(database, store, images, caps=tight), store, await a_video(database))
    assert not images.journal


async def test_after_five_failures_in_a_row_it_is_not_called(
    database: Database, store: ArtifactStore, images: FakeOpenAIImages
) -> None:
    step, video = _step(database, store, images), await a_video(database)
    images.fail_always(outage(503))
    kinds: list[type[ProviderError]] = []
    for _ in range(6):
        with pytest.raises(ProviderError) as told:
            await _made(step, store, video)
        kinds.append(type(told.value))
    assert kinds == [Unavailable] * 5 + [CircuitOpen]
    assert len(images.journal) == 5
