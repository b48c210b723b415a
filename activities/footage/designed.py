"""The last provider of footage: a designed picture. It needs nothing, costs nothing and always serves."""

from __future__ import annotations

from activities.footage.port import FootageOrder, FoundFootage
from models.videos.scene_design import VERSION


class DesignedFootage:
    """Every scene as motion graphics."""

    name = "designed"
    version = VERSION
    paid = False

    async def find(self, order: FootageOrder) -> FoundFootage:  # noqa: ARG002 - the design is the order's own
        """The scene's design, as it is."""
        return FoundFootage(kind="design")
