"""Shutterstock in every kind of weather, looking and buying: one call, one kind of error, and what it leaves in the ledger."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from models.errors import AuthenticationFailed, BadOutput, ProviderError, QuotaExhausted, RateLimited, Unavailable
from models.videos.contracts import Take
from tests.activities.footage.conftest import Studio, Video, a_script
from tests.fakes.pexels import Shelf
from tests.fakes.server import Fault, garbage, json_fault, outage, rate_limited, slow, truncated

LOOK, BUY = "/videos/search", "/videos/licenses"
ASSET = Decimal("0.50")
EXPIRED = json_fault(401, {"message": "Token expired", "code": "INVALID_TOKEN"})
QUOTA = json_fault(429, {"message": "quota_exceeded: your plan's monthly downloads are used"})
UNSOLD = json_fault(200, {"data": [{"video_id": "1", "error": "This clip is not for sale in your country."}]})
USED_UP = json_fault(200, {"data": [{"video_id": "1", "error": "Subscription has no allotment left"}]})
NOWHERE = json_fault(200, {"data": [{"video_id": "1", "license_id": "v1"}]})
CELLS: list[tuple[Fault, type[ProviderError], str]] = [
    (rate_limited("7"), RateLimited, "0"),
    (QUOTA, QuotaExhausted, "0"),
    (EXPIRED, AuthenticationFailed, "0"),
    (outage(500), Unavailable, "0.50"),
    (outage(503), Unavailable, "0.50"),
    (slow(60), Unavailable, "0.50"),
    (truncated(30), Unavailable, "0.50"),
    (garbage(), BadOutput, "0.50"),
    (json_fault(200, {"surprise": True}), BadOutput, "0.50"),
    (json_fault(422, {"message": "no"}), BadOutput, "0"),
]
"""Fault, error, and what a purchase that ends so is counted as: nobody knows what those cost whose answer is lost."""


async def _film(studio: Studio, another: Video) -> Take:
    studio.shutterstock.clips = [Shelf(1)]
    (take,) = studio.takes(await studio.film("shutterstock", a_script(1), await another()))
    return take


async def _fails(studio: Studio, another: Video, fault: Fault, path: str, kind: type[ProviderError]) -> ProviderError:
    studio.shutterstock.fail(Fault(fault.status, fault.headers, fault.body, fault.cut, fault.delay, path))
    with pytest.raises(ProviderError) as told:
        await _film(studio, another)
    assert type(told.value) is kind
    assert told.value.provider == "shutterstock"
    assert studio.shutterstock.token not in str(told.value)
    if kind is RateLimited:
        assert told.value.retry_after == timedelta(seconds=7)
    return told.value


@pytest.mark.parametrize(("fault", "kind"), [(fault, kind) for fault, kind, _ in CELLS])
async def test_looking_fails_with_one_call_and_costs_nothing(
    studio: Studio, another: Video, fault: Fault, kind: type[ProviderError]
) -> None:
    await _fails(studio, another, fault, LOOK, kind)
    assert [call.path for call in studio.shutterstock.journal] == [LOOK]
    assert await studio.spent() == 0
    assert (await _film(studio, another)).source_id == "1", "the next try is served"


@pytest.mark.parametrize(("fault", "kind", "counted"), CELLS)
async def test_a_purchase_fails_with_one_call_and_is_counted_unless_it_surely_cost_nothing(
    studio: Studio, another: Video, fault: Fault, kind: type[ProviderError], counted: str
) -> None:
    await _fails(studio, another, fault, BUY, kind)
    assert len(studio.shutterstock.calls(BUY)) == 1
    assert await studio.spent() == Decimal(counted)


@pytest.mark.parametrize(("fault", "kind", "counted"), [(USED_UP, QuotaExhausted, "0"), (NOWHERE, BadOutput, "0.50")])
async def test_what_the_answer_itself_refuses(
    studio: Studio, another: Video, fault: Fault, kind: type[ProviderError], counted: str
) -> None:
    await _fails(studio, another, fault, BUY, kind)
    assert await studio.spent() == Decimal(counted)


async def test_a_clip_that_is_not_sold_is_passed_over_for_another_and_costs_nothing(studio: Studio, another: Video) -> None:
    studio.shutterstock.clips = [Shelf(1), Shelf(2)]
    studio.shutterstock.fail(Fault(UNSOLD.status, UNSOLD.headers, UNSOLD.body, path=BUY))
    made = await studio.film("shutterstock", a_script(1), await another())
    assert (len(made.takes), await studio.spent(), len(studio.shutterstock.licensed)) == (1, ASSET, 1)
    studio.shutterstock.clips = [Shelf(3)]
    studio.shutterstock.fail(Fault(UNSOLD.status, UNSOLD.headers, UNSOLD.body, path=BUY))
    made = await studio.film("shutterstock", a_script(2), await another(), (1,))
    assert made.missing == (1,), "the scene is the next provider's"
    assert "not for sale" in made.provided.passed_over[0]
    assert await studio.spent() == ASSET


@pytest.mark.parametrize("fault", [outage(500), truncated(100), garbage()])
async def test_a_bought_clip_that_could_not_be_fetched_is_fetched_later_and_paid_once(
    studio: Studio, another: Video, fault: Fault
) -> None:
    studio.shutterstock.clips = [Shelf(1)]
    studio.shutterstock.fail(Fault(fault.status, fault.headers, fault.body, fault.cut, fault.delay, "/files"))
    video = await another()
    with pytest.raises(ProviderError):
        await studio.film("shutterstock", a_script(1), video)
    assert len((await studio.film("shutterstock", a_script(1), video)).takes) == 1
    assert studio.shutterstock.licensed == ["1"]
    assert await studio.spent() == ASSET
