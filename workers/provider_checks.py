"""The cheapest real call of each account: does it answer, and does it know the key? None of them costs anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from activities.http import ProviderClient
from models.costs.prices import PriceList
from models.errors import BadOutput
from models.settings import Settings
from models.videos.footage_choice import Wish
from models.videos.footage_words import FootageSearch

if TYPE_CHECKING:
    from activities.footage.pexels import Pexels
    from activities.footage.pixabay import Pixabay

Check = Callable[[], Awaitable[str]]


async def _no_prices() -> PriceList:
    return PriceList(())


def checks(settings: Settings) -> dict[str, Check]:
    """A check for each account that is set up; it returns a line for people and raises the ProviderError that it meets."""
    every: dict[str, Check] = {
        "openai": lambda: _openai(settings),
        "google": lambda: _google(settings),
        "elevenlabs": lambda: _elevenlabs(settings),
        "pexels": lambda: _pexels(settings),
        "pixabay": lambda: _pixabay(settings),
        "shutterstock": lambda: _shutterstock(settings),
        "sdxl": lambda: _sdxl(settings),
    }
    return {account: check for account, check in every.items() if account in settings.configured_accounts}


async def _openai(settings: Settings) -> str:
    from activities.script.openai import OpenAIWriter

    key, base = settings.openai_api_key.get_secret_value(), settings.openai_base_url
    said = [
        await OpenAIWriter(name, model, api_key=key, prices=_no_prices, base_url=base, timeout=settings.provider_seconds).check()
        for name, model in (("openai-large", settings.openai_large_model), ("openai-small", settings.openai_small_model))
    ]
    return "; ".join(said)


async def _google(settings: Settings) -> str:
    from activities.voice.google import GoogleVoice

    return await GoogleVoice(
        "standard",
        prices=_no_prices,
        api_key=settings.google_tts_api_key.get_secret_value(),
        credentials=settings.google_tts_credentials,
        endpoint=settings.google_tts_endpoint,
        timeout=settings.provider_seconds,
    ).check()


async def _elevenlabs(settings: Settings) -> str:
    from activities.voice.elevenlabs import ElevenLabsVoice

    return await ElevenLabsVoice(
        api_key=settings.elevenlabs_api_key.get_secret_value(),
        prices=_no_prices,
        base_url=settings.elevenlabs_base_url,
        month_characters=settings.elevenlabs_month_characters,
        timeout=settings.provider_seconds,
    ).check()


async def _pexels(settings: Settings) -> str:
    from activities.footage.pexels import Pexels

    key, url = settings.pexels_api_key.get_secret_value(), settings.pexels_base_url
    return await _sky(Pexels(key, base_url=url, seconds=settings.provider_seconds))


async def _pixabay(settings: Settings) -> str:
    from activities.footage.pixabay import Pixabay

    key, url = settings.pixabay_api_key.get_secret_value(), settings.pixabay_base_url
    return await _sky(Pixabay(key, base_url=url, seconds=settings.provider_seconds))


async def _sky(library: Pexels | Pixabay) -> str:
    """The very search that films make."""
    wish = Wish(width=1920, height=1080, seconds=5, words=("sky",))
    found = await library.search(FootageSearch(words=("sky",), language="en"), "clip", wish)
    return f"{len(found)} clips of the sky on the first page"


async def _shutterstock(settings: Settings) -> str:
    headers = {"Authorization": f"Bearer {settings.shutterstock_api_token.get_secret_value()}"}
    client = ProviderClient("shutterstock", settings.shutterstock_base_url, headers=headers, timeout=settings.provider_seconds)
    found = await client.json("GET", "/videos/search", params={"query": "sky", "per_page": 1})
    if not isinstance(found, dict) or not isinstance(found.get("data"), list):
        raise BadOutput("shutterstock answered otherwise than documented: no data.", provider="shutterstock")
    return f"{found.get('total_count', len(found['data']))} clips of the sky"


async def _sdxl(settings: Settings) -> str:
    key = settings.sdxl_api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = ProviderClient("sdxl", settings.sdxl_base_url, headers=headers, timeout=settings.provider_seconds)
    try:
        await client.content("GET", settings.sdxl_base_url)
    except BadOutput as error:
        # An endpoint that only takes POST is there all the same.
        if error.detail.get("status") not in (400, 404, 405, 422):
            raise
    return "the endpoint answers"
