"""The estimate at the request: dearer plans cost more, free ones nothing, and what passes the cap is refused with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.costs.estimate import Planned, estimate, plan_of, refuse_over
from models.costs.prices import PriceList
from models.costs.store import PriceStore
from models.database import Database
from models.errors import OverBudget, UnknownPrice
from models.money import ZERO
from models.settings import Settings
from models.videos.contracts import ArtifactRef, Level, VideoRequest
from models.videos.status import Step

NOW = datetime(2026, 11, 20, tzinfo=UTC)
STANDARD = [
    Planned(Step.SCRIPT, "openai", "gpt-5.6-luna"),
    Planned(Step.VOICE, "google", "neural2"),
    Planned(Step.FOOTAGE, "pexels", "*"),
    Planned(Step.THUMBNAIL, "openai", "gpt-image-1"),
]


@pytest.fixture
async def prices(database: Database) -> PriceList:
    """The seeded prices."""
    async with database.session() as session:
        return await PriceStore().all(session)


def test_a_standard_video_of_five_minutes_stays_near_a_quarter_dollar(prices: PriceList) -> None:
    made = estimate(VideoRequest(topic="Tides", seconds=300), STANDARD, prices, NOW)
    assert Decimal("0.15") < made.total < Decimal("0.40")
    assert made.total == sum((part.amount for part in made.parts), ZERO)
    assert {part.step: part.provider for part in made.parts}["footage"] == "pexels"
    longer = estimate(VideoRequest(topic="Tides", seconds=600), STANDARD, prices, NOW)
    assert longer.total > made.total


def test_a_video_by_local_providers_costs_nothing(prices: PriceList) -> None:
    plan = [Planned(Step.SCRIPT, "template", ""), Planned(Step.VOICE, "espeak", "")]
    assert estimate(VideoRequest(topic="Tides"), plan, prices, NOW).total == ZERO


def test_a_model_without_a_price_has_no_estimate(prices: PriceList) -> None:
    for planned in (Planned(Step.SCRIPT, "openai", "gpt-9"), Planned(Step.VOICE, "nobody", "")):
        with pytest.raises(UnknownPrice):
            estimate(VideoRequest(topic="Tides"), [planned], prices, NOW)


def test_a_request_over_the_cap_is_refused_with_the_dearest_step(prices: PriceList) -> None:
    premium = [*STANDARD[:1], Planned(Step.VOICE, "elevenlabs", ""), Planned(Step.FOOTAGE, "shutterstock", "")]
    made = estimate(VideoRequest(topic="Tides", seconds=300), premium, prices, NOW)
    with pytest.raises(OverBudget, match=r"cap of \$3.00; the dearest step is footage by shutterstock") as refusal:
        refuse_over(Decimal(3), made)
    assert refusal.value.scope == "video"
    refuse_over(made.total, made)


def _settings(**keys: str) -> Settings:
    return Settings(_env_file=None, **keys)  # type: ignore[call-arg,arg-type]


def test_the_plan_is_who_serves_first_of_those_with_a_key_and_a_price(prices: PriceList) -> None:
    def plan(settings: Settings, **request: object) -> dict[str, tuple[str, str]]:
        wish = VideoRequest.model_validate({"topic": "Tides"} | request)
        return {planned.step.value: (planned.provider, planned.model) for planned in plan_of(wish, settings, prices, NOW)}

    nothing = plan(_settings())
    assert {step: provider for step, (provider, _) in nothing.items()} == {
        "script": "template", "voice": "espeak", "footage": "designed", "thumbnail": "designed",
    }  # fmt: skip
    keys = _settings(openai_api_key="k", openai_large_model="gpt-9", openai_image_model="gpt-image-1", google_tts_api_key="k")
    standard = plan(keys)
    assert standard["script"] == ("openai", "gpt-5.6-luna") and standard["voice"] == ("google", "neural2")
    assert standard["footage"] == standard["thumbnail"] == ("openai", "gpt-image-1")
    assert plan(keys, level=Level.PREMIUM)["script"] == ("openai", "gpt-5.6-luna"), "a model without a price is passed over"
    assert plan(keys, level=Level.ECONOMY)["voice"] == ("google", "standard")
    own = ArtifactRef(kind="source-script", digest="ab" * 32, media_type="text/markdown", size=1)
    assert plan(keys, script=own)["script"] == ("operator", "")
    made = estimate(VideoRequest(topic="Tides"), plan_of(VideoRequest(topic="Tides"), _settings(), prices, NOW), prices, NOW)
    assert made.total == ZERO
