"""Speech services on loopback: Google's Text-to-Speech (REST) and ElevenLabs. They speak with espeak-ng, so their sound is real."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import wave
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from activities.voice.espeak import EspeakVoice
from activities.voice.port import SAMPLE_RATE, Spoken
from tests.fakes.server import FakeServer

KEY = "speech-key-0123456789"
_MARK = re.compile(r'<mark name="(\d+)"\s*/>')


def _wav(samples: Any) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes())
    return out.getvalue()


async def _spoken(text: str, language: str) -> Spoken:
    port = EspeakVoice()
    voice = port.voice_for(language, "")
    assert voice is not None
    return await port.synthesise(text, voice)


class FakeGoogleTts(FakeServer):
    """`POST /v1beta1/text:synthesize` and `GET /v1beta1/voices`. Requests over 5,000 bytes are refused, as the service does."""

    def __init__(self) -> None:
        super().__init__(
            [
                Route("/v1beta1/text:synthesize", self._synthesize, methods=["POST"]),
                Route("/v1beta1/voices", self._voices),
            ]
        )
        self.marks = True
        """False: no time points come back, as from voices that know no marks."""
        self.audio: bytes | None = None
        """Sent instead of the true sound."""

    async def _synthesize(self, request: Request) -> Response:
        if request.headers.get("x-goog-api-key") != KEY:
            return _google_error(401, "UNAUTHENTICATED", "API key not valid. Please pass a valid API key.")
        asked = json.loads(await request.body())
        ssml = asked["input"].get("ssml", "")
        text = asked["input"].get("text", "")
        if len((ssml or text).encode()) > 5_000:
            return _google_error(400, "INVALID_ARGUMENT", "This request contains more than 5000 bytes.")
        if ssml and "Chirp" in asked["voice"]["name"]:
            return _google_error(400, "INVALID_ARGUMENT", "This voice does not support SSML.")
        plain = _MARK.sub("", ssml).removeprefix("<speak>").removesuffix("</speak>") if ssml else text
        spoken = await _spoken(plain, asked["voice"]["languageCode"])
        timed = self.marks and "SSML_MARK" in asked.get("enableTimePointing", []) and bool(ssml)
        points = (
            [{"markName": name, "timeSeconds": spoken.words[index].start} for index, name in enumerate(_MARK.findall(ssml))]
            if timed and len(_MARK.findall(ssml)) == len(spoken.words)
            else []
        )
        audio = self.audio if self.audio is not None else _wav(spoken.samples)
        return JSONResponse({"audioContent": base64.b64encode(audio).decode(), "timepoints": points, "audioConfig": {}})

    async def _voices(self, request: Request) -> Response:
        if request.headers.get("x-goog-api-key") != KEY:
            return _google_error(401, "UNAUTHENTICATED", "API key not valid. Please pass a valid API key.")
        return JSONResponse({"voices": [{"languageCodes": ["en-US"], "name": "en-US-Neural2-J", "ssmlGender": "MALE"}]})


def _google_error(code: int, status: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message, "status": status}}, status_code=code)


class FakeElevenLabs(FakeServer):
    """`with-timestamps` and the subscription."""

    def __init__(self) -> None:
        super().__init__(
            [
                Route("/v1/text-to-speech/{voice}/with-timestamps", self._speak, methods=["POST"]),
                Route("/v1/user/subscription", self._subscription),
            ]
        )
        self.used = 0
        self.limit = 100_000
        self.renews: int | None = None
        self.audio: bytes | None = None
        self.aligned = True

    async def _speak(self, request: Request) -> Response:
        if request.headers.get("xi-api-key") != KEY:
            return JSONResponse({"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}, status_code=401)
        text = json.loads(await request.body())["text"]
        spoken = await _spoken(text, "en")
        starts: list[float] = []
        at = 0
        for word in spoken.words:
            span = (word.end - word.start) / len(word.text)
            starts += [word.start + span * index for index in range(len(word.text))]
            at += len(word.text)
            if at < len(text):
                starts.append(word.end)
                at += 1
        self.used += len(text)
        audio = self.audio if self.audio is not None else await asyncio.to_thread(_wav, spoken.samples)
        alignment = {
            "characters": list(text),
            "character_start_times_seconds": starts,
            "character_end_times_seconds": [*starts[1:], starts[-1] + 0.05],
        }
        body = {"audio_base64": base64.b64encode(audio).decode(), "alignment": alignment if self.aligned else None}
        return JSONResponse({**body, "normalized_alignment": None})

    async def _subscription(self, request: Request) -> Response:
        if request.headers.get("xi-api-key") != KEY:
            return JSONResponse({"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}, status_code=401)
        return JSONResponse(
            {"character_count": self.used, "character_limit": self.limit, "next_character_count_reset_unix": self.renews}
        )
