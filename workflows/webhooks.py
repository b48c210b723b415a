"""WebhookDeliveryWorkflow: one event to one endpoint, tried for a day."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.webhooks.activity import WebhookActivity
    from models.system.delivering import GIVE_UP_AFTER, Attempt, Delivered, DeliveryTask, wait_before
    from workflows.failures import read_failure

ONCE = timedelta(seconds=30)
PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1), maximum_attempts=0)
"""For our own database; what the endpoint answers is no failure of the activity."""


@workflow.defn
class WebhookDeliveryWorkflow:
    """Tries, waits longer each time, and gives up after a day or when the endpoint says that it is gone."""

    @workflow.run
    async def run(self, task: DeliveryTask) -> Delivered:
        """Deliver it, or say why not."""
        began, tries = workflow.now(), 0
        while True:
            tries += 1
            made = await self._attempt(task, tries)
            if made.over:
                return Delivered(delivered=made.delivered, attempts=tries, error=made.error)
            wait = wait_before(tries + 1, task.first_wait, made.retry_after)
            if made.gone or workflow.now() - began + wait > GIVE_UP_AFTER:
                return await self._give_up(task, made, tries)
            workflow.set_current_details(f"Attempt {tries}: {made.error} Again in {wait}.")
            await workflow.sleep(wait, summary=f"after attempt {tries}: {made.error}"[:180])

    @staticmethod
    async def _attempt(task: DeliveryTask, tries: int) -> Attempt:
        try:
            made: Attempt = await workflow.execute_activity_method(
                WebhookActivity.attempt_delivery,
                task,
                start_to_close_timeout=ONCE,
                retry_policy=PATIENT,
                summary=f"attempt {tries}",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            # A fault of our own, such as a key that is missing: the delivery waits for it to be mended, and never for ever.
            return Attempt(delivered=False, error=f"The platform itself could not send it ({read_failure(error).type}).")
        return made

    async def _give_up(self, task: DeliveryTask, made: Attempt, tries: int) -> Delivered:
        because = made.error if made.gone else f"Given up after a day and {tries} attempts. {made.error}"
        ended = task.model_copy(update={"because": because, "gone": made.gone})
        await workflow.execute_activity_method(
            WebhookActivity.give_up_delivery, ended, start_to_close_timeout=ONCE, retry_policy=PATIENT, summary="given up"
        )
        return Delivered(delivered=False, attempts=tries, error=because)
