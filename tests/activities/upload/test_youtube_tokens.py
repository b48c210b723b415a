"""Tokens are renewed early, once, whoever asks; people hear before access dies; keys rotate."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from activities.upload.connecting import YouTubeConnector
from activities.upload.upkeep import YouTubeUpkeep
from models.encryption import Cipher
from models.errors import AuthenticationFailed, Unavailable
from models.youtube.connect_store import ConnectStore
from models.youtube.store import AccountStore
from tests.activities.upload.studio import KEY, Studio


def _upkeep(studio: Studio) -> YouTubeUpkeep:
    connector = YouTubeConnector(
        studio.settings, studio.oauth(), studio.accounts, studio.connects, studio.quota, redirect="http://back", now=studio.now
    )
    return YouTubeUpkeep(studio.accounts, studio.uploads, studio.quota, studio.tokens(), connector, now=studio.now)


def _at(studio: Studio, **later: float) -> None:
    moment = datetime.now(UTC) + timedelta(**later)
    studio.now = lambda: moment
    studio.world.now = lambda: moment


async def test_a_token_is_renewed_five_minutes_before_its_end_by_one_worker_at_a_time(studio: Studio) -> None:
    account = await studio.account("UCone")
    first = await studio.tokens().access(account)
    _at(studio, minutes=54)
    assert await studio.tokens().access(account) == first and studio.world.refreshes == 0
    _at(studio, minutes=55, seconds=1)
    tokens = await asyncio.gather(*(studio.tokens().access(account) for _ in range(8)))
    assert len(set(tokens)) == 1 and tokens[0] != first
    assert studio.world.refreshes == 1


async def test_a_refused_token_is_renewed_once_for_all_who_hold_it(studio: Studio) -> None:
    account = await studio.account("UCone")
    old = await studio.tokens().access(account)
    tokens = await asyncio.gather(*(studio.tokens().access(account, refused=old) for _ in range(8)))
    assert len(set(tokens)) == 1 and tokens[0] != old and studio.world.refreshes == 1


async def test_a_google_that_is_down_costs_no_account(studio: Studio) -> None:
    account = await studio.account("UCone")
    _at(studio, minutes=56)
    studio.world.fail("token", status=503)
    with pytest.raises(Unavailable):
        await studio.tokens().access(account)
    assert await studio.tokens().access(account)
    assert await studio.value("select status from youtube.accounts") == "active"


async def test_the_schedule_renews_what_is_due_and_reports_what_is_dead(studio: Studio) -> None:
    good, dead = await studio.account("UCone"), await studio.account("UCtwo")
    studio.world.revoke(studio.world.identities[1])
    assert (await _upkeep(studio).keep_tokens_alive()).refreshed == 0
    _at(studio, minutes=56)
    check = await _upkeep(studio).keep_tokens_alive()
    assert (check.refreshed, check.failed, check.warned) == (1, 1, 0)
    alerts = await studio.accounts.alerts(studio.user_id)
    assert [(alert.kind, alert.account_id) for alert in alerts] == [("reconnect", dead)]
    assert str(dead) in alerts[0].link and good != dead


async def test_an_alert_leaves_once_as_an_event_for_webhooks(studio: Studio) -> None:
    account = await studio.account("UCone")
    await studio.value(
        """insert into system.webhook_endpoints (user_id, url, description, events, secret)
        values ($1, 'https://example.org/hook', '', '{account.*}', 'sealed')""",
        studio.user_id,
    )
    for _ in range(2):
        await studio.accounts.needs_reconnect(await studio.accounts.tokens(account), "revoked", "http://console")
    sent = await studio.database.rows("select event_type, payload from system.webhook_deliveries")
    assert [row["event_type"] for row in sent] == ["account.reconnect"]
    assert sent[0]["payload"]["data"]["account_id"] == str(account)
    assert await studio.value("select count(*) from system.outbox where kind = 'webhook'") == 1


async def test_people_hear_three_days_before_a_refresh_token_dies(studio: Studio) -> None:
    account = await studio.account("UCone")
    await studio.value("update youtube.accounts set refresh_expires_at = now() + interval '7 days'")
    assert (await _upkeep(studio).keep_tokens_alive()).warned == 0
    _at(studio, days=4, minutes=1)
    assert (await _upkeep(studio).keep_tokens_alive()).warned == 1
    assert (await _upkeep(studio).keep_tokens_alive()).warned == 1
    alerts = await studio.accounts.alerts(studio.user_id)
    assert [alert.kind for alert in alerts] == ["token_dies"] and alerts[0].account_id == account


async def test_an_account_with_errors_is_chosen_again_after_it_answered_well(studio: Studio) -> None:
    account = await studio.account("UCone")
    for _ in range(3):
        await studio.accounts.outcome(account, success=False, error="odd")
    task = await studio.film(await studio.channel("UCone"))
    with pytest.raises(Unavailable):
        await studio.publish(task)
    assert (await _upkeep(studio).probe_accounts()).recovered == 1
    await studio.publish(task)
    assert len(studio.world.videos) == 1


async def test_keys_rotate_without_losing_a_secret(studio: Studio) -> None:
    account = await studio.account("UCone")
    token = await studio.tokens().access(account)
    both = AccountStore(studio.database, Cipher({"new": bytes(reversed(range(32))), **KEY}))
    assert await ConnectStore(studio.database, both).rotate_keys() == (2, 0)
    assert await ConnectStore(studio.database, both).rotate_keys() == (0, 2)
    alone = AccountStore(studio.database, Cipher({"new": bytes(reversed(range(32)))}))
    assert (await alone.tokens(account)).access_token == token
    with pytest.raises(Exception, match="rotate-keys"):
        await studio.accounts.tokens(account)


async def test_a_dead_account_is_not_asked_again_and_again(studio: Studio) -> None:
    account = await studio.account("UCone")
    studio.world.revoke(studio.world.identities[0])
    _at(studio, minutes=56)
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            await studio.tokens().access(account)
    assert studio.world.refreshes == 1
