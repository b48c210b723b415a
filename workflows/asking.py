"""How Temporal is asked what became of a run; the newest one, so that a run that was reset is seen as it goes on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHistoryEventFilterType,
)
from temporalio.service import RPCError, RPCStatusCode

from models.errors import ComponentDown
from models.ids import video_workflow_id
from models.videos.contracts import VideoOutcome
from models.videos.fates import Fate, RunState

RPC_TIMEOUT = timedelta(seconds=3)
SERVER = "history-service"
"""Who ends a run that has grown over a limit of Temporal's own."""
ENDS = {
    WorkflowExecutionStatus.COMPLETED: RunState.COMPLETED,
    WorkflowExecutionStatus.FAILED: RunState.FAILED,
    WorkflowExecutionStatus.CANCELED: RunState.CANCELLED,
    WorkflowExecutionStatus.TERMINATED: RunState.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: RunState.TIMED_OUT,
}
"""Any other state is one that the run goes on from."""


async def fate_of(client: Client, video_id: UUID) -> Fate:
    """What became of a video's newest run.

    Raises:
        ComponentDown: Temporal is away, or is not the one that keeps our runs; or it has lost a part of this run's history.
    """
    try:
        described = await _described(client, video_workflow_id(video_id))
        if described is None:
            return Fate(state=RunState.LOST)
        state = ENDS.get(described.status, RunState.RUNNING) if described.status else RunState.RUNNING
        if state is RunState.RUNNING:
            return Fate(state=state, run_id=described.run_id)
        return await _ended(client, described, state)
    except (RPCError, RuntimeError, OSError, TimeoutError) as error:
        raise ComponentDown(f"Temporal does not say what became of the run of video {video_id}: {error}.") from error


async def still_runs(client: Client, workflow_id: str) -> bool:
    """Whether a workflow goes on.

    Raises:
        ComponentDown: Temporal is away, or is not the one that keeps our runs.
    """
    try:
        described = await _described(client, workflow_id)
    except (RPCError, RuntimeError, OSError, TimeoutError) as error:
        raise ComponentDown(f"Temporal does not say whether {workflow_id} still runs: {error}.") from error
    return described is not None and described.status not in ENDS


async def outcome_of(client: Client, video_id: UUID, run_id: str) -> VideoOutcome:
    """What a completed run of a video answered.

    Raises:
        RPCError: Temporal is away.
    """
    run = client.get_workflow_handle(video_workflow_id(video_id), run_id=run_id, result_type=VideoOutcome)
    outcome: VideoOutcome = await run.result(follow_runs=False, rpc_timeout=RPC_TIMEOUT)
    return outcome


async def _described(client: Client, workflow_id: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(workflow_id).describe(rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or _is_namespace(error):
            raise
        return None


async def _ended(client: Client, described: WorkflowExecutionDescription, state: RunState) -> Fate:
    known: dict[str, object] = {"state": state, "run_id": described.run_id, "closed_at": described.close_time}
    run = client.get_workflow_handle(described.id, run_id=described.run_id)
    closing = run.fetch_history_events(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT, rpc_timeout=RPC_TIMEOUT)
    async for event in closing:
        known |= _said(event)
    return Fate.model_validate(known)


def _said(event: HistoryEvent) -> dict[str, object]:
    """What the last event of a run says about who ended it and why."""
    if event.HasField("workflow_execution_terminated_event_attributes"):
        ended = event.workflow_execution_terminated_event_attributes
        by_server = ended.identity == SERVER
        return {"why": ended.reason[:500], "by": "" if by_server else ended.identity[:200], "by_server": by_server}
    if event.HasField("workflow_execution_failed_event_attributes"):
        return {"why": event.workflow_execution_failed_event_attributes.failure.message[:500]}
    return {}


def _is_namespace(error: RPCError) -> bool:
    """Not our run is missing, but the place where all runs are kept."""
    details = error.grpc_status.details if error.grpc_status else ()
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in details)
