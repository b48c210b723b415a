"""Paid voices against the real ledger: every phrase is paid once, by whatever video speaks it first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from obstore.store import LocalStore
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from activities.voice.activity import VoiceActivity
from activities.voice.google import GoogleVoice
from activities.voice.sound import FlacRecorder
from models.costs.ledger import Ledger
from models.costs.store import CostStore
from models.database import Database
from models.errors import ProviderError, RateLimited
from models.system.breakers import BreakerStore
from models.videos.contracts import Script, ScriptScene, VideoInput, VoiceMade, VoiceTask
from tests.fakes.prices import prices
from tests.fakes.server import Fault, outage, rate_limited
from tests.fakes.speech import KEY, FakeGoogleTts
from tests.models.money import OPEN, a_video

SCRIPT = Script(
    title="T",
    scenes=tuple(ScriptScene(index=index, narration=f"Scene {name} speaks.") for index, name in enumerate(("one", "two", "three"))),
)
SCENE = Decimal(len("<speak>Scene one speaks.</speak>")) * 16 / 1_000_000


@pytest.fixture
def server() -> Iterator[FakeGoogleTts]:
    with FakeGoogleTts() as running:
        yield running


class Booth:
    """The voice step of one installation."""

    def __init__(self, database: Database, server: FakeGoogleTts, folder: Path) -> None:
        self.database = database
        self.artifacts = ArtifactStore(LocalStore(folder), folder / "cache")
        port = GoogleVoice("neural2", prices=prices, api_key=KEY, endpoint=server.url)
        calls = Calls(Charges(Ledger(database, OPEN)), Breakers(BreakerStore(database)))
        self.step = VoiceActivity((port,), self.artifacts, FlacRecorder(), calls)

    async def speak(self, video: VideoInput, script: Script = SCRIPT) -> VoiceMade:
        ref = self.artifacts.put_content("script", script.model_dump_json().encode())
        scenes = tuple(scene.index for scene in script.scenes)
        task = VoiceTask(video=video, provider="google-neural", script=ref, scenes=scenes)
        return await ActivityEnvironment().run(self.step.speak, task)

    async def spent(self, video: VideoInput) -> tuple[Decimal, Decimal]:
        async with self.database.session() as session:
            lines = await CostStore(OPEN).video_costs(session, video.video_id)
        return sum((line.spent for line in lines), Decimal(0)), sum((line.reserved for line in lines), Decimal(0))


@pytest.fixture
def booth(database: Database, server: FakeGoogleTts, tmp_path: Path) -> Booth:
    return Booth(database, server, tmp_path)


async def test_each_phrase_is_paid_once_over_all_videos(booth: Booth, server: FakeGoogleTts) -> None:
    first, second = await a_video(booth.database), await a_video(booth.database)
    made = await booth.speak(first)
    longer = SCRIPT.model_copy(update={"scenes": (*SCRIPT.scenes, ScriptScene(index=3, narration="Scene six speaks."))})
    again = await booth.speak(second, longer)
    assert made.provided.cost > 3 * SCENE - Decimal("0.001")
    assert again.provided.cost == SCENE
    assert not again.provided.cached
    assert len(server.journal) == 4
    assert await booth.spent(second) == (SCENE, 0)


async def test_a_failure_in_the_middle_keeps_and_pays_only_what_was_spoken(booth: Booth, server: FakeGoogleTts) -> None:
    video = await a_video(booth.database)
    server.fail_always(None)
    await booth.speak(video, SCRIPT.model_copy(update={"scenes": SCRIPT.scenes[:1]}))
    server.fail(rate_limited("1"))
    with pytest.raises(RateLimited):
        await booth.speak(video)
    assert await booth.spent(video) == (SCENE, 0)
    await booth.speak(video)
    assert [call.json["input"]["ssml"].count("one") for call in server.journal] == [1, 0, 0, 0]


async def test_phrases_that_are_stored_serve_while_the_provider_is_down(booth: Booth, server: FakeGoogleTts) -> None:
    await booth.speak(await a_video(booth.database))
    server.fail_always(outage(503))
    rerun = await a_video(booth.database)
    made = await booth.speak(rerun)
    assert made.provided.cached
    assert await booth.spent(rerun) == (0, 0)


@pytest.mark.parametrize(("fault", "calls"), [(rate_limited("3600"), 1), (outage(503), 2)])
async def test_a_scene_of_two_calls_pays_the_first_when_the_second_fails(
    booth: Booth, server: FakeGoogleTts, fault: Fault, calls: int
) -> None:
    """A call that surely cost nothing is not paid; one whose end nobody knows is."""
    narration = " ".join(["Every sentence here has exactly ten short plain words inside."] * 20)
    script = SCRIPT.model_copy(update={"scenes": (SCRIPT.scenes[0].model_copy(update={"narration": narration}),)})
    server.fail(Fault(), fault)
    with pytest.raises(ProviderError):
        await booth.speak(await a_video(booth.database), script)
    sent = [re.sub("<mark[^>]*>", "", call.json["input"]["ssml"]) for call in server.calls("/v1beta1/text:synthesize")]
    assert len(sent) == 2
    counted = await booth.database.value("select sum(spent + reserved) from costs.entries")
    assert counted == sum(len(text) for text in sent[:calls]) * Decimal("0.000016")
