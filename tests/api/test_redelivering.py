"""A webhook whose run is gone is delivered by another; one whose run goes on has no twin."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.client import Client

from models.system.delivering import SILENT_AFTER, wait_before
from tests.api.conftest import Api
from tests.api.test_videos import ask
from tests.api.test_webhooks import endpoint, log_of, open_api, started, worker
from tests.fakes.receiver import receiver
from tests.temporal_servers import dev_server
from workers.redelivering import Redeliverer

__all__ = ["open_api"]


def looking(api: Api, client: Client, silent_after: timedelta = timedelta(0)) -> Redeliverer:
    """One that takes every delivery for silent."""
    return Redeliverer(client, api.parts.stores.webhooks, silent_after=silent_after)


async def test_a_delivery_whose_run_was_ended_is_given_to_another_once(open_api: Api, temporal: Client) -> None:
    api, user = open_api, await open_api.user()
    async with receiver() as target:
        await endpoint(api, user, target.url)
        await ask(user)
        assert await looking(api, temporal).look() == 0, "the outbox has still to start it"
        (first,) = await started(api, temporal)
        assert await looking(api, temporal).look() == 0, "its run goes on"
        await temporal.get_workflow_handle(first).terminate()
        assert await looking(api, temporal, timedelta(hours=1)).look() == 0, "it was asked for a moment ago"
        assert sum(await asyncio.gather(*(looking(api, temporal).look() for _ in range(4)))) == 1
        async with worker(api, temporal):
            (second,) = await started(api, temporal)
            await temporal.get_workflow_handle(second).result()
        assert await looking(api, temporal).look() == 0
        assert len(target.received) == 1 and (await log_of(user))[0]["status"] == "delivered"


async def test_a_delivery_that_was_tried_before_temporal_lost_everything_is_tried_on(open_api: Api, temporal: Client) -> None:
    api, user = open_api, await open_api.user()
    async with receiver() as target:
        target.answers = [500]
        await endpoint(api, user, target.url)
        await ask(user)
        async with worker(api, temporal):
            await started(api, temporal)
            for _ in range(200):
                if target.received:
                    break
                await asyncio.sleep(0.05)
        async with await dev_server() as empty:
            for _ in range(2):  # a run of its own each time that one is lost
                assert await looking(api, empty.client).look() == 1
                (again,) = await started(api, empty.client)
                await empty.client.get_workflow_handle(again).terminate()
            assert await looking(api, empty.client).look() == 1
            async with worker(api, empty.client):
                (again,) = await started(api, empty.client)
                assert (await empty.client.get_workflow_handle(again).result())["delivered"]
        assert len(target.received) == 2 and (await log_of(user))[0]["status"] == "delivered"


def test_nobody_is_asked_after_while_it_may_only_be_waiting() -> None:
    assert wait_before(99, 10.0) < SILENT_AFTER
