"""Google's voices: the official client against a server that speaks the protocol, in every kind of weather."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from activities.voice.google import GoogleVoice
from activities.voice.port import SAMPLE_RATE, Spoken
from models.errors import AuthenticationFailed, BadOutput, ProviderError, QuotaExhausted, RateLimited, Unavailable, UnknownPrice
from tests.fakes.prices import prices
from tests.fakes.server import Fault, garbage, json_fault, outage, rate_limited, slow, truncated
from tests.fakes.speech import KEY, FakeGoogleTts

TEXT = "Why is the sky blue? It is a short question with a long answer, about 42% of it physics."


@pytest.fixture
def server() -> Iterator[FakeGoogleTts]:
    with FakeGoogleTts() as running:
        yield running


def _voice(server: FakeGoogleTts, *, key: str = KEY, voices: dict[str, str] | None = None, timeout: float = 10.0) -> GoogleVoice:
    return GoogleVoice("neural2", prices=prices, api_key=key, endpoint=server.url, voices=voices, timeout=timeout)


async def _speak(port: GoogleVoice, text: str = TEXT, language: str = "en") -> Spoken:
    voice = port.voice_for(language, "")
    assert voice is not None
    return await port.synthesise(text, voice)


async def test_every_word_comes_back_at_its_mark(server: FakeGoogleTts) -> None:
    port = _voice(server)
    spoken = await _speak(port)
    assert [word.text for word in spoken.words] == TEXT.split()
    assert len(spoken.samples) > 3 * SAMPLE_RATE
    asked = json.loads(server.journal[0].body)
    assert asked["voice"] == {"languageCode": "en-US", "name": "en-US-Neural2-J"}
    assert '<mark name="0"/>Why' in asked["input"]["ssml"]
    assert "42 percent" in asked["input"]["ssml"]


async def test_marks_and_alignment_by_hand_agree(server: FakeGoogleTts) -> None:
    marked = await _speak(_voice(server))
    server.marks = False
    by_hand = await _speak(_voice(server))
    assert [word.text for word in by_hand.words] == [word.text for word in marked.words]
    apart = [abs(a.start - b.start) for a, b in zip(marked.words, by_hand.words, strict=True)]
    assert sum(apart) / len(apart) < 0.1
    assert max(apart) < 0.35


async def test_a_voice_that_takes_no_ssml_is_sent_plain_text(server: FakeGoogleTts) -> None:
    port = _voice(server, voices={"en": "en-US-Chirp3-HD-Charon"})
    with pytest.raises(UnknownPrice, match="chirp3"):
        await _speak(port)
    [call] = server.journal
    assert "ssml" not in call.json["input"]


async def test_long_text_is_split_at_sentence_ends_under_five_thousand_bytes(server: FakeGoogleTts) -> None:
    text = " ".join(f"This is sentence number {number} of a long story." for number in range(40))
    port = _voice(server)
    spoken = await _speak(port, text)
    assert [word.text for word in spoken.words] == text.split()
    times = [word.start for word in spoken.words]
    assert times == sorted(times)
    assert len(server.journal) > 1
    for call in server.journal:
        ssml = call.json["input"]["ssml"]
        assert len(ssml.encode()) <= 5_000
        assert ssml.endswith(".</speak>")


async def test_the_cost_is_that_of_the_characters_sent(server: FakeGoogleTts) -> None:
    port = _voice(server)
    voice = port.voice_for("en", "")
    assert voice is not None
    spoken = await port.synthesise("Hello there.", voice)
    [call] = server.calls("/v1beta1/text:synthesize")
    sent = re.sub("<mark[^>]*>", "", call.json["input"]["ssml"])
    assert sent == "<speak>Hello there.</speak>"
    assert spoken.cost == len(sent) * Decimal("0.000016")
    assert spoken.cost == await port.estimate("Hello there.", voice)


async def test_a_voice_that_takes_no_ssml_is_paid_for_its_plain_text(server: FakeGoogleTts) -> None:
    port = _voice(server, voices={"en": "en-US-Neural2-Journey"})
    voice = port.voice_for("en", "")
    assert voice is not None
    assert await port.estimate("Salt & pepper.", voice) == len("Salt and pepper.") * Decimal("0.000016")


QUOTA = {"error": {"code": 429, "message": "Quota exceeded: insufficient_quota", "status": "RESOURCE_EXHAUSTED"}}
EXPIRED = {"error": {"code": 400, "message": "API key expired. Please renew the API key.", "status": "INVALID_ARGUMENT"}}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited("7"), RateLimited),
        (json_fault(429, QUOTA), QuotaExhausted),
        (json_fault(400, EXPIRED), AuthenticationFailed),
        (
            json_fault(403, {"error": {"code": 403, "message": "API not enabled", "status": "PERMISSION_DENIED"}}),
            AuthenticationFailed,
        ),
        (outage(500), Unavailable),
        (outage(503), Unavailable),
        (truncated(40), Unavailable),
        (slow(5), Unavailable),
        (garbage(), BadOutput),
        (json_fault(200, {"audioContent": "bm8gc291bmQ="}), BadOutput),
        (json_fault(200, {}), BadOutput),
        (json_fault(400, {"error": {"code": 400, "message": "Invalid SSML.", "status": "INVALID_ARGUMENT"}}), BadOutput),
    ],
)
async def test_each_misbehaviour_is_the_error_that_the_step_acts_on(
    server: FakeGoogleTts, fault: Fault, kind: type[ProviderError]
) -> None:
    server.fail(fault)
    with pytest.raises(kind) as failed:
        await _speak(_voice(server, timeout=1.5 if fault.delay else 20.0))
    assert type(failed.value) is kind
    assert failed.value.provider == "google-neural"
    assert len(server.journal) == 1, "the client retried by itself"


async def test_retry_after_is_obeyed(server: FakeGoogleTts) -> None:
    server.fail(rate_limited("12"))
    with pytest.raises(RateLimited) as limited:
        await _speak(_voice(server))
    assert limited.value.retry_after == timedelta(seconds=12)


async def test_a_wrong_key_is_refused_and_not_shown(server: FakeGoogleTts) -> None:
    with pytest.raises(AuthenticationFailed) as failed:
        await _speak(_voice(server, key="wrong-key"))
    assert "wrong-key" not in str(failed.value)


async def test_nobody_there_is_an_outage() -> None:
    gone = FakeGoogleTts()  # bound, never listening
    with pytest.raises(Unavailable) as failed:
        await _speak(_voice(gone))
    assert failed.value.billed == "no"


async def test_languages_have_voices_and_arabic_has_only_a_standard_one(server: FakeGoogleTts) -> None:
    neural = _voice(server)
    standard = GoogleVoice("standard", prices=prices, api_key=KEY, endpoint=server.url)
    for language in ("en", "en-GB", "es", "de", "hi", "ja"):
        assert neural.voice_for(language, "")
        assert standard.voice_for(language, "")
    assert neural.voice_for("ar", "") is None
    arabic = standard.voice_for("ar", "")
    assert arabic and arabic.name == "ar-XA-Standard-B"
    wished, foreign = neural.voice_for("en", "en-GB-Neural2-A"), neural.voice_for("de", "en-GB-Neural2-A")
    assert wished and wished.name == "en-GB-Neural2-A"
    assert foreign and foreign.name.startswith("de-DE")


async def test_the_cheapest_call_counts_voices(server: FakeGoogleTts) -> None:
    assert await _voice(server).check() == "1 voices for en-US"
