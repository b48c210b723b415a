"""The seeded prices that adapters are tested with."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from models.costs.prices import Price, PriceList, Unit

_FROM = datetime(2025, 1, 1, tzinfo=UTC)


def _price(provider: str, model: str, unit: Unit, amount: str, per: int) -> Price:
    return Price(provider=provider, model=model, unit=unit, amount=Decimal(amount), per=per, valid_from=_FROM, source="test")


PRICES = PriceList(
    [
        _price("openai", "gpt-5.6-luna", Unit.INPUT_TOKENS, "0.20", 1_000_000),
        _price("openai", "gpt-5.6-luna", Unit.CACHED_TOKENS, "0.02", 1_000_000),
        _price("openai", "gpt-5.6-luna", Unit.OUTPUT_TOKENS, "1.20", 1_000_000),
        _price("google", "neural2", Unit.CHARACTERS, "16", 1_000_000),
        _price("google", "standard", Unit.CHARACTERS, "4", 1_000_000),
        _price("elevenlabs", "*", Unit.CHARACTERS, "0.30", 1_000),
        _price("openai", "gpt-image-1.5", Unit.IMAGES, "0.04", 1),
        _price("openai", "omni-moderation-latest", Unit.CALLS, "0", 1),
        _price("shutterstock", "*", Unit.ASSETS, "0.50", 1),
        _price("sdxl", "*", Unit.IMAGES, "0.04", 1),
    ]
)


async def prices() -> PriceList:
    """As an adapter asks for them."""
    return PRICES
