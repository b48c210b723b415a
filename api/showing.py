"""Rows of videos as they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from api.accepting import AcceptedVideo
from api.middleware import PREFIX
from api.schemas.videos import (
    Accepted,
    ArtifactKind,
    VideoCost,
    VideoDetail,
    VideoLinks,
)
from api.services import Services
from models.costs.contracts import CostLine
from models.money import ZERO
from models.videos.tables import VideoRecord

_KINDS = frozenset(ArtifactKind)


def links_of(parts: Services, record: VideoRecord) -> VideoLinks:
    """Where to go on from a video."""
    return _links(parts, record.id, record.workflow_id, record.run_id)


def _links(parts: Services, video_id: UUID, workflow_id: str, run_id: str) -> VideoLinks:
    return VideoLinks.model_validate(_addresses(parts, f"{PREFIX}/videos/{video_id}", video_id, workflow_id, run_id))


def _addresses(parts: Services, own: str, video_id: UUID, workflow_id: str, run_id: str) -> dict[str, str]:
    return {
        "self": own,
        "events": f"{own}/events",
        "cost": f"{own}/cost",
        "console": f"/#video/{video_id}",
        "temporal": parts.temporal.link(workflow_id, run_id),
    }


def artifact_link(parts: Services, video_id: UUID, kind: str) -> str:
    """A signed link of the newest artifact of a kind."""
    return parts.signer.link(f"{PREFIX}/videos/{video_id}/artifacts/{kind}")


def accepted(parts: Services, video: AcceptedVideo) -> Accepted:
    """A video that was just accepted."""
    record = video.record
    return Accepted.model_validate(
        {
            "id": record.id,
            "status": record.status,
            "title": record.title,
            "estimated_cost": record.estimated_cost,
            "started": video.started,
            "warnings": video.warnings,
            "links": links_of(parts, record),
        }
    )


def summaries(parts: Services, rows: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
    """Videos in a list, from rows of the listing: the fields of `VideoSummary`, not validated once more one by one."""
    return [_listed(parts, dict(row)) for row in rows]


def _listed(parts: Services, row: dict[str, Any]) -> dict[str, Any]:
    own = f"{PREFIX}/videos/{row['id']}"
    reason, until = row.pop("park_reason"), row.pop("park_until")
    row["parked"] = None if reason is None else {"reason": reason, "until": until, "detail": row["detail"]}
    row["step"] = row["step"] or None
    row["thumbnail"] = parts.signer.link(f"{own}/artifacts/thumbnail-webp") if row.pop("pictured") else ""
    row["links"] = _addresses(parts, own, row["id"], row.pop("workflow_id"), row.pop("run_id"))
    row.pop("total", None)
    return row


def detail(parts: Services, row: dict[str, Any]) -> VideoDetail:
    """A video with all that is known of it, from the listing's row of it."""
    own = f"{PREFIX}/videos/{row['id']}"
    newest = {artifact["kind"]: artifact for artifact in row["artifacts"] if artifact["kind"] in _KINDS}
    cap, workflow_id, run_id = row.pop("budget_cap"), row["workflow_id"], row["run_id"]
    artifacts = [artifact | {"url": parts.signer.link(f"{own}/artifacts/{kind}")} for kind, artifact in newest.items()]
    return VideoDetail.model_validate(
        {
            **_listed(parts, row | {"pictured": "thumbnail-webp" in newest}),
            "workflow_id": workflow_id,
            "run_id": run_id,
            "budget": parts.settings.video_cap if cap is None else cap,
            "artifacts": artifacts,
        }
    )


def budget_of(parts: Services, record: VideoRecord) -> Decimal:
    """The most that the video may cost."""
    return record.budget_cap if record.budget_cap is not None else parts.settings.video_cap


def cost(parts: Services, record: VideoRecord, lines: Sequence[CostLine]) -> VideoCost:
    """What a video cost so far, from the ledger's lines."""
    by_step: dict[str, Decimal] = {}
    by_provider: dict[str, Decimal] = {}
    for line in lines:
        by_step[line.operation] = by_step.get(line.operation, ZERO) + line.spent + line.reserved
        by_provider[line.provider] = by_provider.get(line.provider, ZERO) + line.spent + line.reserved
    budget = budget_of(parts, record)
    return VideoCost(
        video_id=record.id,
        estimated=record.estimated_cost,
        total=record.total_cost,
        budget=budget,
        left=max(ZERO, budget - record.total_cost),
        by_step=by_step,
        by_provider=by_provider,
        unknown=sum((line.reserved for line in lines), ZERO),
    )
