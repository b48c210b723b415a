"""Every workflow of the platform, as workers register and replays know them."""

from __future__ import annotations

from workflows.extras import LaterExtrasWorkflow
from workflows.upkeep import LedgerAuditWorkflow, RetentionWorkflow, YouTubeAccountsWorkflow, YouTubeTokensWorkflow
from workflows.video import VideoWorkflow
from workflows.webhooks import WebhookDeliveryWorkflow

WORKFLOWS: tuple[type, ...] = (
    VideoWorkflow, LaterExtrasWorkflow, WebhookDeliveryWorkflow, YouTubeTokensWorkflow, YouTubeAccountsWorkflow,
    LedgerAuditWorkflow, RetentionWorkflow,
)  # fmt: skip
