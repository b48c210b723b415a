"""The health of an account: 0 to 100, from what its uploads and calls came to."""

from __future__ import annotations

from dataclasses import dataclass, replace

FULL_HEALTH, THRESHOLD = 100, 70
GAIN, LOSS = 1, 10
DISABLED_AFTER = 5
"""Consecutive errors that disable an account."""
NOT_CHOSEN_AFTER = 3
"""Consecutive errors after which an account is not chosen until something it does succeeds."""
REMEMBERED = 20
"""Outcomes that the error rate is taken over."""


@dataclass(frozen=True)
class Health:
    """`outcomes` are the last ones, oldest first: `1` a success, `0` a failure."""

    health: int = FULL_HEALTH
    consecutive_errors: int = 0
    outcomes: str = ""

    def after(self, *, success: bool) -> Health:
        """The health after one more outcome."""
        outcomes = (self.outcomes + ("1" if success else "0"))[-REMEMBERED:]
        if success:
            return replace(self, health=min(FULL_HEALTH, self.health + GAIN), consecutive_errors=0, outcomes=outcomes)
        return Health(max(0, self.health - LOSS), self.consecutive_errors + 1, outcomes)

    @property
    def error_rate(self) -> float:
        """Share of failures among the remembered outcomes, 0 to 1."""
        return self.outcomes.count("0") / len(self.outcomes) if self.outcomes else 0.0

    @property
    def disabled(self) -> bool:
        """Failed too often in a row to go on without a look."""
        return self.consecutive_errors >= DISABLED_AFTER
