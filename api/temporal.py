"""What the API says to Temporal, in bounded time: start a video, pass on a person's decision, ask what became of a run."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import structlog
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.errors import ComponentDown, Conflict
from models.ids import video_workflow_id
from models.videos.contracts import VideoInput
from models.videos.decisions import Decision
from models.videos.fates import Fate
from workflows.asking import fate_of
from workflows.starting import start_video

log = structlog.get_logger("api")

START_SECONDS = 2.0
"""How long accepting a video waits for Temporal before it leaves the start to the outbox."""
UPDATE_SECONDS = 10.0
PAUSE_SECONDS = 5.0
"""After a failure Temporal is not asked again for this long: accepting stays quick while it is away."""


class Temporal:
    """Temporal as the API sees it: sometimes away."""

    def __init__(self, client: Client, ui_url: str = "") -> None:
        self._client = client
        self._ui_url = ui_url.rstrip("/")
        self._quiet_until = 0.0

    async def start(self, video: VideoInput) -> bool:
        """Try to start the workflow of a new video at once; False leaves it to the outbox."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            async with asyncio.timeout(START_SECONDS):
                await start_video(self._client, video)
        except (RPCError, RuntimeError, OSError, TimeoutError) as error:
            self._quiet_until = time.monotonic() + PAUSE_SECONDS
            log.warning(
                "Temporal did not take a video; the outbox starts it later", video=str(video.video_id), error=str(error)[:200]
            )
            return False
        return True

    async def decide(self, video_id: UUID, update: str, decision: Decision, operation: UUID) -> None:
        """Pass a person's decision to the workflow of a video. The same operation twice is one decision.

        Raises:
            Conflict: the workflow refuses it in its present state, or has ended.
            ComponentDown: Temporal or its workers do not answer now.
        """
        handle = self._client.get_workflow_handle(video_workflow_id(video_id))
        try:
            async with asyncio.timeout(UPDATE_SECONDS):
                await handle.execute_update(update, decision, id=str(operation), rpc_timeout=timedelta(seconds=UPDATE_SECONDS))
        except WorkflowUpdateFailedError as error:
            raise Conflict(_words_of(error.cause), hint="GET the video to see its present state.") from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise WorkflowGone from error
            raise _away() from error
        except (WorkflowUpdateRPCTimeoutOrCancelledError, RuntimeError, OSError, TimeoutError) as error:
            raise _away() from error

    async def fate(self, video_id: UUID) -> Fate:
        """What became of the newest run of a video.

        Raises:
            ComponentDown: Temporal does not answer now.
        """
        return await fate_of(self._client, video_id)

    async def is_serving(self) -> bool:
        """Whether Temporal answers within a second."""
        try:
            async with asyncio.timeout(1.0):
                return await self._client.service_client.check_health(timeout=timedelta(seconds=1))
        except (RPCError, RuntimeError, OSError, TimeoutError):
            return False

    def link(self, workflow_id: str, run_id: str = "") -> str:
        """The page of a run in the Temporal UI; empty where no UI is configured."""
        if not self._ui_url:
            return ""
        page = f"{self._ui_url}/namespaces/{self._client.namespace}/workflows/{workflow_id}"
        return f"{page}/{run_id}/history" if run_id else page


class WorkflowGone(Exception):
    """No such workflow runs: it has ended, or was not started yet."""


def _away() -> ComponentDown:
    return ComponentDown(
        "The video's workflow does not answer just now.",
        hint="Send the decision again in a moment, with the same Idempotency-Key.",
    )


def _words_of(cause: BaseException | None) -> str:
    if isinstance(cause, ApplicationError):
        return cause.message
    return str(cause) if cause else "The video does not take this decision now."
