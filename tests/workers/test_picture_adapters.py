"""The wiring of pictures and moderation follows the chains: what is set up can serve, what is not is left out."""

from __future__ import annotations

import pytest

from activities.artifacts import open_store
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from models.costs.ledger import Ledger
from models.database import Database
from models.settings import Settings
from models.system.breakers import BreakerStore
from models.system.provider_calls import ProviderCalls
from models.videos.contracts import Level
from models.videos.providers import chain
from tests.fakes.prices import prices
from tests.models.money import OPEN
from workers.picture_adapters import footage_providers, moderation_ports, thumbnail_providers

KEYS = {
    "openai_api_key": "sk-1", "pexels_api_key": "a", "pixabay_api_key": "b", "shutterstock_api_token": "c",
    "sdxl_base_url": "http://127.0.0.1:7860",
}  # fmt: skip


@pytest.mark.parametrize("given", [{}, KEYS])
@pytest.mark.parametrize("level", list(Level))
def test_every_name_of_a_chain_has_its_adapter(settings: Settings, given: dict[str, str], level: Level) -> None:
    settings = Settings.model_validate(settings.model_dump() | given)
    database = Database("postgresql://nobody@127.0.0.1:9/none")  # asked for nothing here
    calls, limits = Calls(Charges(Ledger(database, OPEN)), Breakers(BreakerStore(database))), ProviderCalls(database)
    footage = footage_providers(settings, open_store(settings), calls, limits, prices)
    assert set(chain("footage", level, settings.configured_accounts)) <= set(footage)
    assert set(chain("thumbnail", level, settings.configured_accounts)) <= set(thumbnail_providers(settings, calls, prices))
    moderation = {port.name for port in moderation_ports(settings, calls, prices)}
    assert set(chain("moderation", level, settings.configured_accounts)) <= moderation
    assert len(footage) == (5 if given else 1)
