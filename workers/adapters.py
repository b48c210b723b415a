"""Settings -> the adapters of scripts and voices, in no order: the chain decides who is asked. Part of the wiring.

A provider's library is imported when its account is set up, so that an installation without keys starts quickly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from activities.script.operator import OperatorScript
from activities.script.stored import StoredScripts
from activities.script.template import TemplateWriter
from activities.voice.espeak import EspeakVoice
from activities.voice.silence import SilentVoice

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore
    from activities.script.port import ScriptPort
    from activities.voice.port import VoicePort
    from models.costs.prices import PriceList
    from models.settings import Settings

    PriceSource = Callable[[], Awaitable[PriceList]]


def script_ports(settings: Settings, artifacts: ArtifactStore, prices: PriceSource) -> list[ScriptPort]:
    """Every writer that is set up."""
    ports: list[ScriptPort] = [OperatorScript(), TemplateWriter(), StoredScripts(artifacts)]
    key = settings.openai_api_key.get_secret_value()
    if key:
        from activities.script.openai import OpenAIWriter

        for name, model in (("openai-large", settings.openai_large_model), ("openai-small", settings.openai_small_model)):
            ports.append(
                OpenAIWriter(
                    name, model, api_key=key, prices=prices, base_url=settings.openai_base_url, timeout=settings.openai_seconds
                )
            )
    return ports


def voice_ports(settings: Settings, prices: PriceSource) -> list[VoicePort]:
    """Every voice that is set up."""
    ports: list[VoicePort] = [EspeakVoice(), SilentVoice()]
    accounts = settings.configured_accounts
    if "google" in accounts:
        from activities.voice.google import GoogleVoice, Tier

        tiers: list[tuple[Tier, dict[str, str]]] = [
            ("neural2", settings.google_neural_voices),
            ("standard", settings.google_standard_voices),
        ]
        ports += [
            GoogleVoice(
                tier,
                prices=prices,
                api_key=settings.google_tts_api_key.get_secret_value(),
                credentials=settings.google_tts_credentials,
                endpoint=settings.google_tts_endpoint,
                voices=voices,
                timeout=settings.provider_seconds,
            )
            for tier, voices in tiers
        ]
    if "elevenlabs" in accounts:
        from activities.voice.elevenlabs import ElevenLabsVoice

        ports.append(
            ElevenLabsVoice(
                api_key=settings.elevenlabs_api_key.get_secret_value(),
                prices=prices,
                base_url=settings.elevenlabs_base_url,
                voice=settings.elevenlabs_voice,
                model=settings.elevenlabs_model,
                month_characters=settings.elevenlabs_month_characters,
                timeout=2 * settings.provider_seconds,
            )
        )
    return ports
