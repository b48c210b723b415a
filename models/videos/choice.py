"""Which providers a video's steps may use, in order: the answer of the activity `choose_providers`."""

from __future__ import annotations

from pydantic import Field

from models.money import ZERO, Money
from models.videos.contracts import ArtifactRef, Contract
from models.videos.status import Step


class Choice(Contract):
    """The chains of one video as this installation can serve them now."""

    chains: dict[Step, tuple[str, ...]] = Field(description="provider names in order; the local one is last")
    estimates: dict[Step, Money] = Field(default_factory=dict, description="what each step costs at its first provider, at most")
    recent: tuple[ArtifactRef, ...] = Field(default=(), description="scripts of the channel's latest videos")
    gpu: bool = Field(default=False, description="whether a GPU queue is worth asking")

    def chain(self, step: Step) -> tuple[str, ...]:
        """The providers of a step, first choice first."""
        return self.chains.get(step, ())

    def estimate(self, *steps: Step) -> Money:
        """What these steps cost together, at most."""
        return sum((self.estimates.get(step, ZERO) for step in steps), start=ZERO)
