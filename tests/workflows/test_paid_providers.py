"""Films by paid providers, whole: what was paid once is not paid again, and one voice speaks from the first scene to the last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.faults import instant_steps, settings_for
from models.videos.contracts import ArtifactRef, Level, Speech, VideoFormat, VideoRequest
from models.videos.status import Step, VideoStatus
from models.videos.tables import VideoStep
from tests.fakes.misfortune import Misfortunes
from tests.fakes.server import Fault, json_fault
from tests.workflows.factory import Factory, Handle, factory

REQUEST = VideoRequest(topic="Why the sea comes and goes", format=VideoFormat.ECONOMY, level=Level.PREMIUM, seconds=20)
SPENT = {"detail": {"status": "quota_exceeded", "message": "This request exceeds your quota."}}


@pytest.fixture
def providers() -> Iterator[Misfortunes]:
    """All of them, in good weather."""
    with Misfortunes(0.0, seed=1) as running:
        yield running


@pytest_asyncio.fixture
async def running(database_address: str, providers: Misfortunes, tmp_path: Path) -> AsyncIterator[Factory]:
    """The factory with an account at every provider; the film itself is made at once."""
    settings = settings_for(providers, database_address, tmp_path, patience=30, cap=Decimal(3))
    async with factory(settings, instead=instant_steps) as made:
        yield made


async def _steps(running: Factory, handle: Handle) -> dict[str, VideoStep]:
    row = await running.row(handle)
    async with running.wiring.database.session() as session:
        return {step.step: step for step in await running.wiring.videos.steps(session, row.id) if not step.part}


async def test_a_film_that_is_made_again_costs_nothing(running: Factory, providers: Misfortunes) -> None:
    first = await running.start(REQUEST)
    await running.row_as(first, VideoStatus.PUBLISHED)
    assert (await running.row(first)).total_cost > Decimal("0.10")
    billed = {account: providers.billed(account) for account in providers.servers}
    again = await running.start(REQUEST)
    await running.row_as(again, VideoStatus.PUBLISHED)
    assert (await running.row(again)).total_cost == 0
    assert {account: providers.billed(account) for account in providers.servers} == billed
    before, after = await _steps(running, first), await _steps(running, again)
    assert [after[step].provider for step in before] == [step.provider for step in before.values()]


async def test_when_a_voice_fails_in_the_middle_the_next_one_speaks_all_scenes(running: Factory, providers: Misfortunes) -> None:
    path = "/v1/text-to-speech"
    providers.elevenlabs.fail(Fault(path=path), json_fault(401, SPENT, path=path))
    handle = await running.start(REQUEST)
    await running.row_as(handle, VideoStatus.PUBLISHED)
    voice = (await _steps(running, handle))[Step.VOICE]
    async with running.wiring.database.session() as session:
        kept = await running.wiring.videos.artifacts(session, (await running.row(handle)).id, kind="speech")
    found = [ArtifactRef(kind=one.kind, digest=one.digest, media_type=one.media_type, size=one.size) for one in kept]
    spoken = [running.wiring.store.read_model(ref, Speech) for ref in found]
    assert len(spoken) > 2
    assert {(speech.provider, speech.voice) for speech in spoken} == {("google-neural", "en-US-Neural2-J")}
    assert voice.provider == "google-neural"
    assert voice.passed_over[0].startswith("elevenlabs: QuotaExhausted, ")
    assert len(providers.billed("elevenlabs")) >= 1, "what the first one spoke is paid, and kept for another film"
