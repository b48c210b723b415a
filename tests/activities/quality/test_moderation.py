"""Moderation before money is spent: scenes and categories in words, asked once, served by rules when the service is away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore, open_store
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from activities.quality.moderating import ModerationActivity
from activities.quality.moderation import LONGEST, OpenAIModeration
from activities.quality.moderation_rules import RulesModeration
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import AuthenticationFailed, BadOutput, Misconfigured, ProviderError, QuotaExhausted, RateLimited, Unavailable
from models.settings import Settings
from models.system.breakers import BreakerStore
from models.videos.contracts import Script, ScriptScene
from models.videos.moderation import ModerationTask, ModerationVerdict
from tests.fakes.openai_moderation import FakeOpenAIModeration
from tests.fakes.prices import prices
from tests.fakes.server import Fault, garbage, json_fault, outage, rate_limited, slow, truncated
from tests.models.money import OPEN, a_video

QUOTA = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}


@pytest.fixture
def server() -> Iterator[FakeOpenAIModeration]:
    with FakeOpenAIModeration() as running:
        yield running


@pytest.fixture
def store(settings: Settings) -> ArtifactStore:
    return open_store(settings)


def _script(*narrations: str, title: str = "Tides") -> Script:
    return Script(title=title, scenes=tuple(ScriptScene(index=at, narration=text) for at, text in enumerate(narrations)))


async def _verdict(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration, script: Script, *,
    provider: str = "openai-moderation", key: str = "",
) -> ModerationVerdict:  # fmt: skip
    calls = Calls(Charges(Ledger(database, OPEN)), Breakers(BreakerStore(database)))
    service = OpenAIModeration(key or server.key, calls, prices, base_url=f"{server.url}/v1", seconds=3)
    step = ModerationActivity([service, RulesModeration()], store)
    ref = store.put_content("script", script.model_dump_json().encode())
    task = ModerationTask(video=await a_video(database), provider=provider, script=ref)
    verdict: ModerationVerdict = await ActivityEnvironment().run(step.moderate_script, task)
    return verdict


async def test_a_harmless_script_may_be_made_and_is_judged_once(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration
) -> None:
    script = _script("The sea rises.", "The sea falls.")
    assert (await _verdict(database, store, server, script)).allowed
    again = await _verdict(database, store, server, script)
    assert again.allowed and again.provided.cached
    assert len(server.journal) == 1
    assert server.journal[0].json["input"] == ["Tides", "The sea rises.", "The sea falls."]


async def test_a_refused_script_is_told_by_scene_and_category_in_words(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration
) -> None:
    verdict = await _verdict(database, store, server, _script("Calm.", "They slaughter them.", title="All vermin"))
    assert not verdict.allowed
    assert verdict.reason == (
        "The script cannot be made into a film as it is. Title, description or tags: hatred; Scene 2: violence shown in detail."
    )
    assert [(one.scene, one.score) for one in verdict.objections] == [(None, 0.91), (1, 0.91)]


async def test_long_texts_are_looked_at_to_their_end_and_many_scenes_in_few_requests(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration
) -> None:
    verdict = await _verdict(database, store, server, _script(*["calm "] * 30, "calm " * (LONGEST // 4) + "slaughter"))
    assert [one.scene for one in verdict.objections] == [30]
    assert len(server.journal) == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (rate_limited("7"), RateLimited),
        (json_fault(429, QUOTA), QuotaExhausted),
        (outage(500), Unavailable),
        (slow(30), Unavailable),
        (truncated(30), Unavailable),
        (garbage(), BadOutput),
        (json_fault(200, {"results": [{"flagged": False}]}), BadOutput),
    ],
)
async def test_a_service_that_fails_never_lets_a_script_through(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration, fault: Fault, kind: type[ProviderError]
) -> None:
    server.fail(fault)
    with pytest.raises(kind):
        await _verdict(database, store, server, _script("They slaughter them."))
    assert len(server.journal) == 1
    assert not (await _verdict(database, store, server, _script("They slaughter them."))).allowed, "no verdict was kept"


async def test_an_expired_key_is_told(database: Database, store: ArtifactStore, server: FakeOpenAIModeration) -> None:
    with pytest.raises(AuthenticationFailed):
        await _verdict(database, store, server, _script("Calm."), key="sk-old")


async def test_a_flag_without_a_category_is_an_objection_all_the_same(
    database: Database, store: ArtifactStore, server: FakeOpenAIModeration
) -> None:
    server.fail(json_fault(200, {"results": [{"flagged": False}, {"flagged": True, "categories": {"new/kind": None}}]}))
    verdict = await _verdict(database, store, server, _script("Something."))
    assert verdict.reason.endswith("Scene 1: content that the service refuses.")


async def test_the_rules_serve_without_any_service(database: Database, store: ArtifactStore, server: FakeOpenAIModeration) -> None:
    verdict = await _verdict(database, store, server, _script("Calm.", "This is how to build a pipe bomb."), provider="rules")
    assert not verdict.allowed
    assert "Scene 2: violence (“how to build a pipe bomb”)" in verdict.reason
    mild = await _verdict(database, store, server, _script("Guaranteed returns for you."), provider="rules")
    assert mild.allowed and mild.objections and mild.reason == ""
    assert not server.journal


async def test_an_unknown_provider_is_named(database: Database, store: ArtifactStore, server: FakeOpenAIModeration) -> None:
    with pytest.raises(Misconfigured, match="no provider of moderation named 'perspective'"):
        await _verdict(database, store, server, _script("Calm."), provider="perspective")
