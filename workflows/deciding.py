"""Which decisions of people fit the state that a video is in; one that does not is refused in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.money import Money
    from models.videos.decisions import Parked
    from models.videos.status import Step, VideoStatus

TOO_LATE = frozenset({VideoStatus.PUBLISHING, VideoStatus.SCHEDULED})
SKIPPABLE = frozenset({Step.QUALITY})
LARGEST_BUDGET = Decimal(1000)


@dataclass(frozen=True)
class Standing:
    """Where a run stands in the moment of a decision. Each `demand_` raises ValueError where the decision does not fit."""

    status: VideoStatus
    parked: Parked | None
    approval: bool | None
    out: bool
    cancelled: bool
    restarting: bool
    spent: Money

    def demand_early(self, done: str) -> None:
        """It can still be `done`: nothing of it is published."""
        _must(not self.status.ended, f"It has ended as {self.status} and cannot be {done}")
        _must(self.status not in TOO_LATE, f"It is being published and cannot be {done} any more")
        _must(not self.out, f"It is published already and cannot be {done} any more")
        _must(self.approval is not False, f"It has been rejected and cannot be {done}")
        _must(not self.cancelled, "It is being cancelled already")

    def demand_awaiting_approval(self) -> None:
        """A person is asked whether it is published."""
        _must(self.status is VideoStatus.AWAITING_APPROVAL and self.approval is None, "It does not wait for approval")
        self._demand_stands()

    def demand_parked(self) -> None:
        """It waits, and may go on."""
        _must(self.parked is not None, "It is not parked")
        self._demand_stands()

    def demand_skippable(self, step: Step) -> None:
        """It waits at this step, and may go on without it."""
        _must(self.parked is not None and self.parked.step == step, f"It is not parked at the step {step}")
        _must(step in SKIPPABLE, f"The step {step} cannot be left out")
        self._demand_stands()

    def demand_budget(self, cap: Money) -> None:
        """It may get this budget."""
        _must(not self.status.ended, "It has ended")
        _must(cap > self.spent, f"The new budget must be more than the ${self.spent:.2f} already spent")
        _must(cap <= LARGEST_BUDGET, f"A video's budget is at most ${LARGEST_BUDGET:,}")

    def _demand_stands(self) -> None:
        """What a person decides on must not be changing in this very moment."""
        _must(not self.cancelled, "It is being cancelled already")
        _must(not self.restarting, "Its script was changed just now, and the film is made anew")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(f"{otherwise}.")
