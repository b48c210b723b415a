"""Work that schedules start: a short workflow for each, so that its runs and failures are seen in the Temporal UI."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.auditing import AuditActivity, LedgerAudit
    from activities.retention import Forgotten, RetentionActivity
    from activities.upload.upkeep import YouTubeUpkeep
    from models.youtube.contracts import TokenCheck

FEW_TRIES = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_attempts=3)
"""The next run comes by itself."""


@workflow.defn
class YouTubeTokensWorkflow:
    """Every minute: tokens that end soon are renewed, people are warned of access that dies."""

    @workflow.run
    async def run(self) -> TokenCheck:
        """What was done."""
        return await workflow.execute_activity_method(
            YouTubeUpkeep.keep_tokens_alive, start_to_close_timeout=timedelta(minutes=5), retry_policy=FEW_TRIES
        )


@workflow.defn
class YouTubeAccountsWorkflow:
    """Every hour: accounts with errors are asked again, slots of ended videos given back."""

    @workflow.run
    async def run(self) -> TokenCheck:
        """What was done."""
        return await workflow.execute_activity_method(
            YouTubeUpkeep.probe_accounts, start_to_close_timeout=timedelta(minutes=10), retry_policy=FEW_TRIES
        )


@workflow.defn
class LedgerAuditWorkflow:
    """Every hour: do the ledger's entries, the budgets and the videos tell the same story?"""

    @workflow.run
    async def run(self) -> LedgerAudit:
        """What was found. A ledger that does not add up fails the run, where a person sees it."""
        audit = await workflow.execute_activity_method(
            AuditActivity.audit_ledger, start_to_close_timeout=timedelta(minutes=5), retry_policy=FEW_TRIES
        )
        if audit.problems:
            told = "; ".join(audit.problems)
            raise ApplicationError(f"The ledger does not add up: {told}", type="LedgerBroken", non_retryable=True)
        return audit


@workflow.defn
class RetentionWorkflow:
    """Every day: logs and one-time rows that are older than they are kept."""

    @workflow.run
    async def run(self) -> Forgotten:
        """How many rows of which table went."""
        return await workflow.execute_activity_method(
            RetentionActivity.forget_old_rows, start_to_close_timeout=timedelta(minutes=30), retry_policy=FEW_TRIES
        )
