"""The proof by schedule that every cent is accounted for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.counters import count_problems
from models.videos.contracts import Contract

log = logging.getLogger(__name__)
MOST_TOLD = 20
"""Problems told one by one; a broken ledger may have thousands."""


class LedgerAudit(Contract):
    """What does not add up in the ledger, in words, the first of them; and budgets over their cap."""

    problems: tuple[str, ...] = ()
    over_cap: tuple[str, ...] = ()
    """A cap that was lowered later, or a provider that billed more than its upper estimate: true, and worth a look."""


class AuditActivity:
    """Looks over the ledger."""

    def __init__(self, problems: Callable[[], Awaitable[list[str]]], over_cap: Callable[[], Awaitable[list[str]]]) -> None:
        """`problems` says what does not add up, `over_cap` which budgets passed their cap."""
        self._problems = problems
        self._over_cap = over_cap

    @activity.defn
    async def audit_ledger(self) -> LedgerAudit:
        """Entries, budgets and videos compared; what is found is in the log, in the metric and in the answer.

        Raises:
            ComponentDown: the database is away.
        """
        problems, over_cap = await self._problems(), await self._over_cap()
        count_problems("ledger", len(problems))
        for problem in problems[:MOST_TOLD]:
            log.error("the ledger does not add up: %s", problem)
        for budget in over_cap[:MOST_TOLD]:
            log.warning("a budget is over its cap: %s", budget)
        return LedgerAudit(problems=tuple(problems[:MOST_TOLD]), over_cap=tuple(over_cap[:MOST_TOLD]))
