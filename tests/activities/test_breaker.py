"""The breaker: five failures in a row close the door, one trial a minute opens it, for all processes at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from activities.breaker import Breakers
from models.database import Database
from models.errors import AuthenticationFailed, BadOutput, CircuitOpen, ProviderError, RateLimited, Refused, Unavailable
from models.system.breakers import BreakerStore


async def _call(breakers: Breakers, failure: ProviderError | None = None, provider: str = "openai-small") -> None:
    async with breakers.guard(provider):
        if failure is not None:
            raise failure


async def _fail(breakers: Breakers, times: int, kind: type[ProviderError] = Unavailable) -> None:
    for _ in range(times):
        with pytest.raises(kind):
            await _call(breakers, kind("the service is down", provider="openai-small"))


async def _a_minute_later(database: Database) -> None:
    await database.value(
        "update system.breakers set opened_at = opened_at - interval '61 s', trial_at = trial_at - interval '61 s'"
    )


async def test_five_failures_in_a_row_open_it_and_four_do_not(database: Database) -> None:
    breakers = Breakers(BreakerStore(database))
    await _fail(breakers, 4)
    await _call(breakers)
    await _fail(breakers, 4)
    await _call(breakers)
    await _fail(breakers, 5)
    with pytest.raises(CircuitOpen, match="the service is down") as refusal:
        await _call(breakers)
    assert refusal.value.retry_after is not None
    assert timedelta(seconds=55) < refusal.value.retry_after <= timedelta(seconds=60)
    await _call(breakers, provider="google-neural")


async def test_what_is_wrong_with_one_request_does_not_open_it(database: Database) -> None:
    breakers = Breakers(BreakerStore(database))
    for kind in (BadOutput, RateLimited, Refused):
        await _fail(breakers, 6, kind)
    with pytest.raises(ZeroDivisionError):
        async with breakers.guard("openai-small"):
            raise ZeroDivisionError
    await _call(breakers)


async def test_a_dead_key_opens_it(database: Database) -> None:
    breakers = Breakers(BreakerStore(database))
    await _fail(breakers, 5, AuthenticationFailed)
    with pytest.raises(CircuitOpen):
        await _call(breakers)


async def test_one_of_many_processes_gets_the_trial_and_its_success_lets_all_through(
    database: Database, database_address: str
) -> None:
    await _fail(Breakers(BreakerStore(database)), 5)
    await _a_minute_later(database)
    others = [Database(database_address) for _ in range(4)]
    entries = await asyncio.gather(*(BreakerStore(other).enter("openai-small") for other in others for _ in range(5)))
    assert [entry.state for entry in entries].count("trial") == 1
    assert [entry.state for entry in entries].count("open") == 19
    await BreakerStore(others[0]).served("openai-small")
    assert (await BreakerStore(others[1]).enter("openai-small")).state == "closed"
    for other in others:
        await other.close()


async def test_a_failed_trial_closes_the_door_for_another_minute(database: Database) -> None:
    breakers = Breakers(BreakerStore(database))
    await _fail(breakers, 5)
    await _a_minute_later(database)
    await _fail(breakers, 1)
    with pytest.raises(CircuitOpen):
        await _call(breakers)
    await _a_minute_later(database)
    await _call(breakers)
    await _call(breakers)


async def test_a_trial_that_died_with_its_process_is_given_out_again(database: Database) -> None:
    store = BreakerStore(database)
    await _fail(Breakers(store), 5)
    await _a_minute_later(database)
    assert (await store.enter("openai-small")).state == "trial"
    assert (await store.enter("openai-small")).state == "open"
    await _a_minute_later(database)
    assert (await store.enter("openai-small")).state == "trial"


async def test_people_see_the_state_and_the_last_error(database: Database) -> None:
    store = BreakerStore(database)
    await _call(Breakers(store), provider="pexels")
    await _fail(Breakers(store), 5)
    openai, pexels = await store.all()
    assert (openai.provider, openai.failures, openai.last_error) == ("openai-small", 5, "the service is down")
    assert openai.opened_at is not None and openai.next_trial_at == openai.opened_at + timedelta(seconds=60)
    assert pexels.opened_at is None and pexels.last_success_at is not None


async def test_a_failure_that_does_not_count_is_seen_all_the_same(database: Database) -> None:
    store = BreakerStore(database)
    await _fail(Breakers(store), 1, RateLimited)
    [openai] = await store.all()
    assert (openai.failures, openai.opened_at, openai.last_error) == (0, None, "the service is down")
    assert openai.last_failure_at is not None
