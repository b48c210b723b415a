"""Health on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import Answer

State = Literal["ok", "degraded", "down"]


class Live(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str = Field(examples=["0.1.0"])


class Ready(Answer):
    """Whether requests can be served: the database answers."""

    status: State


class Component(Answer):
    """One part of the platform."""

    status: State
    detail: str = ""
    milliseconds: float | None = None


class Health(Answer):
    """Every part. Degraded: reads and accepting go on, something else waits."""

    status: State
    components: dict[str, Component]
