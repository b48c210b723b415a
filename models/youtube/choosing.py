"""Which account uploads a video: the candidates, their score, and why none could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from models.youtube.health import NOT_CHOSEN_AFTER, THRESHOLD
from models.youtube.quota import spendable

RESERVE_FACTOR = 0.1
RESTED_HOURS = 4.0


class AccountKind(StrEnum):
    """Whether an account serves every day, or when no other can."""

    ACTIVE = "active"
    RESERVE = "reserve"

    @property
    def uploads_a_day(self) -> int:
        """The limit that a new account of this kind gets."""
        return 5 if self is AccountKind.ACTIVE else 2


class AccountStatus(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    NEEDS_RECONNECT = "needs_reconnect"
    DISABLED = "disabled"


class Unfit(StrEnum):
    """Why an account cannot take an upload now."""

    DISABLED = "disabled"
    TOKEN = "needs reconnecting"  # noqa: S105 - no password
    ERRORS = "too many errors in a row"
    UPLOADS = "no uploads left today"
    QUOTA = "no quota left in its project today"


@dataclass(frozen=True)
class Candidate:
    """An account that is granted the channel, as it stands now. Quota is of the insert bucket of its project."""

    account_id: UUID
    project: str
    kind: AccountKind
    status: AccountStatus
    token_valid: bool
    uploads_today: int
    uploads_a_day: int
    quota_used: int
    quota_units: int
    quota_cost: int = 1
    consecutive_errors: int = 0
    error_rate: float = 0.0
    health: int = 100
    last_used_at: datetime | None = None

    def unfit(self) -> Unfit | None:
        """Why this account cannot be chosen; None when it can."""
        if self.status is AccountStatus.DISABLED:
            return Unfit.DISABLED
        if self.status is AccountStatus.NEEDS_RECONNECT or not self.token_valid:
            return Unfit.TOKEN
        if self.consecutive_errors >= NOT_CHOSEN_AFTER:
            return Unfit.ERRORS
        if self.uploads_today >= self.uploads_a_day:
            return Unfit.UPLOADS
        if self.quota_used + self.quota_cost > spendable(self.quota_units):
            return Unfit.QUOTA
        return None

    def score(self, now: datetime) -> float:
        """0 to 100, a tenth of it for a reserve: quota and uploads left, freedom from errors, rest since the last use."""
        quota_left = max(0, self.quota_units - self.quota_used) / self.quota_units if self.quota_units else 0.0
        uploads_left = max(0, self.uploads_a_day - self.uploads_today) / self.uploads_a_day if self.uploads_a_day else 0.0
        hours = (now - self.last_used_at) / timedelta(hours=1) if self.last_used_at else RESTED_HOURS
        rest = min(max(hours, 0.0) / RESTED_HOURS, 1.0)
        score = 100 * (0.40 * quota_left + 0.30 * uploads_left + 0.20 * (1 - self.error_rate) + 0.10 * rest)
        return score * (RESERVE_FACTOR if self.kind is AccountKind.RESERVE else 1.0)


def choose(candidates: Sequence[Candidate], now: datetime) -> Candidate | None:
    """The best of those that can; None when none can.

    Reserves serve only when no active account can, however low its score; an account below the health threshold only when
    none at or above it can. Equal scores go by id, so that every process chooses alike.
    """
    fit = [candidate for candidate in candidates if candidate.unfit() is None]
    return max(
        fit,
        key=lambda one: (one.kind is AccountKind.ACTIVE, one.health >= THRESHOLD, one.score(now), str(one.account_id)),
        default=None,
    )
