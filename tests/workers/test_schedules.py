"""Schedules are made once, follow the code, and keep a person's pause."""

from __future__ import annotations

from datetime import timedelta

from models.settings import Settings
from tests.temporal_servers import dev_server
from workers.schedules import ensure_schedules, planned


async def test_schedules_are_made_once_and_a_pause_survives_a_restart(settings: Settings) -> None:
    settings = settings.model_copy(update={"youtube_client_id": "p1-client"})
    async with await dev_server() as environment:
        client = environment.client
        await ensure_schedules(client, settings)
        await client.get_schedule_handle("youtube-tokens").pause(note="a person's")
        await ensure_schedules(client, settings)
        tokens = (await client.get_schedule_handle("youtube-tokens").describe()).schedule
        assert tokens.state.paused and tokens.state.note == "a person's"
        assert [one.every for one in tokens.spec.intervals] == [timedelta(minutes=1)]
        assert (await client.get_schedule_handle("youtube-accounts").describe()).schedule.spec.intervals[0].every == timedelta(
            hours=1
        )


def test_every_installation_audits_its_ledger_and_keeps_tokens_only_with_youtube(settings: Settings) -> None:
    assert [plan.name for plan in planned(settings)] == ["ledger-audit", "forget-old-rows"]
    with_youtube = settings.model_copy(update={"youtube_client_id": "p1-client"})
    assert {plan.name for plan in planned(with_youtube)} == {
        "ledger-audit",
        "forget-old-rows",
        "youtube-tokens",
        "youtube-accounts",
    }
