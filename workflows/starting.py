"""How workflows are started from outside; starting one that is there already is the same as having started it."""

from __future__ import annotations

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from models.ids import video_workflow_id
from models.system.delivering import DeliveryTask
from models.videos.contracts import VideoInput
from workflows.policies import CONTROL

RPC_TIMEOUT = timedelta(seconds=3)


async def start_video(client: Client, video: VideoInput) -> None:
    """Start the workflow of a video. One that runs, or has ended, is left alone.

    Raises:
        RPCError: Temporal is away or refuses.
    """
    request = video.request
    try:
        await client.start_workflow(
            "VideoWorkflow",
            video,
            id=video_workflow_id(video.video_id),
            task_queue=CONTROL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            priority=Priority(
                priority_key=request.priority, fairness_key=str(video.user_id), fairness_weight=float(max(1, video.weight))
            ),
            static_summary=_summary(video),
            rpc_timeout=RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return


async def start_delivery(client: Client, task: DeliveryTask, key: str) -> None:
    """Start the workflow that delivers an outgoing webhook; `key`, the outbox message's, makes it once.

    Raises:
        RPCError: Temporal is away or refuses.
    """
    try:
        await client.start_workflow(
            "WebhookDeliveryWorkflow",
            task,
            id=key,
            task_queue=CONTROL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            priority=Priority(priority_key=5),
            rpc_timeout=RPC_TIMEOUT,
        )
    except WorkflowAlreadyStartedError:
        return


def _summary(video: VideoInput) -> str:
    """One line for the Temporal UI; it takes 200 bytes at most."""
    words = video.request.title or video.request.topic or "the operator's own script"
    text = f"{video.request.format} for {video.channel_name or 'a channel'}: {words}"
    return text.encode()[:180].decode(errors="ignore")
