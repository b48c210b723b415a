"""A failed step as a workflow and a person read it."""

from __future__ import annotations

from pydantic import Field

from models.videos.contracts import Contract


class Failure(Contract):
    """An error of the tree after it crossed a process."""

    type: str = Field(description="class name in `models.errors`, or the foreign exception's name")
    what: str
    hint: str = ""
    field: str = ""
    provider: str = ""
    scope: str = ""
    retry_after: float | None = Field(default=None, description="seconds")
    detail: dict[str, str] = Field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What happened and what to do, in one line."""
        return f"{self.what} {self.hint}".strip()
