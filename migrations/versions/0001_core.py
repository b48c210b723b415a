"""Accounts, channels, videos and the system's own tables.

Revises: nothing
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = [
    "create schema users",
    "create schema channels",
    "create schema videos",
    "create schema system",
    """
create function system.touch() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$
""",
    """
create table users.accounts (
    id uuid primary key default gen_random_uuid(),
    email text not null unique check (email = lower(email) and position('@' in email) > 1),
    password_hash text,
    name text not null default '',
    role text not null default 'user' check (role in ('user', 'admin')),
    plan text not null default 'free' check (plan in ('free', 'starter', 'growth', 'scale')),
    subscription_status text not null default 'active' check (subscription_status in ('active', 'trialing', 'past_due', 'canceled')),
    trial_ends_at timestamptz,
    limits jsonb not null default '{}',
    day_cap numeric(14, 6) check (day_cap >= 0),
    time_zone text not null default 'UTC',
    email_verified_at timestamptz,
    failed_logins integer not null default 0 check (failed_logins >= 0),
    locked_until timestamptz,
    disabled_at timestamptz,
    is_beta_user boolean not null default false,
    onboarding jsonb not null default '{}',
    stripe_customer_id text unique,
    stripe_subscription_id text unique,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
)
""",
    """
create table channels.youtube_channels (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users.accounts (id) on delete restrict,
    name text not null check (length(name) between 1 and 200),
    description text not null default '',
    youtube_channel_id text unique,
    niche text not null default 'general',
    sub_niche text not null default '',
    target_audience text not null default '',
    content_strategy jsonb not null default '{}',
    publish_schedule jsonb not null default '{}',
    videos_per_day integer not null default 1 check (videos_per_day between 0 and 3),
    auto_publish boolean not null default false,
    automation_enabled boolean not null default false,
    health double precision not null default 1 check (health between 0 and 1),
    status text not null default 'active' check (status in ('pending_oauth', 'active', 'paused', 'suspended', 'deleted')),
    time_zone text not null default 'UTC',
    language text not null default 'en',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (id, user_id)
)
""",
    "create index youtube_channels_user on channels.youtube_channels (user_id, created_at desc, id desc)",
    "create index youtube_channels_automated on channels.youtube_channels (health desc) where status = 'active' and automation_enabled",
    """
create table videos.video_records (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    channel_id uuid not null,
    title text not null default '',
    topic text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    category text not null default '27',
    language text not null default 'en',
    format text not null check (format in ('standard', 'long', 'short', 'economy')),
    level text not null default 'standard' check (level in ('economy', 'standard', 'premium')),
    priority integer not null default 3 check (priority between 1 and 5),
    request jsonb not null,
    slug text not null,
    status text not null default 'queued' check (status in ('queued', 'scripting', 'producing', 'rendering', 'checking',
        'awaiting_approval', 'scheduled', 'publishing', 'parked', 'published', 'completed', 'rejected', 'cancelled', 'failed')),
    step text not null default '',
    detail text not null default '',
    park_reason text check (park_reason in ('budget', 'quota', 'provider', 'person', 'paused', 'storage')),
    park_until timestamptz,
    error text not null default '',
    workflow_id text not null unique,
    run_id text not null default '',
    estimated_cost numeric(14, 6) not null default 0 check (estimated_cost >= 0),
    total_cost numeric(14, 6) not null default 0 check (total_cost >= 0),
    budget_cap numeric(14, 6) check (budget_cap >= 0),
    quality_score double precision check (quality_score between 0 and 100),
    compliance_score double precision check (compliance_score between 0 and 100),
    quality jsonb not null default '{}',
    seconds double precision not null default 0 check (seconds >= 0),
    encoder text not null default '',
    location text not null default '',
    youtube_id text unique,
    scheduled_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    foreign key (channel_id, user_id) references channels.youtube_channels (id, user_id) on delete restrict,
    check ((status = 'parked') = (park_reason is not null)),
    check (park_until is null or status = 'parked')
)
""",
    "create index video_records_user on videos.video_records (user_id, created_at desc, id desc)",
    "create index video_records_user_status on videos.video_records (user_id, status, created_at desc, id desc)",
    "create index video_records_channel on videos.video_records (channel_id, created_at desc, id desc)",
    "create index video_records_channel_status on videos.video_records (channel_id, status, created_at desc, id desc)",
    "create index video_records_created on videos.video_records (created_at desc, id desc)",
    "create index video_records_status on videos.video_records (status, created_at desc, id desc)",
    """
create index video_records_open on videos.video_records (updated_at)
    where status not in ('published', 'completed', 'rejected', 'cancelled', 'failed')
""",
    """
create table videos.artifacts (
    id bigint generated always as identity primary key,
    video_id uuid not null references videos.video_records (id) on delete cascade,
    kind text not null,
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    media_type text not null,
    size bigint not null check (size >= 0),
    step text not null default '',
    created_at timestamptz not null default now(),
    unique (video_id, kind, digest)
)
""",
    "create index artifacts_digest on videos.artifacts (digest, kind)",
    """
create table videos.steps (
    id bigint generated always as identity primary key,
    video_id uuid not null references videos.video_records (id) on delete cascade,
    step text not null,
    part text not null default '',
    provider text not null,
    cost numeric(14, 6) not null default 0 check (cost >= 0),
    passed_over text[] not null default '{}',
    cached boolean not null default false,
    seconds double precision not null default 0 check (seconds >= 0),
    at timestamptz not null default now(),
    unique (video_id, step, part)
)
""",
    """
create table videos.events (
    id bigint primary key,
    video_id uuid not null references videos.video_records (id) on delete cascade,
    user_id uuid not null,
    type text not null,
    data jsonb not null default '{}',
    at timestamptz not null default now()
)
""",
    "create sequence videos.events_id owned by videos.events.id",
    "create index events_video on videos.events (video_id, id)",
    "create index events_user on videos.events (user_id, id)",
    # A listener resumes after the last id it saw, so a user's ids must become visible in their order: the lock is held until commit.
    """
create function videos.number_event() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(7001, hashtext(new.user_id::text));
    new.id := nextval('videos.events_id');
    perform pg_notify('video_events', json_build_object('id', new.id, 'video_id', new.video_id, 'user_id', new.user_id)::text);
    return new;
end $$
""",
    "create trigger number_event before insert on videos.events for each row execute function videos.number_event()",
    """
create table system.outbox (
    id bigint generated always as identity primary key,
    kind text not null,
    key text not null unique,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    last_error text not null default '',
    next_try_at timestamptz not null default now()
)
""",
    "create index outbox_waiting on system.outbox (next_try_at, id) where sent_at is null",
    """
create table system.settings (
    key text primary key,
    value jsonb not null,
    updated_at timestamptz not null default now()
)
""",
    """
create table system.breakers (
    provider text primary key,
    failures integer not null default 0 check (failures >= 0),
    opened_at timestamptz,
    trial_at timestamptz,
    last_error text not null default '',
    last_failure_at timestamptz,
    last_success_at timestamptz,
    updated_at timestamptz not null default now()
)
""",
    *(
        f"create trigger touch before update on {table} for each row execute function system.touch()"
        for table in ("users.accounts", "channels.youtube_channels", "videos.video_records", "system.settings", "system.breakers")
    ),
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for schema in ("videos", "channels", "users", "system"):
        op.execute(f"drop schema {schema} cascade")
