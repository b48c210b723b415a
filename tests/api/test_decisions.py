"""People's decisions reach the workflow of the video, and its refusals come back in its own words."""

from __future__ import annotations

from uuid import UUID, uuid4

from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.database import Database
from models.settings import Settings
from models.videos.contracts import VideoInput
from models.videos.decisions import BudgetRaise, Decision, ScriptEdit
from models.videos.status import VideoStatus
from tests.api.conftest import running
from tests.api.test_videos import ask
from tests.api.test_webhooks import endpoint, event, n8n
from tests.temporal_servers import dev_server
from workers.runner import BUILD


@workflow.defn(name="VideoWorkflow")
class Waiting:
    """Takes decisions as the real workflow does and remembers them."""

    @workflow.init
    def __init__(self, video: VideoInput) -> None:
        self.taken: list[str] = []

    @workflow.run
    async def run(self, video: VideoInput) -> list[str]:
        await workflow.wait_condition(lambda: "cancel" in self.taken)
        return self.taken

    @workflow.update
    async def approve(self, decision: Decision) -> None:
        self.taken.append(f"approve {decision.reason}")

    @approve.validator
    def _may(self, decision: Decision) -> None:
        if self.taken:
            raise ValueError("It does not wait for approval.")

    @workflow.update
    async def reject(self, decision: Decision) -> None:
        self.taken.append(f"reject {decision.reason}")

    @workflow.update
    async def raise_budget(self, budget: BudgetRaise) -> None:
        self.taken.append(f"budget {budget.cap}")

    @workflow.update
    async def edit_script(self, edit: ScriptEdit) -> None:
        self.taken.append(edit.script.kind)

    @workflow.update
    async def cancel(self, decision: Decision) -> None:
        self.taken.append("cancel")


async def test_n8n_approves_what_passed_and_rejects_only_what_did_not_pass(
    settings: Settings, database: Database, temporal: Client
) -> None:
    """The film's own score is low, and a person has gone on in spite of it."""
    async with (
        running(settings, database, temporal) as api,
        Worker(temporal, task_queue="control", workflows=[Waiting], workflow_runner=UnsandboxedWorkflowRunner(), build_id=BUILD),
    ):
        user = await api.user()
        made = await endpoint(api, user, "https://n8n.example.com/hook")
        video = await ask(user)
        await api.parts.stores.videos.record_status(UUID(str(video["id"])), VideoStatus.AWAITING_APPROVAL)
        await database.value("update videos.video_records set quality_score = 40 returning id")
        for verdict, decision in (
            ({}, "STOP"),
            ({"passed": True, "score": 41}, "STOP"),
            ({"passed": True, "note": "fine"}, "CONTINUE"),
            ({"passed": False, "note": "blurred", "score": 99}, "STOP"),
        ):
            answer = await n8n(api, "quality-check", made["secret"], event(video["id"], **verdict), made["id"])
            assert answer.json()["decision"] == decision, answer.text
        assert (await user.http.post(f"/api/v1/videos/{video['id']}/cancel")).status_code == 200
        taken = await temporal.get_workflow_handle(f"video-{video['id']}").result()
        assert taken == ["approve fine", "reject blurred", "cancel"]


async def test_decisions_are_taken_refused_in_words_and_each_is_one(
    settings: Settings, database: Database, temporal: Client
) -> None:
    async with (
        running(settings, database, temporal) as api,
        Worker(temporal, task_queue="control", workflows=[Waiting], workflow_runner=UnsandboxedWorkflowRunner(), build_id=BUILD),
    ):
        user = await api.user()
        video = await ask(user, priority=1)
        own = f"/api/v1/videos/{video['id']}"
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(2):
            good = await user.http.post(f"{own}/approve", json={"reason": "fine"}, headers=key)
            assert good.status_code == 200 and good.json()["decision"] == "approve", good.text
        again = await user.http.post(f"{own}/approve")
        assert again.status_code == 409 and again.json()["detail"] == "It does not wait for approval."
        assert (await user.http.post(f"{own}/budget", json={"cap": "5.00"})).status_code == 200
        assert (await user.http.post(f"{own}/script", json={"script": "# Sky\n\nIt is blue."})).status_code == 200
        kept = await database.value(
            "select request->'script'->>'kind' from videos.video_records where id = $1", UUID(str(video["id"]))
        )
        assert kept == "source-script", "should the run be lost, it is made from this one"
        assert (await user.http.post(f"{own}/script", json={"script": "---\nbroken: [\n---\nx"})).status_code == 422
        off = {"Idempotency-Key": "off"}
        assert (await user.http.post(f"{own}/cancel", headers=off)).status_code == 200
        handle = temporal.get_workflow_handle(f"video-{video['id']}")
        assert await handle.result() == ["approve fine", "budget 5.000000", "source-script", "cancel"]
        described = await handle.describe()
        started = await anext(handle.fetch_history_events().__aiter__())
        priority = started.workflow_execution_started_event_attributes.priority
        assert (priority.priority_key, priority.fairness_key, priority.fairness_weight) == (1, str(user.id), 3.0)
        assert described.task_queue == "control"
        late = await user.http.post(f"{own}/retry")
        assert late.status_code == 503, "ended in Temporal, and the row does not say so yet"
        await api.parts.stores.videos.record_status(video["id"], VideoStatus.CANCELLED)  # type: ignore[arg-type]
        over = await user.http.post(f"{own}/retry")
        assert over.status_code == 409 and "cancelled" in over.json()["detail"]
        other = await user.http.post(f"{own}/cancel", headers={"Idempotency-Key": "another"})
        assert other.status_code == 409 and "cancelled" in other.json()["detail"]
        lost = "update system.idempotency_keys set status = null, answer = null, locked_until = now() - interval '1 second'"
        await database.value(f"{lost} where key = 'off' returning key")
        again = await user.http.post(f"{own}/cancel", headers=off)
        assert again.status_code == 200 and again.json()["decision"] == "cancel", again.text


async def test_a_decision_on_a_run_that_was_terminated_or_lost_is_answered_with_what_happened(
    settings: Settings, database: Database, temporal: Client
) -> None:
    async with running(settings, database, temporal) as api:
        user = await api.user()
        own = f"/api/v1/videos/{(await ask(user))['id']}"
        await temporal.get_workflow_handle(f"video-{own.rpartition('/')[2]}").terminate(reason="stuck")
        for decision in ("retry", "cancel", "approve"):
            answer = await user.http.post(f"{own}/{decision}")
            assert answer.status_code == 409, answer.text
            told = answer.json()
            assert told["detail"].startswith("Its run was terminated in Temporal: stuck.")
            assert "Ask for the video anew" in told["hint"]
    async with await dev_server() as empty, running(settings, database, empty.client) as api:
        user.http.base_url = api.url
        lost = await user.http.post(f"{own}/retry")
        assert lost.status_code == 503 and lost.json()["detail"].startswith("Temporal has lost the run of this video.")
        assert await database.value("update system.outbox set sent_at = null returning key")
        waits = await user.http.post(f"{own}/retry")
        assert waits.status_code == 503 and "has not been started yet" in waits.json()["detail"]
