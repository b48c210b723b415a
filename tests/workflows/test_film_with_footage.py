"""A whole film with footage of libraries: filmed, credited, paid as the ledger says; what one provider lacks the next one gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from models.settings import Settings
from models.videos.contracts import Level
from models.videos.decisions import VideoState
from models.videos.status import VideoStatus
from tests.fakes.openai_moderation import FakeOpenAIModeration
from tests.fakes.pexels import FakePexels, Shelf
from tests.fakes.server import outage
from tests.fakes.shutterstock import FakeShutterstock
from tests.workflows.factory import Factory, Handle, factory

FILMED = """---
title: Tides
---

The sea comes and goes, twice a day.

visual: waves at a beach

The moon pulls the water on the near side.

visual: the moon over the sea
"""
Servers = tuple[FakePexels, FakeShutterstock, FakeOpenAIModeration]


@pytest.fixture
def servers() -> Iterator[Servers]:
    with FakePexels() as pexels, FakeShutterstock() as shutterstock, FakeOpenAIModeration() as moderation:
        yield pexels, shutterstock, moderation


@pytest_asyncio.fixture
async def running(database_address: str, tmp_path: Path, servers: Servers) -> AsyncIterator[Factory]:
    pexels, shutterstock, moderation = servers
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_address,  # type: ignore[arg-type]
        data_dir=tmp_path / "data",
        films_dir=tmp_path / "films",
        pexels_api_key=pexels.key,  # type: ignore[arg-type]
        pexels_base_url=pexels.url,
        shutterstock_api_token=shutterstock.token,  # type: ignore[arg-type]
        shutterstock_base_url=shutterstock.url,
        openai_api_key=moderation.key,  # type: ignore[arg-type]
        openai_base_url=f"{moderation.url}/v1",
        provider_seconds=4,
    )
    async with factory(settings) as made:
        yield made


async def _steps(running: Factory, handle: Handle) -> dict[str, tuple[str, Decimal, list[str]]]:
    row = await running.row(handle)
    async with running.wiring.database.session() as session:
        found = await running.wiring.videos.steps(session, row.id)
    return {step.step: (step.provider, step.cost, step.passed_over) for step in found}


async def test_footage_is_filmed_credited_and_paid(running: Factory, servers: Servers) -> None:
    pexels, shutterstock, moderation = servers
    pexels.clips = [Shelf(11, "waves-beach", 30)]
    shutterstock.clips = [Shelf(21, "moon-sea", 30, tags=["moon"])]
    handle = await running.ask(FILMED, level=Level.PREMIUM)
    end = await handle.result()
    assert end.status == "published"
    described = (Path(end.location) / "description.txt").read_text()
    assert "Video by Ana Author on Pexels: https://www.pexels.com/video/waves-beach-11/" in described
    assert "Video by Shutterstock contributor 4321" in described
    assert len(moderation.calls("/v1/moderations")) == 1
    assert shutterstock.licensed == ["21"]
    steps = await _steps(running, handle)
    assert steps["footage"][1] == Decimal("0.50")
    assert {*steps["footage"][0].split("+")} <= {"pexels", "shutterstock", "designed"}, "who had nothing is not said to have served"
    assert "designed" in steps["thumbnail"][0] and "openai-image" in " ".join(steps["thumbnail"][2])
    row = await running.row(handle)
    assert row.total_cost == Decimal("0.50")


async def test_a_script_that_moderation_refuses_waits_for_a_person_before_anything_is_made(
    running: Factory, servers: Servers
) -> None:
    pexels, _, _ = servers
    handle = await running.ask(FILMED + "\nThey slaughter them all.\n")
    state: VideoState = await running.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None and "violence shown in detail" in state.parked.detail
    assert not pexels.journal
    assert "speak" not in await running.activities(handle)


async def test_a_library_that_is_down_is_passed_over_with_the_reason(running: Factory, servers: Servers) -> None:
    pexels, _, _ = servers
    pexels.fail_always(outage(503))
    handle = await running.ask(FILMED)
    assert (await handle.result()).status == "published"
    provider, _, passed_over = (await _steps(running, handle))["footage"]
    assert "designed" in provider
    assert any(line.startswith("pexels: Unavailable") or line.startswith("pexels: CircuitOpen") for line in passed_over)
