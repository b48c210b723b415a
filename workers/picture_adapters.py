"""Settings -> the adapters of footage, thumbnails and moderation, by the names of the chains. Part of the wiring.

An adapter is imported when its account is set up, so that an installation without keys starts quickly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from activities.footage.designed import DesignedFootage
from activities.quality.moderation_rules import RulesModeration
from activities.thumbnail.designed import DesignedThumbnails

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore
    from activities.calls import Calls
    from activities.drawing import OpenAIPictures
    from activities.footage.libraries import CallLimits, Library
    from activities.footage.port import FootagePort
    from activities.quality.moderation_port import ModerationPort
    from activities.thumbnail.port import ThumbnailPort
    from models.costs.prices import PriceList
    from models.settings import Settings

    PriceSource = Callable[[], Awaitable[PriceList]]


def footage_providers(
    settings: Settings, store: ArtifactStore, calls: Calls, limits: CallLimits, prices: PriceSource
) -> dict[str, FootagePort]:
    """Every provider of footage that is set up."""
    found: dict[str, FootagePort] = {"designed": DesignedFootage()}
    libraries = _libraries(settings, store, calls, prices)
    if libraries:
        from activities.footage.libraries import LibraryFootage

        seconds, largest = settings.footage_seconds, settings.footage_mb * 1_000_000
        found |= {
            one.name: LibraryFootage(one, store, calls, limits, download_seconds=seconds, largest=largest) for one in libraries
        }
    if "openai" in settings.configured_accounts:
        from activities.footage.openai_image import OpenAIImageFootage

        found["openai-image"] = OpenAIImageFootage(_openai_pictures(settings, prices), calls)
    return found


def _libraries(settings: Settings, store: ArtifactStore, calls: Calls, prices: PriceSource) -> list[Library]:
    accounts, seconds = settings.configured_accounts, settings.provider_seconds
    found: list[Library] = []
    if "pexels" in accounts:
        from activities.footage.pexels import Pexels

        key, url = settings.pexels_api_key.get_secret_value(), settings.pexels_base_url
        found.append(Pexels(key, base_url=url, hourly=settings.pexels_hourly, seconds=seconds))
    if "pixabay" in accounts:
        from activities.footage.pixabay import Pixabay

        key, url = settings.pixabay_api_key.get_secret_value(), settings.pixabay_base_url
        found.append(Pixabay(key, base_url=url, hourly=settings.pixabay_hourly, seconds=seconds))
    if "shutterstock" in accounts:
        from activities.footage.shutterstock import Shutterstock

        found.append(
            Shutterstock(
                settings.shutterstock_api_token.get_secret_value(),
                store,
                calls,
                prices,
                subscription=settings.shutterstock_subscription,
                base_url=settings.shutterstock_base_url,
                hourly=settings.shutterstock_hourly,
                seconds=seconds,
            )
        )
    return found


def thumbnail_providers(settings: Settings, calls: Calls, prices: PriceSource) -> dict[str, ThumbnailPort]:
    """Every provider of thumbnail pictures that is set up."""
    found: dict[str, ThumbnailPort] = {"designed": DesignedThumbnails()}
    if "openai" in settings.configured_accounts:
        from activities.thumbnail.openai_image import OpenAIThumbnails

        found["openai-image"] = OpenAIThumbnails(_openai_pictures(settings, prices), calls)
    if "sdxl" in settings.configured_accounts:
        from activities.drawing import StableDiffusion
        from activities.thumbnail.sdxl import SdxlThumbnails

        endpoint = StableDiffusion(
            "sdxl",
            base_url=settings.sdxl_base_url,
            prices=prices,
            api_key=settings.sdxl_api_key.get_secret_value(),
            steps=settings.sdxl_steps,
            seconds=max(settings.openai_seconds, settings.provider_seconds),
        )
        found["sdxl"] = SdxlThumbnails(endpoint, calls)
    return found


def moderation_ports(settings: Settings, calls: Calls, prices: PriceSource) -> list[ModerationPort]:
    """Every moderation that is set up."""
    found: list[ModerationPort] = [RulesModeration()]
    if "openai" in settings.configured_accounts:
        from activities.quality.moderation import OpenAIModeration

        found.append(
            OpenAIModeration(
                settings.openai_api_key.get_secret_value(),
                calls,
                prices,
                model=settings.openai_moderation_model,
                base_url=settings.openai_base_url,
                seconds=settings.provider_seconds,
            )
        )
    return found


def _openai_pictures(settings: Settings, prices: PriceSource) -> OpenAIPictures:
    from activities.drawing import OpenAIPictures

    return OpenAIPictures(
        "openai-image",
        settings.openai_image_model,
        api_key=settings.openai_api_key.get_secret_value(),
        prices=prices,
        base_url=settings.openai_base_url,
        quality=settings.openai_image_quality,
        seconds=settings.openai_seconds,
    )
