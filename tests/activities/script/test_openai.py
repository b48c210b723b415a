"""Scripts by OpenAI: the official client against a server that speaks the protocol, in every kind of weather."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest

from activities.script.openai import OpenAIWriter
from activities.script.port import Brief
from models.costs.prices import Price, PriceList, Unit
from models.errors import (
    AuthenticationFailed,
    BadOutput,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    UnknownPrice,
)
from models.videos.contracts import SceneKind, VideoFormat, VideoRequest
from tests.fakes.openai_chat import KEY, FakeOpenAI, script_json
from tests.fakes.prices import prices
from tests.fakes.server import Fault, garbage, json_fault, outage, rate_limited, slow, truncated

BRIEF = Brief(request=VideoRequest(topic="Why the sky is blue", format=VideoFormat.SHORT, tags=("sky",)))


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


def _writer(server: FakeOpenAI, *, key: str = KEY, model: str = "gpt-5.6-luna", timeout: float = 10.0) -> OpenAIWriter:
    return OpenAIWriter("openai-small", model, api_key=key, prices=prices, base_url=server.base_url, timeout=timeout)


async def test_a_topic_becomes_a_script_at_the_price_of_its_tokens(server: FakeOpenAI) -> None:
    writer = _writer(server)
    written = await writer.write(BRIEF)
    script = written.script
    assert (script.title, script.source, script.sources) == ("A written title", "openai-small", ("A book",))
    assert script.tags == ("sky", "a tag", "b")
    assert script.scenes[0].kind is SceneKind.TITLE
    assert script.hook == script.scenes[0].narration
    assert [scene.index for scene in script.scenes] == list(range(len(script.scenes)))
    # 600 fresh, 400 cached and 2,000 output tokens of gpt-5.6-luna.
    assert written.cost == Decimal("0.000120") + Decimal("0.000008") + Decimal("0.002400")
    assert written.cost < await writer.estimate(BRIEF) < Decimal("0.01")


async def test_the_request_is_strict_and_holds_topic_and_repair_as_data(server: FakeOpenAI) -> None:
    await _writer(server).write(Brief(request=BRIEF.request, channel_name="Sky TV", repair="the narration has 900 words"))
    [call] = server.calls("/v1/chat/completions")
    asked = call.json["messages"][-1]["content"]
    assert json.loads(asked.split("\n")[1])["topic"] == "Why the sky is blue"
    assert "the narration has 900 words" in asked
    assert call.json["response_format"]["json_schema"]["strict"] is True


async def test_an_unknown_model_is_refused_before_anything_is_sent(server: FakeOpenAI) -> None:
    with pytest.raises(UnknownPrice, match="gpt-9-quasar"):
        await _writer(server, model="gpt-9-quasar").estimate(BRIEF)
    assert server.journal == []


QUOTA = {"error": {"message": "You exceeded your current quota.", "type": "insufficient_quota", "code": "insufficient_quota"}}
POLICY = {"error": {"message": "Flagged by our content policy.", "code": "content_policy_violation"}}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited("7"), RateLimited),
        (json_fault(429, QUOTA), QuotaExhausted),
        (json_fault(403, {"error": {"message": "Project has no access."}}), AuthenticationFailed),
        (outage(500), Unavailable),
        (outage(503), Unavailable),
        (truncated(40), Unavailable),
        (slow(5), Unavailable),
        (garbage(), BadOutput),
        (Fault(headers={"content-type": "text/html"}, body=b"<html>hello</html>"), BadOutput),
        (json_fault(200, {"hello": "world"}), BadOutput),
        (json_fault(400, POLICY), Refused),
        (json_fault(404, {"error": {"message": "The model does not exist.", "code": "model_not_found"}}), BadOutput),
    ],
)
async def test_each_misbehaviour_is_the_error_that_the_step_acts_on(
    server: FakeOpenAI, fault: Fault, kind: type[ProviderError]
) -> None:
    server.fail(fault)
    with pytest.raises(kind) as failed:
        await _writer(server, timeout=1.5 if fault.delay else 20.0).write(BRIEF)
    assert type(failed.value) is kind
    assert failed.value.provider == "openai-small"
    assert len(server.journal) == 1, "the client retried by itself"


async def test_a_wrong_key_is_named_without_showing_it(server: FakeOpenAI) -> None:
    with pytest.raises(AuthenticationFailed) as failed:
        await _writer(server, key="sk-wrong-key-abcdef").write(BRIEF)
    assert "sk-wrong" not in str(failed.value)
    assert failed.value.hint


async def test_retry_after_is_obeyed_in_seconds_and_as_a_date(server: FakeOpenAI) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    server.fail(rate_limited("12.5"), rate_limited(format_datetime(at, usegmt=True)))
    waits = []
    for _ in range(2):
        with pytest.raises(RateLimited) as limited:
            await _writer(server).write(BRIEF)
        waits.append(limited.value.retry_after)
    assert waits[0] == timedelta(seconds=12.5)
    assert waits[1] is not None
    assert timedelta(seconds=60) < waits[1] <= timedelta(seconds=90)


async def test_nobody_there_is_an_outage() -> None:
    gone = FakeOpenAI()  # bound, never listening
    with pytest.raises(Unavailable, match="could not be reached") as failed:
        await _writer(gone).write(BRIEF)
    assert failed.value.billed == "no"


async def test_a_refusal_says_why_and_what_it_cost(server: FakeOpenAI) -> None:
    server.refusal = "I can't help with that."
    with pytest.raises(Refused, match="I can't help with that") as refused:
        await _writer(server).write(BRIEF)
    assert Decimal(refused.value.detail["cost"]) > 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda words: '{"title": "half', "JSON"),
        (lambda words: "[]", "the answer"),
        (lambda words: script_json(words, scenes=[]), "only 0 scenes"),
        (lambda words: script_json(words, surprise=1), "surprise"),
        (lambda words: script_json(words, title=" "), "title is empty"),
        (lambda words: script_json(words * 5), "words; about"),
        (lambda words: script_json(words, tags="sky"), "tags"),
        (lambda words: script_json(words).replace("statement", "circus"), "kind"),
        (lambda words: script_json(words).replace("Every sentence here has exactly ten short plain words inside.", " "), "without"),
    ],
)
async def test_an_answer_that_breaks_the_schema_or_the_length_says_what_to_repair(
    server: FakeOpenAI, content: object, said: str
) -> None:
    server.content = content  # type: ignore[assignment]
    with pytest.raises(BadOutput, match=said) as bad:
        await _writer(server).write(BRIEF)
    assert Decimal(bad.value.detail["cost"]) > 0


async def test_an_answer_in_a_code_fence_is_read_too(server: FakeOpenAI) -> None:
    server.content = lambda words: f"Here is the script:\n```json\n{script_json(words)}\n```\nEnjoy!"
    assert (await _writer(server).write(BRIEF)).script.title == "A written title"


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None}, {"prompt_tokens": -5, "completion_tokens": 3}, {"total_tokens": 9}])
async def test_usage_that_makes_no_sense_does_not_count_as_free(server: FakeOpenAI, usage: dict[str, object]) -> None:
    server.usage = usage
    writer = _writer(server)
    assert (await writer.write(BRIEF)).cost == await writer.estimate(BRIEF)


async def test_cached_tokens_without_a_price_of_their_own_cost_what_the_others_cost(server: FakeOpenAI) -> None:
    async def own_prices() -> PriceList:
        made = {"provider": "openai", "model": "gpt-6", "per": 1_000_000, "valid_from": datetime(2026, 1, 1, tzinfo=UTC)}
        units = ((Unit.INPUT_TOKENS, Decimal(1)), (Unit.OUTPUT_TOKENS, Decimal(2)))
        return PriceList([Price(unit=unit, amount=amount, source="test", **made) for unit, amount in units])  # type: ignore[arg-type]

    writer = OpenAIWriter("openai-large", "gpt-6", api_key=KEY, prices=own_prices, base_url=server.base_url)
    assert (await writer.write(BRIEF)).cost == Decimal("0.001") + Decimal("0.004")


async def test_a_server_that_lists_its_models_and_no_more_is_checked_too(server: FakeOpenAI) -> None:
    server.fail(json_fault(404, {"detail": "Not Found"}))
    assert await _writer(server).check() == "model gpt-5.6-luna answers"
    server.fail(json_fault(404, {"detail": "Not Found"}))
    with pytest.raises(BadOutput, match="Not Found"):
        await _writer(server, model="gpt-9-quasar").check()


async def test_an_answer_cut_at_its_longest_length_is_not_used(server: FakeOpenAI) -> None:
    server.finish_reason = "length"
    with pytest.raises(BadOutput, match="cut off"):
        await _writer(server).write(BRIEF)


async def test_an_answer_without_usage_does_not_count_as_free(server: FakeOpenAI) -> None:
    server.usage = None
    writer = _writer(server)
    assert (await writer.write(BRIEF)).cost == await writer.estimate(BRIEF)


async def test_the_cheapest_call_says_that_the_model_answers_and_until_when(server: FakeOpenAI) -> None:
    assert await _writer(server).check() == "model gpt-5.6-luna answers; it is shut down on 2027-01-01"
