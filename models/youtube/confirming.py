"""What YouTube's own words about a video mean: still processing, scheduled, visible, hidden or rejected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from models.videos.publishing import Confirmation, Visibility

OPEN_TO_SEE = {"public": 2, "unlisted": 1, "private": 0}
YOUNG = timedelta(minutes=10)
POLL_YOUNG, POLL_OLD = 30.0, 300.0
MISSING_FOR = timedelta(hours=1)
"""A video that YouTube does not know an hour after its upload was deleted."""


def read_video(video: dict[str, Any] | None, *, channel: str, privacy: str, uploaded_at: datetime, now: datetime) -> Confirmation:
    """The state of a video as `videos.list` shows it (parts snippet, status, processingDetails); None: it shows none."""
    wait = POLL_YOUNG if now - uploaded_at < YOUNG else POLL_OLD
    if video is None:
        if now - uploaded_at < MISSING_FOR:
            return Confirmation(state=Visibility.PROCESSING, detail="YouTube does not show the video yet", ask_again_seconds=wait)
        return Confirmation(state=Visibility.REJECTED, detail="The video is gone from YouTube")
    found = video.get("snippet", {}).get("channelId", "")
    if found != channel:
        return Confirmation(state=Visibility.REJECTED, detail=f"The video is on channel {found}, not on {channel}")
    status = video.get("status", {})
    upload = status.get("uploadStatus", "uploaded")
    if upload in ("rejected", "failed", "deleted"):
        why = status.get("rejectionReason") or status.get("failureReason") or upload
        return Confirmation(state=Visibility.REJECTED, detail=f"YouTube {upload} the video: {why}")
    processing = video.get("processingDetails", {}).get("processingStatus", "")
    if processing in ("failed", "terminated"):
        why = video["processingDetails"].get("processingFailureReason", processing)
        return Confirmation(state=Visibility.REJECTED, detail=f"YouTube could not process the video: {why}")
    if upload != "processed":
        return Confirmation(state=Visibility.PROCESSING, detail="YouTube is processing the video", ask_again_seconds=wait)
    return _visibility(status, privacy, now)


def _visibility(status: dict[str, Any], privacy: str, now: datetime) -> Confirmation:
    found = status.get("privacyStatus", "private")
    if found == "private" and status.get("publishAt"):
        at = datetime.fromisoformat(status["publishAt"]).astimezone(UTC)
        wait = max((at - now).total_seconds(), 0.0) + POLL_YOUNG
        return Confirmation(
            state=Visibility.SCHEDULED, detail=f"Public from {at:%Y-%m-%d %H:%M} UTC", visible_at=at, ask_again_seconds=wait
        )
    if OPEN_TO_SEE.get(found, 0) >= OPEN_TO_SEE[privacy]:
        return Confirmation(state=Visibility.VISIBLE, detail=found)
    return Confirmation(
        state=Visibility.HIDDEN,
        detail=f"YouTube keeps the video {found}, not {privacy}, as it does with videos of projects that were not audited.",
    )


def is_policy(confirmation: Confirmation) -> bool:
    """Whether a rejection is about copyright or policy, so that the channel's automation must stop."""
    return confirmation.state is Visibility.REJECTED and "rejected the video" in confirmation.detail
