"""The ledger is audited by schedule: a cent that is lost fails the run, and says where."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.auditing import AuditActivity, LedgerAudit
from activities.errors import interceptors
from models.costs.checker import check_ledger, passed_caps
from models.costs.ledger import Ledger
from models.database import Database
from tests.models.money import OPEN, a_video
from tests.temporal_servers import skipping_server
from workers.runner import BUILD
from workflows.upkeep import LedgerAuditWorkflow


async def test_a_lost_cent_fails_the_run_and_a_whole_ledger_passes_it(database: Database) -> None:
    video = await a_video(database)
    await Ledger(database, OPEN).reserve(
        "a call", provider="openai", operation="script", amount=Decimal("0.10"), video_id=video.video_id, user_id=video.user_id
    )
    audit = AuditActivity(partial(check_ledger, database), partial(passed_caps, database))
    async with (
        await skipping_server() as environment,
        Worker(
            environment.client,
            task_queue="control",
            workflows=[LedgerAuditWorkflow],
            activities=[audit.audit_ledger],
            interceptors=interceptors(),
            build_id=BUILD,
        ),
    ):

        async def run() -> LedgerAudit:
            return await environment.client.execute_workflow(LedgerAuditWorkflow.run, id=f"{uuid4()}", task_queue="control")

        assert await run() == LedgerAudit()
        await database.value("update costs.budgets set reserved = reserved - 0.01 where scope = 'video'")
        with pytest.raises(WorkflowFailureError) as failed:
            await run()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == "LedgerBroken"
        assert "entries say 0.100000 reserved" in str(failed.value.cause)
        await database.value("update costs.budgets set reserved = reserved + 0.01, cap = 0.05 where scope = 'video'")
        [over] = (await run()).over_cap
        assert over.startswith("video ") and over.endswith("0.100000 of 0.050000")
