"""Google Cloud Text-to-Speech: neural and standard voices through the official client (v1beta1, REST), with marked words.

A request takes 5,000 bytes, so long narrations are split at sentence ends. Every word carries a `<mark>`, whose time point comes
back; voices that take no SSML (the newest ones) and marks that do not come back are timed by alignment.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import requests
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import texttospeech_v1beta1 as tts
from google.protobuf.json_format import ParseError
from requests.adapters import HTTPAdapter

from activities.http import ProviderClient, error_for, error_from, one_line, require_sendable
from activities.voice.assembled import Part, joined, parts_of, spoken_in, timed, trimmed
from activities.voice.port import SAMPLE_RATE, Spoken, Voice
from activities.voice.sound import decoded, levelled
from activities.voice.text import Token, language_of, tokens_of
from models.costs.prices import PriceList, Unit
from models.errors import AuthenticationFailed, BadOutput
from models.money import ZERO

ACCOUNT = "google"
LARGEST_REQUEST = 4_800
"""Bytes of SSML in a request; the service takes 5,000."""
Tier = Literal["neural2", "standard"]

VOICES: dict[Tier, dict[str, str]] = {
    "neural2": {
        "en": "en-US-Neural2-J", "en-us": "en-US-Neural2-J", "en-gb": "en-GB-Neural2-B", "en-au": "en-AU-Neural2-B",
        "es": "es-US-Neural2-B", "es-es": "es-ES-Neural2-F", "de": "de-DE-Neural2-D", "hi": "hi-IN-Neural2-B",
        "ja": "ja-JP-Neural2-C", "fr": "fr-FR-Neural2-D", "it": "it-IT-Neural2-C", "pt": "pt-BR-Neural2-B", "ko": "ko-KR-Neural2-C",
    },
    "standard": {
        "en": "en-US-Standard-J", "en-us": "en-US-Standard-J", "en-gb": "en-GB-Standard-B", "en-au": "en-AU-Standard-B",
        "es": "es-US-Standard-B", "es-es": "es-ES-Standard-B", "de": "de-DE-Standard-B", "ar": "ar-XA-Standard-B",
        "hi": "hi-IN-Standard-B", "ja": "ja-JP-Standard-C", "fr": "fr-FR-Standard-D", "it": "it-IT-Standard-D",
        "pt": "pt-BR-Standard-B", "ko": "ko-KR-Standard-C", "nl": "nl-NL-Standard-B", "pl": "pl-PL-Standard-B",
        "tr": "tr-TR-Standard-B", "ru": "ru-RU-Standard-B", "sv": "sv-SE-Standard-A", "id": "id-ID-Standard-B",
    },
}  # fmt: skip
"""One voice a language; settings replace them. There is no Neural2 voice for Arabic."""

_VOICE_NAME = re.compile(r"([a-z]{2,3}-[A-Z]{2})-[\w-]+")
_PLAIN_ONLY = re.compile(r"Chirp|Journey|Gemini", re.IGNORECASE)


class _Bounded(HTTPAdapter):
    """Carries the official client's requests through our own: bounded as a whole, to one host, its failures of the one tree.

    Its own transport reads any number of bytes for as long as some arrive, and takes the key along wherever it is sent on to.
    """

    def __init__(self, client: ProviderClient, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._ours = client
        self._loop = loop

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer, whole; called on a thread beside the loop."""
        call = self._ours.content(
            request.method or "GET", request.url or "", content=request.body or b"", headers=dict(request.headers)
        )
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, request.url or ""
        answer._content = asyncio.run_coroutine_threadsafe(call, self._loop).result()
        return answer


class GoogleVoice:
    """One tier of Google's voices. The client makes no retries."""

    account = ACCOUNT
    paid = True

    def __init__(
        self,
        tier: Tier,
        *,
        prices: Callable[[], Awaitable[PriceList]],
        api_key: str = "",
        credentials: Path | None = None,
        endpoint: str = "",
        voices: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        """`voices` by language go over the built-in ones; `endpoint` with `http://` is a server of one's own, without TLS."""
        self.name = {"neural2": "google-neural", "standard": "google-standard"}[tier]
        self.version = f"{tier}/2"
        self._tier = tier
        self._prices = prices
        self._voices = VOICES[tier] | {language.lower(): voice for language, voice in (voices or {}).items()}
        self._timeout = timeout
        self._api_key = api_key
        self._credentials = credentials
        self._endpoint = endpoint
        self._secrets = (api_key,) if api_key else ()
        self._client: tts.TextToSpeechClient | None = None

    def voice_for(self, language: str, wished: str) -> Voice | None:
        """The wished voice where it is one of Google's of this language; else the language's own."""
        tag = language.replace("_", "-").lower()
        if _VOICE_NAME.fullmatch(wished) and language_of(wished) == language_of(tag):
            return Voice(name=wished, language=language)
        found = self._voices.get(tag) or self._voices.get(language_of(tag))
        return Voice(name=found, language=language) if found else None

    async def estimate(self, text: str, voice: Voice) -> Decimal:
        """The price of the characters that are sent. Marks are free; the other tags count.

        Raises:
            UnknownPrice: the voice's kind has no price.
        """
        return await self._price(self._parts(tokens_of(text, voice.language)), voice)

    async def _price(self, parts: Sequence[tuple[Token, ...]], voice: Voice) -> Decimal:
        characters = sum(_billed(part, voice) for part in parts)
        if not characters:
            return ZERO
        return (await self._prices()).cost(ACCOUNT, _kind(voice.name), {Unit.CHARACTERS: characters}, datetime.now(UTC))

    async def synthesise(self, text: str, voice: Voice) -> Spoken:
        """Speak `text`.

        Raises:
            BadOutput: there is nothing to read, or what came is no sound.
            ProviderError: as the service failed.
        """
        tokens = tokens_of(text, voice.language)
        if not tokens:
            raise BadOutput(f"There is nothing to read aloud in {text[:60]!r}.", provider=self.name, billed="no")
        parts = self._parts(tokens)
        spoken = await spoken_in(parts, lambda part: self._speak(part, voice), lambda done: self._price(done, voice))
        samples, words = joined(spoken)
        return Spoken(samples=levelled(samples), words=words, cost=await self._price(parts, voice))

    def _parts(self, tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
        return parts_of(tokens, largest=LARGEST_REQUEST - len("<speak></speak>"), size=len('<mark name="0000"/>') + 8)

    async def _speak(self, tokens: tuple[Token, ...], voice: Voice) -> Part:
        plain = bool(_PLAIN_ONLY.search(voice.name))
        text = " ".join(token.spoken for token in tokens)
        locale = _VOICE_NAME.fullmatch(voice.name)
        request = tts.SynthesizeSpeechRequest(
            input=tts.SynthesisInput(text=text) if plain else tts.SynthesisInput(ssml=_ssml(tokens)),
            voice=tts.VoiceSelectionParams(language_code=locale[1] if locale else voice.language, name=voice.name),
            audio_config=tts.AudioConfig(audio_encoding=tts.AudioEncoding.LINEAR16, sample_rate_hertz=SAMPLE_RATE),
            enable_time_pointing=[] if plain else [tts.SynthesizeSpeechRequest.TimepointType.SSML_MARK],
        )
        answer = await self._call(lambda client: client.synthesize_speech(request=request, timeout=self._timeout, retry=None))
        return await asyncio.to_thread(self._heard, tokens, answer)

    def _heard(self, tokens: tuple[Token, ...], answer: tts.SynthesizeSpeechResponse) -> Part:
        try:
            samples = decoded(answer.audio_content)
        except ValueError as error:
            raise BadOutput(f"{self.name} answered with something that is no sound: {error}", provider=self.name) from error
        begins = {int(point.mark_name): point.time_seconds for point in answer.timepoints if point.mark_name.isdigit()}
        return trimmed(samples, timed(tokens, begins, samples))

    async def _call(self, call: Callable[[tts.TextToSpeechClient], Any]) -> Any:
        require_sendable(self.name, self._api_key)
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.to_thread(lambda: call(self._connected_in(loop)))
        except GoogleAuthError as error:
            raise AuthenticationFailed(
                f"{self.name} cannot sign in: {one_line(str(error), self._secrets)}.",
                provider=self.name,
                hint="Check YTEMPIRE_GOOGLE_TTS_API_KEY or YTEMPIRE_GOOGLE_TTS_CREDENTIALS.",
            ) from error
        except GoogleAPICallError as error:
            raise error_for(self.name, int(error.code or 503), {}, str(error.message), secrets=self._secrets) from error
        except (ParseError, RecursionError) as error:
            raise BadOutput(
                f"{self.name} answered otherwise than documented: {one_line(str(error))}.", provider=self.name
            ) from error
        except (RetryError, requests.RequestException, ValueError) as error:
            raise error_from(self.name, error, secrets=self._secrets) from error

    def _connected_in(self, loop: asyncio.AbstractEventLoop) -> tts.TextToSpeechClient:
        if self._client is None:
            client = self._connected()
            ours = ProviderClient(self.name, client.transport._host, timeout=self._timeout, secrets=self._secrets)
            for scheme in ("https://", "http://"):
                client.transport._session.mount(scheme, _Bounded(ours, loop))  # type: ignore[attr-defined]
            self._client = client
        return self._client

    def _connected(self) -> tts.TextToSpeechClient:
        options = ClientOptions(api_endpoint=self._endpoint or None)
        if self._credentials is not None:
            signed: tts.TextToSpeechClient = tts.TextToSpeechClient.from_service_account_file(
                str(self._credentials), transport="rest", client_options=options
            )
            return signed
        if self._api_key:
            options.api_key = self._api_key
            return tts.TextToSpeechClient(transport="rest", client_options=options)
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        return tts.TextToSpeechClient(credentials=nobody, transport="rest", client_options=options)

    async def check(self) -> str:
        """The cheapest real call: the list of voices, which is free.

        Raises:
            ProviderError: as the service failed.
        """
        answer = await self._call(lambda client: client.list_voices(language_code="en-US", timeout=self._timeout, retry=None))
        return f"{len(answer.voices)} voices for en-US"


def _ssml(tokens: tuple[Token, ...]) -> str:
    words = (f'<mark name="{index}"/>{html.escape(token.spoken, quote=True)}' for index, token in enumerate(tokens))
    return f"<speak>{' '.join(words)}</speak>"


def _billed(tokens: tuple[Token, ...], voice: Voice) -> int:
    """The characters that a request is billed for: what is sent, less the marks."""
    if _PLAIN_ONLY.search(voice.name):
        return len(" ".join(token.spoken for token in tokens))
    return len("<speak></speak>") + len(" ".join(html.escape(token.spoken, quote=True) for token in tokens))


def _kind(voice: str) -> str:
    """What a voice is billed as: the kind in its name (`en-US-Neural2-J` -> `neural2`)."""
    parts = voice.split("-")
    return parts[2].lower() if len(parts) > 3 else parts[-1].lower()
