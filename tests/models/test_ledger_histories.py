"""Any history of postings leaves the ledger where a plain model of the rules says it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.costs.caps import Caps
from models.costs.checker import check_ledger, passed_caps
from models.costs.contracts import Scope
from models.costs.ledger import Ledger
from models.costs.store import period_of
from models.database import Database
from models.errors import NotFound, OverBudget
from tests.models.money import a_user, a_video

CAPS = Caps(Decimal(3), Decimal(4), Decimal(7), Decimal(9), {"openai": Decimal(5)}, {("openai", "script"): Decimal("0.4")})
KEYS = [f"k{number}" for number in range(6)]

amounts = st.decimals(min_value=0, max_value=2, places=3)
days = st.integers(min_value=1, max_value=2)
services = st.sampled_from([("openai", "script"), ("openai", "thumbnail"), ("google", "voice")])
postings = st.one_of(
    st.tuples(st.just("reserve"), st.sampled_from(KEYS), amounts, days, services, st.integers(0, 2)),
    st.tuples(st.just("settle"), st.sampled_from(KEYS), amounts),
    st.tuples(st.just("release"), st.sampled_from(KEYS)),
)


@dataclass
class Model:
    """The rules in plain Python: what counts against each budget, and where each key stands."""

    prefix: str
    videos: list[tuple[UUID, UUID]]
    month: int
    used: dict[tuple[Scope, str, str], Decimal] = field(default_factory=dict)
    open: dict[str, tuple[Decimal, list[tuple[Scope, str, str]]]] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)

    def reserve(self, key: str, amount: Decimal, day: int, service: tuple[str, str], video: int) -> str:
        """What the ledger must answer."""
        if key in self.open:
            return self.closed.get(key, "reserved")
        video_id, user_id = self.videos[video]
        at = datetime(2000 + self.month // 12, self.month % 12 + 1, day, tzinfo=UTC)
        subjects = [f"{video_id}", f"{video_id} {service[0]} {service[1]}", f"{user_id}", service[0], "", ""]
        budgets = [(scope, subject, period_of(scope, at)) for scope, subject in zip(Scope, subjects, strict=True)]
        for scope, subject, period in budgets:
            cap = CAPS.default(scope, *service)
            if cap is not None and self.used.get((scope, subject, period), Decimal(0)) + amount > cap:
                return f"over {scope.value}"
        for budget in budgets:
            self.used[budget] = self.used.get(budget, Decimal(0)) + amount
        self.open[key] = (amount, budgets)
        return "reserved"

    def close(self, key: str, spent: Decimal | None) -> str:
        """What the ledger must answer."""
        if key not in self.open or key in self.closed:
            return self.closed.get(key, "unknown")
        amount, budgets = self.open[key]
        for budget in budgets:
            self.used[budget] += (spent or Decimal(0)) - amount
        self.closed[key] = "released" if spent is None else "settled"
        return self.closed[key]


async def _post(ledger: Ledger, model: Model, posting: tuple[Any, ...]) -> tuple[str, str]:
    """What the ledger answers and what the model says it must."""
    kind, key, *rest = posting
    try:
        if kind == "reserve":
            amount, day, service, video = rest
            wanted = model.reserve(key, amount, day, service, video)
            at = datetime(2000 + model.month // 12, model.month % 12 + 1, day, tzinfo=UTC)
            video_id, user_id = model.videos[video]
            charge = {"provider": service[0], "operation": service[1], "video_id": video_id, "user_id": user_id, "at": at}
            return (await ledger.reserve(model.prefix + key, amount=amount, **charge)).state, wanted
        wanted = model.close(key, rest[0] if kind == "settle" else None)
        if kind == "settle":
            return (await ledger.settle(model.prefix + key, rest[0])).state, wanted
        return (await ledger.release(model.prefix + key)).state, wanted
    except OverBudget as error:
        return f"over {error.scope}", wanted
    except NotFound:
        return "unknown", wanted


def test_any_history_ends_where_the_rules_say(database_address: str) -> None:
    """Each history has videos, users and a month of its own, so that one database serves them all."""
    month = 0

    async def play(history: list[tuple[Any, ...]]) -> None:
        nonlocal month
        database = Database(database_address, pool=1)
        month += 1
        users = [await a_user(database) for _ in range(2)]
        videos = [(await a_video(database, user)).video_id for user in (users[0], users[0], users[1])]
        model = Model(uuid4().hex, list(zip(videos, (users[0], users[0], users[1]), strict=True)), month)
        ledger = Ledger(database, CAPS)
        for posting in history:
            answer, wanted = await _post(ledger, model, posting)
            assert answer == wanted, posting
        for (scope, subject, period), used in model.used.items():
            row = "select reserved + spent from costs.budgets where scope = $1 and subject = $2 and period = $3"
            assert await database.value(row, scope.value, subject, period) == used
        assert await check_ledger(database) == []
        await database.close()

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(postings, min_size=5, max_size=25))
    def histories(history: list[tuple[Any, ...]]) -> None:
        asyncio.run(play(history))

    histories()


async def test_postings_of_one_key_at_once_count_once(database: Database) -> None:
    """Whatever order the database takes them in, a key is opened once and closed once."""
    video = await a_video(database)
    ledger = Ledger(database, CAPS)
    charge = {"provider": "google", "operation": "voice", "video_id": video.video_id, "user_id": video.user_id}
    for number in range(5):
        key = f"k{number}"
        opened = await asyncio.gather(*(ledger.reserve(key, amount=Decimal("0.1"), **charge) for _ in range(6)))  # type: ignore[arg-type]
        closed = await asyncio.gather(
            *(ledger.settle(key, Decimal("0.05")) for _ in range(3)), *(ledger.release(key) for _ in range(3))
        )
        assert [posting.fresh for posting in opened].count(True) == 1
        assert [posting.fresh for posting in closed].count(True) == 1
        assert len({posting.state for posting in closed}) == 1
    assert await passed_caps(database) == []


async def test_no_posting_ever_deadlocks(database: Database) -> None:
    """Many keys over few budgets in every order; PostgreSQL would answer a deadlock with an error."""
    videos = [await a_video(database) for _ in range(3)]
    ledger = Ledger(database, CAPS)

    async def charge(number: int) -> None:
        video = videos[number % 3]
        service = {"provider": ("openai", "google")[number % 2], "operation": "script"}
        try:
            await ledger.reserve(f"k{number}", amount=Decimal("0.05"), video_id=video.video_id, user_id=video.user_id, **service)
        except OverBudget:
            return
        await ledger.settle(f"k{number}", Decimal("0.01"))

    answers = await asyncio.gather(*(charge(number) for number in range(60)), return_exceptions=True)
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
