"""Footage under random faults: it ends, shows nothing twice, and the ledger never counts less than was bought."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from models.errors import ProviderError
from models.videos.contracts import Take
from tests.activities.footage.conftest import Studio, Video, a_script
from tests.fakes.pexels import Shelf
from tests.fakes.server import FakeServer, Fault, garbage, json_fault, outage, rate_limited, truncated

ASSET, PICTURE = Decimal("0.50"), Decimal("0.04")
QUOTA = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}
WEATHER = [
    rate_limited("0"),
    outage(500),
    outage(503),
    truncated(20),
    garbage(),
    json_fault(200, {"odd": 1}),
    json_fault(429, QUOTA),
]
SCENES = 6


def _spoil(server: FakeServer, weather: random.Random) -> None:
    """One answer in three of the next dozen goes wrong."""
    for _ in range(12):
        server.fail(weather.choice(WEATHER) if weather.random() < 1 / 3 else Fault())


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_goes_wrong_the_film_gets_its_footage_and_the_ledger_is_not_short(
    studio: Studio, another: Video, seed: int
) -> None:
    weather = random.Random(seed)
    studio.shutterstock.clips = [Shelf(number) for number in range(1, 5)]
    servers: dict[str, FakeServer] = {"shutterstock": studio.shutterstock, "openai-image": studio.images}
    script, video = a_script(SCENES), await another()
    takes: dict[int, Take] = {}
    missing = tuple(range(SCENES))
    for provider in ("shutterstock", "openai-image", "designed"):
        for _ in range(4):
            if provider in servers:
                _spoil(servers[provider], weather)
            # A new breaker's day each time: here the faults matter, not the pauses between them.
            await studio.database.value("delete from system.breakers")
            try:
                made = await studio.film(provider, script, video, missing)
            except ProviderError as error:
                assert error.provider == provider
                continue
            served = [scene for scene in missing if scene not in made.missing]
            takes |= dict(zip(served, studio.takes(made), strict=True))
            missing = made.missing
            break
    assert missing == () and sorted(takes) == list(range(SCENES))
    shown = [take.source_id for take in takes.values() if take.source_id]
    assert len(shown) == len(set(shown))
    bought = ASSET * len(studio.shutterstock.licensed) + PICTURE * studio.images.drawn
    assert await studio.spent() >= bought
    drift = await studio.database.value(
        "select (select coalesce(sum(reserved + spent), 0) from costs.entries)"
        " - (select coalesce(sum(reserved + spent), 0) from costs.budgets where scope = 'video')"
    )
    assert drift == 0
