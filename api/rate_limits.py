"""Rate limits by plan and, for routes that take a secret, by address; shared by all API processes through the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from models.errors import TooManyRequests
from models.system.limits import WINDOW, Hits, LimitStore


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after this request; `plan` names whose limit it is. `wait` seconds, if it was one too many."""

    limit: int
    used: float
    reset: int
    plan: str = ""
    wait: int = 0

    @classmethod
    def of(cls, hits: Hits, limit: int, plan: str = "") -> Allowance:
        """The allowance after these hits."""
        wait = 0 if hits.passed else max(1, math.ceil(hits.wait(limit)))
        return cls(limit, hits.sliding, max(1, math.ceil(hits.rest)), plan, wait)

    @property
    def passed(self) -> bool:
        """Whether this request was one too many."""
        return self.wait > 0

    def headers(self) -> dict[str, str]:
        """The headers of the IETF draft, in its present spelling and in the older one that most clients read."""
        left = 0 if self.passed else max(0, self.limit - math.ceil(self.used))
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={WINDOW}',
            "RateLimit": f'"default";r={left};t={self.reset}',
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(self.reset),
        }

    def check(self) -> None:
        """Go on, or refuse.

        Raises:
            TooManyRequests: the request is beyond the limit.
        """
        if not self.passed:
            return
        whose = f"the {self.plan} plan's {self.limit} requests" if self.plan else f"{self.limit} requests"
        more = " A larger plan allows more a minute." if self.plan not in ("", "scale") else ""
        raise TooManyRequests(
            f"More than {whose} in a minute.", retry_after=timedelta(seconds=self.wait), hint=f"Wait as Retry-After says.{more}"
        )


class RateLimiter:
    """Limits what is done under a key, such as signing in from one address."""

    def __init__(self, store: LimitStore) -> None:
        self._store = store

    async def check(self, key: str, limit: int) -> Allowance:
        """Count one request.

        Raises:
            TooManyRequests: it is beyond `limit` a minute.
        """
        found = Allowance.of(await self._store.hit(key, limit), limit)
        found.check()
        return found
