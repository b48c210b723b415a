"""ElevenLabs: the premium voice, with the time of every character."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from pydantic import BaseModel, Field

from activities.http import ProviderClient, parsed
from activities.voice.assembled import Part, joined, parts_of, spoken_in, timed, trimmed
from activities.voice.port import Spoken, Voice
from activities.voice.sound import decoded, levelled
from activities.voice.text import Token, language_of, tokens_of
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput, ProviderError, QuotaExhausted
from models.money import ZERO

ACCOUNT = "elevenlabs"
LARGEST_REQUEST = 4_500
"""Bytes of text in a request; the multilingual model takes 10,000 characters, shorter ones sound steadier."""
LANGUAGES = frozenset(
    {"ar", "bg", "cs", "da", "de", "el", "en", "es", "fi", "fil", "fr", "hi", "hr", "id", "it", "ja", "ko", "ms", "nl", "pl", "pt"}
    | {"ro", "ru", "sk", "sv", "ta", "tr", "uk", "zh"}
)
_VOICE_ID = re.compile(r"[A-Za-z0-9]{20}")
_USAGE_KNOWN_FOR = 60.0


class _Alignment(BaseModel):
    characters: list[str]
    character_start_times_seconds: list[float]


class _Answer(BaseModel):
    audio_base64: str
    alignment: _Alignment | None = None


class _Subscription(BaseModel):
    character_count: int
    character_limit: int
    next_character_count_reset_unix: int | None = Field(default=None)


class ElevenLabsVoice:
    """One account of ElevenLabs."""

    name = "elevenlabs"
    account = ACCOUNT
    paid = True

    def __init__(
        self,
        *,
        api_key: str,
        prices: Callable[[], Awaitable[PriceList]],
        base_url: str = "https://api.elevenlabs.io",
        voice: str = "21m00Tcm4TlvDq8ikWAM",
        model: str = "eleven_multilingual_v2",
        month_characters: int = 100_000,
        timeout: float = 60.0,
    ) -> None:
        """`voice` is an id; `month_characters` the most that may be used in a month of the subscription; `timeout` in seconds."""
        self.version = f"{model}/1"
        self._prices = prices
        self._voice = voice
        self._model = model
        self._month = month_characters
        self._client = ProviderClient(self.name, base_url, headers={"xi-api-key": api_key}, timeout=timeout)
        self._usage: tuple[float, _Subscription | None] = (-_USAGE_KNOWN_FOR, None)
        self._lock = asyncio.Lock()

    def voice_for(self, language: str, wished: str) -> Voice | None:
        """The wished voice where it looks like an id of ElevenLabs, else the account's own; every voice speaks every language."""
        if language_of(language) not in LANGUAGES:
            return None
        return Voice(name=wished if _VOICE_ID.fullmatch(wished) else self._voice, language=language)

    async def estimate(self, text: str, voice: Voice) -> Decimal:
        """The price of the characters.

        Raises:
            UnknownPrice: the model has no price.
        """
        return await self._price(self._parts(text, voice), voice)

    async def _price(self, parts: Sequence[tuple[Token, ...]], voice: Voice) -> Decimal:
        characters = sum(len(_text(part, voice)) for part in parts)
        if not characters:
            return ZERO
        return (await self._prices()).cost(ACCOUNT, self._model, {Unit.CHARACTERS: characters}, datetime.now(UTC))

    async def synthesise(self, text: str, voice: Voice) -> Spoken:
        """Speak `text`.

        Raises:
            QuotaExhausted: the month's characters would be passed; `retry_after` is when they renew.
            BadOutput: there is nothing to read, or what came is no sound.
            ProviderError: as the service failed.
        """
        parts = self._parts(text, voice)
        if not parts:
            raise BadOutput(f"There is nothing to read aloud in {text[:60]!r}.", provider=self.name, billed="no")
        await self._require_left(sum(len(_text(part, voice)) for part in parts))
        spoken = await spoken_in(parts, lambda part: self._speak(part, voice), lambda done: self._price(done, voice))
        samples, words = joined(spoken)
        return Spoken(samples=levelled(samples), words=words, cost=await self._price(parts, voice))

    def _parts(self, text: str, voice: Voice) -> list[tuple[Token, ...]]:
        return parts_of(tokens_of(text, voice.language), largest=LARGEST_REQUEST)

    async def _speak(self, tokens: tuple[Token, ...], voice: Voice) -> Part:
        text = _text(tokens, voice)
        answer = parsed(
            self.name,
            _Answer,
            await self._client.json(
                "POST",
                f"/v1/text-to-speech/{quote(voice.name, safe='')}/with-timestamps",
                params={"output_format": "mp3_44100_128"},
                json={
                    "text": text,
                    "model_id": self._model,
                    "voice_settings": {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": True},
                },
            ),
        )
        return await asyncio.to_thread(self._heard, tokens, voice, text, answer)

    def _heard(self, tokens: tuple[Token, ...], voice: Voice, text: str, answer: _Answer) -> Part:
        try:
            samples = decoded(base64.b64decode(answer.audio_base64, validate=True))
        except (ValueError, binascii.Error) as error:
            raise BadOutput(f"{self.name} answered with something that is no sound: {error}", provider=self.name) from error
        return trimmed(samples, timed(tokens, _begins(tokens, _glue(voice), text, answer.alignment), samples))

    async def _require_left(self, characters: int) -> None:
        """Refuse before anything is sent when the month's characters would be passed. An account that does not say is trusted."""
        async with self._lock:
            known_at, usage = self._usage
            if time.monotonic() - known_at > _USAGE_KNOWN_FOR:
                usage = await self._subscription()
                self._usage = (time.monotonic(), usage)
            if usage is None:
                return
            left = min(usage.character_limit, self._month) - usage.character_count
            if characters > left:
                renews = usage.next_character_count_reset_unix
                at = datetime.fromtimestamp(renews, UTC) if renews else None
                raise QuotaExhausted(
                    f"{self.name} has {max(left, 0):,} characters left this month; this scene takes {characters:,}.",
                    provider=self.name,
                    retry_after=max(at - datetime.now(UTC), timedelta(0)) if at else None,
                    hint="They renew with the subscription; YTEMPIRE_ELEVENLABS_MONTH_CHARACTERS is the product's own limit.",
                )
            usage.character_count += characters

    async def _subscription(self) -> _Subscription | None:
        try:
            return parsed(self.name, _Subscription, await self._client.json("GET", "/v1/user/subscription"))
        except BadOutput:
            return None
        except ProviderError as error:
            error.billed = "no"  # only asked about: nothing was spoken
            raise

    async def check(self) -> str:
        """The cheapest real call: what the subscription has left.

        Raises:
            ProviderError: as the service failed.
        """
        usage = parsed(self.name, _Subscription, await self._client.json("GET", "/v1/user/subscription"))
        return f"{usage.character_count:,} of {min(usage.character_limit, self._month):,} characters used this month"


def _glue(voice: Voice) -> str:
    return "" if language_of(voice.language) in ("ja", "zh", "th") else " "


def _text(tokens: tuple[Token, ...], voice: Voice) -> str:
    """The service normalises by itself: it is sent the words as they are written."""
    return _glue(voice).join(token.text for token in tokens)


def _begins(tokens: tuple[Token, ...], glue: str, text: str, alignment: _Alignment | None) -> dict[int, float]:
    """When each token begins; empty where the times are not those of the text that was sent."""
    if alignment is None or "".join(alignment.characters) != text:
        return {}
    starts = alignment.character_start_times_seconds
    if len(starts) != len(alignment.characters):
        return {}
    # A "character" of the answer may be a cluster: times by position in the text.
    at: dict[int, float] = {}
    position = 0
    for character, start in zip(alignment.characters, starts, strict=True):
        at[position] = start
        position += len(character)
    begins: dict[int, float] = {}
    position = 0
    for index, token in enumerate(tokens):
        if position in at:
            begins[index] = at[position]
        position += len(token.text) + len(glue)
    return begins
