"""ElevenLabs against a server that speaks its protocol, in every kind of weather."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from activities.voice.elevenlabs import ElevenLabsVoice
from activities.voice.port import Spoken
from models.errors import AuthenticationFailed, BadOutput, ProviderError, QuotaExhausted, RateLimited, Unavailable
from tests.fakes.prices import prices
from tests.fakes.server import Fault, garbage, json_fault, outage, rate_limited, slow, truncated
from tests.fakes.speech import KEY, FakeElevenLabs

TEXT = "Why is the sky blue? It is a short question, with a long answer."
SPEAK = "/v1/text-to-speech"


@pytest.fixture
def server() -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs() as running:
        yield running


def _voice(server: FakeElevenLabs, *, key: str = KEY, month: int = 100_000, timeout: float = 10.0) -> ElevenLabsVoice:
    return ElevenLabsVoice(api_key=key, prices=prices, base_url=server.url, month_characters=month, timeout=timeout)


async def _speak(port: ElevenLabsVoice, text: str = TEXT) -> Spoken:
    voice = port.voice_for("en", "")
    assert voice is not None
    return await port.synthesise(text, voice)


async def test_words_are_timed_by_their_characters_and_paid_by_them(server: FakeElevenLabs) -> None:
    spoken = await _speak(_voice(server))
    assert [word.text for word in spoken.words] == TEXT.split()
    assert spoken.cost == Decimal(len(TEXT)) * Decimal("0.30") / 1000
    [call] = server.calls(SPEAK)
    assert call.json["text"] == TEXT
    assert call.query["output_format"] == "mp3_44100_128"


async def test_without_an_alignment_words_are_timed_by_hand(server: FakeElevenLabs) -> None:
    given = await _speak(_voice(server))
    server.aligned = False
    by_hand = await _speak(_voice(server))
    apart = [abs(a.start - b.start) for a, b in zip(given.words, by_hand.words, strict=True)]
    assert sum(apart) / len(apart) < 0.1
    assert max(apart) < 0.35


async def test_the_months_characters_are_not_passed(server: FakeElevenLabs) -> None:
    server.used, server.renews = 99_990, round(time.time()) + 80_000
    with pytest.raises(QuotaExhausted, match="has 10 characters left this month") as spent:
        await _speak(_voice(server))
    assert spent.value.retry_after is not None
    assert timedelta(hours=22) < spent.value.retry_after < timedelta(hours=23)
    assert server.calls(SPEAK) == []


async def test_the_products_own_month_counts_what_was_spoken_since_it_asked(server: FakeElevenLabs) -> None:
    port = _voice(server, month=len(TEXT) + 5)
    await _speak(port)
    with pytest.raises(QuotaExhausted, match="has 5 characters left"):
        await _speak(port, TEXT + " And more.")


async def test_an_account_that_does_not_state_its_use_is_trusted(server: FakeElevenLabs) -> None:
    server.fail(Fault(status=404, body=b"{}", path="/v1/user"))
    assert (await _speak(_voice(server))).words


async def test_an_account_that_cannot_be_asked_costs_nothing(server: FakeElevenLabs) -> None:
    server.fail(outage(503, "/v1/user"))
    with pytest.raises(Unavailable) as down:
        await _speak(_voice(server))
    assert down.value.billed == "no"
    assert server.calls(SPEAK) == []


SPENT = {"detail": {"status": "quota_exceeded", "message": "This request exceeds your quota."}}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited("7", SPEAK), RateLimited),
        (json_fault(401, SPENT, SPEAK), QuotaExhausted),
        (json_fault(401, {"detail": {"status": "invalid_api_key"}}, SPEAK), AuthenticationFailed),
        (outage(500, SPEAK), Unavailable),
        (outage(503, SPEAK), Unavailable),
        (truncated(40, SPEAK), Unavailable),
        (slow(5, SPEAK), Unavailable),
        (garbage(SPEAK), BadOutput),
        (json_fault(200, {"hello": 1}, SPEAK), BadOutput),
        (json_fault(200, {"audio_base64": "%%%"}, SPEAK), BadOutput),
        (json_fault(200, {"audio_base64": base64.b64encode(b"no sound").decode()}, SPEAK), BadOutput),
        (json_fault(422, {"detail": [{"msg": "field required"}]}, SPEAK), BadOutput),
    ],
)
async def test_each_misbehaviour_is_the_error_that_the_step_acts_on(
    server: FakeElevenLabs, fault: Fault, kind: type[ProviderError]
) -> None:
    server.fail(fault)
    with pytest.raises(kind) as failed:
        await _speak(_voice(server, timeout=1.5 if fault.delay else 20.0))
    assert type(failed.value) is kind
    assert failed.value.provider == "elevenlabs"
    assert len(server.calls(SPEAK)) == 1, "the client retried by itself"


async def test_a_wrong_key_is_refused_and_not_shown(server: FakeElevenLabs) -> None:
    with pytest.raises(AuthenticationFailed) as failed:
        await _speak(_voice(server, key="wrong-key"))
    assert "wrong-key" not in str(failed.value)


async def test_a_wished_voice_is_taken_when_it_is_an_id(server: FakeElevenLabs) -> None:
    port = _voice(server)
    own, other, unknown = port.voice_for("de", "pNInz6obpgDQGcFmaJgB"), port.voice_for("de", "m7"), port.voice_for("tlh", "")
    assert own and own.name == "pNInz6obpgDQGcFmaJgB"
    assert other and other.name == "21m00Tcm4TlvDq8ikWAM"
    assert unknown is None


async def test_the_cheapest_call_tells_what_is_used(server: FakeElevenLabs) -> None:
    server.used = 1_234
    assert await _voice(server).check() == "1,234 of 100,000 characters used this month"
