"""Prices are dated, a model without one is refused, and nothing is rounded in the payer's favour."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.costs.prices import Price, PriceList, Unit
from models.costs.store import PriceStore
from models.database import Database
from models.errors import ProviderError, UnknownPrice

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def _price(model: str = "m", amount: str = "1", **more: object) -> Price:
    return Price.model_validate(
        {"provider": "p", "model": model, "unit": "images", "amount": amount, "valid_from": "2026-01-01T00:00Z", "source": "s"}
        | more
    )


async def test_the_figures_of_the_product_are_there(database: Database) -> None:
    async with database.session() as session:
        prices = await PriceStore().all(session)
    luna = {Unit.INPUT_TOKENS: 1_000_000, Unit.CACHED_TOKENS: 1_000_000, Unit.OUTPUT_TOKENS: 1_000_000}
    assert prices.cost("openai", "gpt-5.6-luna", luna, NOW) == Decimal("1.42")
    assert prices.cost("openai", "gpt-3.5-turbo", {Unit.INPUT_TOKENS: 1000}, NOW) == Decimal("0.002")
    assert prices.cost("openai", "gpt-4", {Unit.OUTPUT_TOKENS: 1000}, NOW) == Decimal("0.03")
    assert prices.cost("google", "neural2", {Unit.CHARACTERS: 1_000_000}, NOW) == 16
    assert prices.cost("google", "standard", {Unit.CHARACTERS: 1_000_000}, NOW) == 4
    assert prices.cost("elevenlabs", "eleven_v3", {Unit.CHARACTERS: 1000}, NOW) == Decimal("0.30")
    assert prices.cost("shutterstock", "any", {Unit.ASSETS: 3}, NOW) == Decimal("1.50")
    assert prices.cost("openai", "gpt-image-1", {Unit.IMAGES: 1}, NOW) == Decimal("0.04")
    assert prices.cost("local", "espeak", {Unit.CALLS: 9}, NOW) == 0


async def test_an_unknown_model_is_refused_and_says_how_to_price_it(database: Database) -> None:
    async with database.session() as session:
        prices = await PriceStore().all(session)
    with pytest.raises(UnknownPrice, match=r"gpt-9 at openai .* \./ytempire prices set openai gpt-9") as refusal:
        prices.cost("openai", "gpt-9", {Unit.INPUT_TOKENS: 0}, NOW)
    assert isinstance(refusal.value, ProviderError) and refusal.value.billed == "no"
    with pytest.raises(UnknownPrice):
        prices.cost("openai", "gpt-5.6-luna", {Unit.INPUT_TOKENS: 5, Unit.SECONDS: 1}, NOW)
    with pytest.raises(ValueError, match="usage"):
        prices.cost("openai", "gpt-5.6-luna", {}, NOW)
    with pytest.raises(ValueError, match="usage"):
        prices.cost("openai", "gpt-5.6-luna", {Unit.INPUT_TOKENS: -1}, NOW)


def test_a_price_holds_from_its_first_day_until_its_last() -> None:
    prices = PriceList([_price(amount="2", valid_from="2026-11-01T00:00Z", valid_to="2026-12-01T00:00Z"), _price(amount="1")])

    def at(day: str) -> Decimal:
        return prices.cost("p", "m", {Unit.IMAGES: 1}, datetime.fromisoformat(day))

    assert [at("2026-10-31T23:59:59Z"), at("2026-11-01T00:00Z"), at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00Z")] == [
        1,
        2,
        2,
        1,
    ]
    with pytest.raises(UnknownPrice):
        at("2025-12-31T23:59:59Z")


def test_a_models_own_price_wins_over_its_providers() -> None:
    prices = PriceList([_price("*", "9"), _price("m", "1", per=2)])
    assert prices.cost("p", "m", {Unit.IMAGES: 3}, NOW) == Decimal("1.5")
    assert prices.cost("p", "other", {Unit.IMAGES: 1}, NOW) == 9


@given(st.integers(0, 10**7), st.decimals("0.000000001", 100, places=9), st.sampled_from([1, 1000, 1_000_000]))
def test_a_cost_is_never_rounded_down(count: int, amount: Decimal, per: int) -> None:
    cost = PriceList([_price(amount=str(amount), per=per)]).cost("p", "m", {Unit.IMAGES: count}, NOW)
    exact = amount * count / per
    assert exact <= cost < exact + Decimal("0.000001")
    assert cost.as_tuple().exponent == -6


async def test_a_changed_price_leaves_the_past_as_it_was(database: Database) -> None:
    store = PriceStore()
    change = Price(
        provider="google",
        model="neural2",
        unit=Unit.CHARACTERS,
        amount=Decimal(20),
        per=1_000_000,
        valid_from=NOW,
        source="list of today",
    )
    async with database.session() as session:
        await store.set(session, change)
        await store.set(session, change.model_copy(update={"amount": Decimal(30)}))
        prices = await store.all(session)
    assert prices.cost("google", "neural2", {Unit.CHARACTERS: 1_000_000}, NOW) == 30
    assert prices.cost("google", "neural2", {Unit.CHARACTERS: 1_000_000}, datetime(2026, 11, 19, tzinfo=UTC)) == 16
