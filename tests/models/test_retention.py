"""Logs are kept as long as the settings say: what is older goes, everything else stays."""

from __future__ import annotations

from models.database import Database
from models.system.retention import BATCH, Kept, RetentionStore, expired
from models.users.store import AccountStore

KEPT = Kept(requests=30, audit=400, deliveries=30)
ROWS = """
with ages (days) as (values (0), (20), (40), (500)),
requests as (
    insert into system.api_requests (at, request_id, method, route, status, milliseconds, address, agent)
    select now() - days * interval '1 day', '', 'GET', '/', 200, 1, '', '' from ages
), audit as (
    insert into system.audit_log (at, request_id, action, object_type, object_id, detail, address)
    select now() - days * interval '1 day', '', 'x', '', '', '{}', '' from ages
), inbox as (
    insert into system.webhook_inbox (source, event_id, received_at) select 's', days, now() - days * interval '1 day' from ages
), keys as (
    insert into system.idempotency_keys (owner, key, body_hash, created_at, locked_until)
    select $1, days, sha256('x'), now() - days * interval '1 day', now() - days * interval '1 day' from ages
), sent as (
    insert into system.outbox (kind, key, payload, created_at, sent_at)
    select 'webhook', 'sent-' || days, '{}', now() - interval '600 days', now() - days * interval '1 day' from ages
), unsent as (
    insert into system.outbox (kind, key, payload, created_at, next_try_at)
    select 'webhook', 'unsent-' || days, '{}', now() - days * interval '1 day', now() - days * interval '1 day' from ages
), opened as (
    insert into users.sessions (id, user_id, agent, address, expires_at)
    select gen_random_uuid(), $1, days::text, '', now() + interval '7 days' - days * interval '1 day' from ages returning id
)
select count(*) from opened
"""


async def test_what_is_older_than_it_is_kept_goes_and_everything_else_stays(database: Database) -> None:
    async with database.session() as session:
        user = await AccountStore().create(session, "ana@example.com")
    await database.value(ROWS, user.id)
    gone = await RetentionStore(database, KEPT).forget()
    assert gone == {
        "system.api_requests": 2, "system.audit_log": 1, "system.webhook_inbox": 3, "system.idempotency_keys": 3,
        "system.outbox": 2, "users.sessions": 2,
    }  # fmt: skip
    assert await database.value("select array_agg(key order by key) from system.outbox") == [
        "sent-0", "sent-20", "unsent-0", "unsent-20", "unsent-40", "unsent-500",
    ]  # fmt: skip
    assert await database.value("select count(*) from system.audit_log") == 3
    assert await RetentionStore(database, KEPT).forget() == {}


async def test_many_rows_go_in_several_statements(database: Database) -> None:
    await database.value(
        "insert into system.webhook_inbox (source, event_id, received_at) "
        "select 's', n, now() - interval '9 days' from generate_series(1, $1::int) n",
        BATCH + 1,
    )
    assert await RetentionStore(database, KEPT).forget() == {"system.webhook_inbox": BATCH + 1}


async def test_every_statement_fits_its_table(database: Database) -> None:
    for table, (old, days) in expired(KEPT).items():
        assert await database.value(f"select count(*) from {table} where {old}", days) == 0
