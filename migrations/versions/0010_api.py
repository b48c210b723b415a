"""What the HTTP API keeps: sessions, tokens, keys, preferences; idempotency, rate limits, logs, webhooks, uploaded media.

Revises: 0002
"""

from alembic import op

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = [
    """
create table users.sessions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users.accounts (id) on delete cascade,
    agent text not null default '',
    address text not null default '',
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_because text not null default ''
)
""",
    "create index sessions_user on users.sessions (user_id, created_at desc)",
    """
create table users.tokens (
    hash bytea primary key check (length(hash) = 32),
    purpose text not null check (purpose in ('refresh', 'verify', 'reset', 'sign_in')),
    user_id uuid not null references users.accounts (id) on delete cascade,
    session_id uuid references users.sessions (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    check ((purpose = 'refresh') = (session_id is not null))
)
""",
    "create index tokens_user on users.tokens (user_id, purpose)",
    "create index tokens_session on users.tokens (session_id)",
    "create index tokens_expires on users.tokens (expires_at)",
    """
create table users.api_keys (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users.accounts (id) on delete cascade,
    name text not null check (length(name) between 1 and 100),
    hash bytea not null unique check (length(hash) = 32),
    shown text not null,
    scopes text[] not null check (cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
)
""",
    "create index api_keys_user on users.api_keys (user_id, created_at desc)",
    """
create table users.preferences (
    user_id uuid primary key references users.accounts (id) on delete cascade,
    values jsonb not null default '{}',
    updated_at timestamptz not null default now()
)
""",
    """
create table users.login_failures (
    address_hash bytea primary key check (length(address_hash) = 32),
    failures integer not null default 0 check (failures >= 0),
    last_at timestamptz not null default now(),
    locked_until timestamptz
)
""",
    """
create unlogged table system.rate_limits (
    key text primary key,
    window_start timestamptz not null,
    hits integer not null,
    previous integer not null default 0
)
""",
    """
create table system.idempotency_keys (
    owner uuid not null references users.accounts (id) on delete cascade,
    key text not null check (length(key) between 1 and 255),
    body_hash bytea not null check (length(body_hash) = 32),
    operation_id uuid not null default gen_random_uuid(),
    status integer,
    answer jsonb,
    headers jsonb not null default '{}',
    created_at timestamptz not null default now(),
    locked_until timestamptz not null,
    primary key (owner, key)
)
""",
    "create index idempotency_keys_created on system.idempotency_keys (created_at)",
    """
create table system.api_requests (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    request_id text not null default '',
    user_id uuid,
    key_id uuid,
    method text not null,
    route text not null,
    status integer not null,
    milliseconds double precision not null,
    address text not null default '',
    agent text not null default ''
)
""",
    "create index api_requests_at on system.api_requests (at)",
    """
create table system.audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    request_id text not null default '',
    actor_id uuid,
    owner_id uuid,
    action text not null,
    object_type text not null default '',
    object_id text not null default '',
    detail jsonb not null default '{}',
    address text not null default ''
)
""",
    "create index audit_log_at on system.audit_log (at desc, id desc)",
    "create index audit_log_owner on system.audit_log (owner_id, at desc, id desc)",
    """
create table system.webhook_endpoints (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users.accounts (id) on delete cascade,
    url text not null,
    description text not null default '',
    events text[] not null check (cardinality(events) > 0),
    secret text not null,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    disabled_at timestamptz,
    disabled_because text not null default '',
    failures integer not null default 0
)
""",
    "create index webhook_endpoints_user on system.webhook_endpoints (user_id, created_at desc)",
    """
create table system.webhook_deliveries (
    id uuid primary key default gen_random_uuid(),
    endpoint_id uuid not null references system.webhook_endpoints (id) on delete cascade,
    user_id uuid not null references users.accounts (id) on delete cascade,
    event_id text not null,
    event_type text not null,
    payload jsonb not null,
    status text not null default 'waiting' check (status in ('waiting', 'delivering', 'delivered', 'failed')),
    attempts integer not null default 0,
    answer_status integer,
    error text not null default '',
    created_at timestamptz not null default now(),
    last_attempt_at timestamptz,
    delivered_at timestamptz,
    unique (endpoint_id, event_id)
)
""",
    "create index webhook_deliveries_user on system.webhook_deliveries (user_id, created_at desc, id desc)",
    "create index webhook_deliveries_endpoint on system.webhook_deliveries (endpoint_id, created_at desc, id desc)",
    """
create table system.webhook_inbox (
    source text not null,
    event_id text not null,
    received_at timestamptz not null default now(),
    answer jsonb,
    primary key (source, event_id)
)
""",
    "create index webhook_inbox_received on system.webhook_inbox (received_at)",
    # An event leaves for every endpoint that wants it in the transaction that made it true; the outbox starts the delivery.
    """
create function system.emit_event(owner uuid, event text, kind text, body jsonb) returns integer language plpgsql as $$
declare
    made integer;
begin
    with wanted as (
        insert into system.webhook_deliveries (endpoint_id, user_id, event_id, event_type, payload)
        select e.id, e.user_id, event, kind, body from system.webhook_endpoints e
        where e.user_id = owner and e.deleted_at is null and e.disabled_at is null
            and (kind = any(e.events) or split_part(kind, '.', 1) || '.*' = any(e.events))
        on conflict (endpoint_id, event_id) do nothing
        returning id
    )
    insert into system.outbox (kind, key, payload)
    select 'webhook', 'webhook-' || id, jsonb_build_object('delivery_id', id) from wanted;
    get diagnostics made = row_count;
    return made;
end $$
""",
    """
create function videos.tell_endpoints() returns trigger language plpgsql as $$
begin
    perform system.emit_event(new.user_id, 'evt_' || new.id, new.type, jsonb_build_object(
        'id', 'evt_' || new.id, 'type', new.type, 'created_at', new.at,
        'data', new.data || jsonb_build_object('video_id', new.video_id)));
    return null;
end $$
""",
    """
create trigger tell_endpoints after insert on videos.events
    for each row when (new.type <> 'video.progress') execute function videos.tell_endpoints()
""",
    """
create table videos.media (
    user_id uuid not null references users.accounts (id) on delete cascade,
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    media_type text not null,
    size bigint not null check (size >= 0),
    name text not null,
    created_at timestamptz not null default now(),
    primary key (user_id, digest)
)
""",
    "create trigger touch before update on users.preferences for each row execute function system.touch()",
]

DOWN = [
    "drop table videos.media",
    "drop trigger tell_endpoints on videos.events",
    "drop function videos.tell_endpoints",
    "drop function system.emit_event",
    "drop table system.webhook_inbox",
    "drop table system.webhook_deliveries",
    "drop table system.webhook_endpoints",
    "drop table system.audit_log",
    "drop table system.api_requests",
    "drop table system.idempotency_keys",
    "drop table system.rate_limits",
    "drop table users.login_failures",
    "drop table users.preferences",
    "drop table users.api_keys",
    "drop table users.tokens",
    "drop table users.sessions",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
