"""Webhooks: signed, delivered by a durable workflow, logged, sent again; and N8N's own, handled once."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.addresses import is_public
from activities.errors import interceptors
from activities.webhooks.activity import WebhookActivity
from activities.webhooks.port import NotSent
from activities.webhooks.sender import HttpSender
from models.database import Database
from models.errors import Misconfigured
from models.settings import Settings
from models.system.delivering import Attempt, DeliveryTask, wait_before
from models.system.signatures import body_signature
from models.system.webhooks import DELIVER
from models.videos.status import VideoStatus
from tests.api.conftest import Api, User, running
from tests.api.test_videos import ask
from tests.fakes.receiver import Receiver, receiver
from tests.temporal_servers import skipping_server
from workers.outbox import sweep
from workers.runner import BUILD
from workflows.webhooks import WebhookDeliveryWorkflow

HOOKS = "/api/v1/webhooks"


@pytest_asyncio.fixture
async def open_api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    """An API that may send events to loopback."""
    async with running(settings.model_copy(update={"webhook_private_addresses": True}), database) as api:
        yield api


async def endpoint(api: Api, user: User, url: str, *events: str) -> dict[str, Any]:
    made = await user.http.post(f"{HOOKS}/endpoints", json={"url": url, "events": list(events or ("video.*",))})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def started(api: Api, client: Client) -> list[str]:
    """Start the deliveries that wait, with short waits between their attempts."""
    await api.database.value("update system.outbox set payload = payload || '{\"first_wait\": 0.05}' where kind = $1", DELIVER)
    waiting = await api.database.rows("select key from system.outbox where kind = $1 and sent_at is null", DELIVER)
    await sweep(api.database, client)
    return [row["key"] for row in waiting]


async def log_of(user: User) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await user.http.get(f"{HOOKS}/deliveries")).json()["items"]
    return items


def worker(api: Api, client: Client) -> Worker:
    acts = WebhookActivity(api.parts.stores.webhooks, HttpSender(private_too=True), api.parts.cipher)
    return Worker(
        client, task_queue="control", workflows=[WebhookDeliveryWorkflow], build_id=BUILD,
        activities=[acts.attempt_delivery, acts.give_up_delivery],
    )  # fmt: skip


async def test_an_event_is_delivered_signed_retried_logged_and_sent_again(open_api: Api, temporal: Client) -> None:
    api, user = open_api, await open_api.user()
    async with receiver() as target, worker(api, temporal):
        target.answers = [500, 302]
        made = await endpoint(api, user, f"{target.url}/hook")
        video = await ask(user)
        (key,) = await started(api, temporal)
        outcome = await temporal.get_workflow_handle(key).result()
        assert outcome["delivered"] and outcome["attempts"] == 3
        (line,) = await log_of(user)
        assert line["status"] == "delivered" and line["attempts"] == 3 and line["event_type"] == "video.queued"
        _check_signature(made["secret"], target)
        body = json.loads(target.received[-1].body)
        assert body["data"]["video_id"] == video["id"] and {one.body for one in target.received} == {target.received[0].body}
        again = await user.http.post(f"{HOOKS}/deliveries/{line['id']}/redeliver")
        assert again.status_code == 202 and again.json()["status"] == "waiting"
        assert (await user.http.post(f"{HOOKS}/deliveries/{line['id']}/redeliver")).status_code == 409
        (second,) = await started(api, temporal)
        await temporal.get_workflow_handle(second).result()
        assert len(target.received) == 4 and len({one.headers["webhook-id"] for one in target.received}) == 1


async def test_a_delivery_that_failed_before_anything_was_sent_can_be_sent_again_each_time(open_api: Api) -> None:
    """A fault of the platform's own ends a delivery without an attempt that is logged."""
    api, user = open_api, await open_api.user()
    await endpoint(api, user, "http://127.0.0.1:9/hook")
    await ask(user)
    (line,) = await log_of(user)
    for _ in range(2):
        await api.parts.stores.webhooks.given_up(UUID(line["id"]), "The platform itself could not send it.")
        again = await user.http.post(f"{HOOKS}/deliveries/{line['id']}/redeliver")
        assert again.status_code == 202, again.text
    keys = await api.database.rows("select key from system.outbox where kind = $1", DELIVER)
    assert len(keys) == 3, "each has a run of its own"


def _check_signature(secret: str, target: Receiver) -> None:
    for one in target.received:
        stamp = one.headers["webhook-timestamp"]
        assert abs(time.time() - int(stamp)) < 60
        signed = f"{one.headers['webhook-id']}.{stamp}.".encode() + one.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert one.headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


async def test_an_endpoint_that_is_gone_is_sent_nothing_more(open_api: Api, temporal: Client) -> None:
    api, user = open_api, await open_api.user()
    async with receiver() as target, worker(api, temporal):
        target.answers = [410]
        await endpoint(api, user, target.url)
        await ask(user)
        (key,) = await started(api, temporal)
        assert not (await temporal.get_workflow_handle(key).result())["delivered"]
        assert (await log_of(user))[0]["status"] == "failed"
        shown = (await user.http.get(f"{HOOKS}/endpoints")).json()["items"][0]
        assert shown["disabled_at"] and "410" in shown["disabled_because"]
        await ask(user)
        assert await started(api, temporal) == [] and len(target.received) == 1


async def test_only_events_that_were_asked_for_go_out_and_only_to_their_owner(open_api: Api) -> None:
    api, ana, eve = open_api, await open_api.user("ana"), await open_api.user("eve")
    await endpoint(api, ana, "http://127.0.0.1:1/a", "video.failed")
    await endpoint(api, eve, "http://127.0.0.1:1/b", "video.*", "cost.*")
    video = await ask(ana)
    await api.parts.stores.videos.record_status(video["id"], VideoStatus.SCRIPTING)  # type: ignore[arg-type]
    assert await log_of(ana) == []
    await api.parts.stores.videos.record_status(video["id"], VideoStatus.FAILED, error="no luck")  # type: ignore[arg-type]
    assert [line["event_type"] for line in await log_of(ana)] == ["video.failed"]
    assert await log_of(eve) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "https://localhost/x", "https://127.0.0.1/x", "https://10.0.0.1/x", "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data", "https://user:pass@example.com/", "https://[::ffff:127.0.0.1]/", "https://a.internal/",
    ],
)  # fmt: skip
async def test_addresses_inside_are_refused(api: Api, url: str) -> None:
    user = await api.user()
    answer = await user.http.post(f"{HOOKS}/endpoints", json={"url": url, "events": ["video.*"]})
    assert answer.status_code == 403, answer.text


async def test_a_name_that_leads_inside_is_not_called() -> None:
    with pytest.raises(NotSent, match="private address"):
        await HttpSender().send("https://localhost:1/hook", {}, b"{}")
    with pytest.raises(NotSent, match="https"):
        await HttpSender().send("http://example.com/hook", {}, b"{}")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("0.0.0.0", False),
        ("::1", False), ("fd00::1", False), ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("224.0.0.1", False),
        ("::127.0.0.1", False), ("64:ff9b:1::7f00:1", False),
        ("fec0::1", False), ("192.0.0.8", False), ("3fff::1", False),
    ],
)  # fmt: skip
def test_public_addresses_are_told_from_all_others(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_waits_grow_to_two_hours_and_respect_what_the_endpoint_asks() -> None:
    waits = [wait_before(attempt, 10.0) for attempt in range(2, 30)]
    assert waits[0] == timedelta(seconds=10) and waits == sorted(waits) and waits[-1] == timedelta(hours=2)
    assert wait_before(2, 10.0, 60) == timedelta(minutes=1) and wait_before(2, 10.0, 1e9) == timedelta(hours=2)
    assert wait_before(2, 10.0, 1e20) == wait_before(2, 10.0, float("inf")) == timedelta(hours=2), "no answer breaks the delivery"


async def test_a_delivery_is_tried_for_a_day_and_then_given_up() -> None:
    calls: list[str] = []

    @activity.defn(name="attempt_delivery")
    async def attempt(task: DeliveryTask) -> Attempt:
        calls.append("attempt")
        return Attempt(delivered=False, error="The endpoint answered 500.")

    @activity.defn(name="give_up_delivery")
    async def give_up(task: DeliveryTask) -> None:
        calls.append(task.because)

    async with (
        await skipping_server() as skipping,
        Worker(
            skipping.client,
            task_queue="control",
            workflows=[WebhookDeliveryWorkflow],
            activities=[attempt, give_up],
            build_id=BUILD,
        ),
    ):
        outcome = await skipping.client.execute_workflow(
            WebhookDeliveryWorkflow.run, DeliveryTask(delivery_id=uuid4()), id="given-up", task_queue="control"
        )
    waited = sum((wait_before(attempt, 10.0) for attempt in range(2, outcome.attempts + 1)), timedelta())
    assert waited <= timedelta(days=1) < waited + wait_before(outcome.attempts + 1, 10.0)
    assert not outcome.delivered and len(calls) == outcome.attempts + 1 and "500" in calls[-1]


async def test_a_delivery_that_the_platform_itself_cannot_send_is_tried_again_and_ends() -> None:
    tries = 0

    @activity.defn(name="attempt_delivery")
    async def attempt(_: DeliveryTask) -> Attempt:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Misconfigured("A stored secret needs a key that is not set.")
        return Attempt(delivered=True, over=True)

    async with (
        await skipping_server() as skipping,
        Worker(
            skipping.client, task_queue="control", workflows=[WebhookDeliveryWorkflow], activities=[attempt],
            interceptors=interceptors(), build_id=BUILD,
        ),
    ):  # fmt: skip
        task = DeliveryTask(delivery_id=uuid4())
        outcome = await skipping.client.execute_workflow(WebhookDeliveryWorkflow.run, task, id="mended", task_queue="control")
    assert (outcome.delivered, outcome.attempts) == (True, 2)


async def n8n(api: Api, kind: str, secret: str, event: dict[str, Any], endpoint_id: str = "", signature: str = "") -> Any:
    raw = json.dumps(event).encode()
    headers = {"X-N8N-Signature": signature or body_signature(secret, raw), "Content-Type": "application/json"}
    if endpoint_id:
        headers["X-Ytempire-Endpoint"] = endpoint_id
    return await api.http.post(f"{HOOKS}/n8n/{kind}", content=raw, headers=headers)


def event(video_id: object, **more: object) -> dict[str, Any]:
    return {"event_id": f"e-{uuid4()}", "timestamp": int(time.time()), "video_id": str(video_id), **more}


async def test_n8n_is_told_to_stop_when_the_money_is_spent_and_each_event_is_handled_once(open_api: Api) -> None:
    api, user = open_api, await open_api.user()
    made = await endpoint(api, user, "http://127.0.0.1:1/x", "cost.*")
    video = await ask(user)
    going = await n8n(api, "cost-alert", made["secret"], event(video["id"], cost="1.00"), made["id"])
    assert going.status_code == 200 and going.json()["decision"] == "CONTINUE", going.text
    over = event(video["id"], cost="3.00")
    answers = await asyncio.gather(*(n8n(api, "cost-alert", made["secret"], over, made["id"]) for _ in range(4)))
    assert {answer.json()["decision"] for answer in answers if answer.status_code == 200} == {"STOP"}
    again = await n8n(api, "cost-alert", made["secret"], over, made["id"])
    assert again.json()["decision"] == "STOP" and again.json()["repeated"] is True
    assert [line["event_type"] for line in await log_of(user)] == ["cost.alert"]


async def test_n8n_events_with_wrong_signatures_times_or_videos_are_refused(open_api: Api) -> None:
    api, ana, eve = open_api, await open_api.user("ana"), await open_api.user("eve")
    made = await endpoint(api, eve, "http://127.0.0.1:1/x")
    video, own = await ask(ana), await ask(eve)
    theirs = await n8n(api, "video-complete", made["secret"], event(video["id"]), made["id"])
    assert theirs.status_code == 404
    old = event(own["id"]) | {"timestamp": int(time.time()) - 400}
    assert (await n8n(api, "video-complete", made["secret"], old, made["id"])).status_code == 401
    for secret, endpoint_id in (
        ("wrong", made["id"]),
        (made["secret"], str(uuid4())),
        ("", ""),
        ("nobody's", ""),
        ("nobody's", str(uuid4())),
    ):
        answer = await n8n(api, "video-complete", secret, event(own["id"]), endpoint_id, signature="" if secret else "00")
        assert answer.status_code == 401, (secret, endpoint_id)
    assert (await n8n(api, "video-complete", made["secret"], event(own["id"]), made["id"])).json()["decision"] == "CONTINUE"


async def test_a_bad_check_by_n8n_stops_a_video(open_api: Api) -> None:
    api, user = open_api, await open_api.user()
    made = await endpoint(api, user, "http://127.0.0.1:1/x")
    video = await ask(user)
    bad = await n8n(api, "quality-check", made["secret"], event(video["id"], passed=False, note="blurred"), made["id"])
    assert bad.json() | {"decision": "STOP", "reason": "blurred"} == bad.json()
    low = await n8n(api, "quality-check", made["secret"], event(video["id"], score=41), made["id"])
    assert low.json()["decision"] == "STOP" and "41" in low.json()["reason"]
