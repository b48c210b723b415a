"""Every workflow of the platform, as workers register and replays know them."""

from __future__ import annotations

from workflows.video import VideoWorkflow

WORKFLOWS: tuple[type, ...] = (VideoWorkflow,)
