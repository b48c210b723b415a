"""Delivers outgoing webhooks: one attempt an activity, each of them logged."""

from __future__ import annotations

import json
import time

from temporalio import activity

from activities.webhooks.port import Answer, Deliveries, NotSent, Secrets, Sender
from models.system.delivering import Attempt, DeliveryTask, Due
from models.system.signatures import endpoint_secret, signed_headers


class WebhookActivity:
    """Sends events to the endpoints of users."""

    def __init__(self, deliveries: Deliveries, sender: Sender, secrets: Secrets) -> None:
        self._deliveries, self._sender, self._secrets = deliveries, sender, secrets

    @activity.defn
    async def attempt_delivery(self, task: DeliveryTask) -> Attempt:
        """One attempt. A repeat of a delivered one is sent again under the same event id: receivers know it by that."""
        due = await self._deliveries.due(task.delivery_id)
        if due is None or due.gone:
            because = "The endpoint was deleted or is disabled."
            if due is not None:
                await self._deliveries.given_up(task.delivery_id, because)
            return Attempt(delivered=False, over=True, error=because)
        if due.status == "delivered":
            return Attempt(delivered=True, over=True)
        made, status = await self._send(due)
        await self._deliveries.attempted(task.delivery_id, status, made.error)
        return made

    @activity.defn
    async def give_up_delivery(self, task: DeliveryTask) -> None:
        """The delivery has failed for good; an endpoint that fails too often is sent nothing more."""
        await self._deliveries.given_up(task.delivery_id, task.because, endpoint_is_gone=task.gone)

    async def _send(self, due: Due) -> tuple[Attempt, int | None]:
        body = json.dumps(due.payload, separators=(",", ":"), ensure_ascii=False).encode()
        secret = self._secrets.open(due.sealed_secret, endpoint_secret(due.endpoint_id))
        headers = {
            "content-type": "application/json",
            "user-agent": "YTEMPIRE-Webhooks/1",
            **signed_headers(secret, due.event_id, int(time.time()), body),
        }
        try:
            answer = await self._sender.send(due.url, headers, body)
        except NotSent as error:
            return Attempt(delivered=False, error=str(error)), None
        return _judged(answer), answer.status


def _judged(answer: Answer) -> Attempt:
    if 200 <= answer.status < 300:
        return Attempt(delivered=True, over=True)
    if answer.status == 410:
        return Attempt(delivered=False, gone=True, error="The endpoint answered 410: it is gone.")
    if 300 <= answer.status < 400:
        return Attempt(delivered=False, error=f"The endpoint answered {answer.status}: redirects are not followed.")
    return Attempt(delivered=False, error=f"The endpoint answered {answer.status}.", retry_after=answer.retry_after)
