"""YouTube: accounts, grants, quota as dated rows, uploads exactly once.


"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = [
    "create schema youtube",
    """
create table youtube.accounts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users.accounts (id) on delete restrict,
    label text not null check (length(label) between 1 and 200),
    google_subject text,
    project text not null check (project <> ''),
    kind text not null default 'active' check (kind in ('active', 'reserve')),
    status text not null default 'active' check (status in ('active', 'needs_reconnect', 'disabled')),
    uploads_a_day integer not null check (uploads_a_day between 0 and 100),
    health integer not null default 100 check (health between 0 and 100),
    consecutive_errors integer not null default 0 check (consecutive_errors >= 0),
    outcomes text not null default '' check (outcomes ~ '^[01]{0,20}$'),
    last_error text not null default '',
    last_used_at timestamptz,
    access_token text,
    access_expires_at timestamptz,
    refresh_token text,
    refresh_expires_at timestamptz,
    refreshed_at timestamptz,
    scopes text[] not null default '{}',
    connected_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (id, project),
    check (status <> 'active' or refresh_token is not null)
)
""",
    "create index accounts_user on youtube.accounts (user_id, created_at desc, id desc)",
    "create index accounts_refresh on youtube.accounts (access_expires_at) where status = 'active'",
    """
create table youtube.channel_grants (
    account_id uuid not null references youtube.accounts (id) on delete restrict,
    youtube_channel_id text not null check (youtube_channel_id <> ''),
    title text not null default '',
    granted_at timestamptz not null default now(),
    revoked_at timestamptz,
    primary key (account_id, youtube_channel_id)
)
""",
    "create index channel_grants_channel on youtube.channel_grants (youtube_channel_id) where revoked_at is null",
    """
create table youtube.account_days (
    account_id uuid not null references youtube.accounts (id) on delete cascade,
    day date not null,
    uploads_a_day integer not null,
    taken integer not null default 0,
    primary key (account_id, day),
    constraint uploads_within_limit check (taken between 0 and uploads_a_day)
)
""",
    """
create table youtube.quota_costs (
    call text not null,
    holds_from date not null,
    bucket text not null,
    units integer not null check (units >= 0),
    source text not null,
    primary key (call, holds_from)
)
""",
    """
create table youtube.quota_limits (
    project text not null default '',
    bucket text not null,
    holds_from date not null,
    units integer not null check (units >= 0),
    source text not null,
    primary key (project, bucket, holds_from)
)
""",
    """
create table youtube.quota_usage (
    project text not null,
    bucket text not null,
    day date not null,
    used integer not null default 0 check (used >= 0),
    full_since timestamptz,
    updated_at timestamptz not null default now(),
    primary key (project, bucket, day)
)
""",
    """
create table youtube.uploads (
    id uuid primary key default gen_random_uuid(),
    video_id uuid not null references videos.video_records (id) on delete restrict,
    account_id uuid not null,
    project text not null,
    youtube_channel_id text not null,
    day date not null,
    state text not null default 'reserved' check (state in ('reserved', 'sending', 'uploaded', 'released', 'abandoned')),
    film_hash text not null,
    film_size bigint not null check (film_size > 0),
    metadata_hash text not null,
    marker text not null,
    fence uuid,
    session text,
    sessions integer not null default 0 check (sessions >= 0),
    sent bigint not null default 0 check (sent between 0 and film_size),
    youtube_id text unique,
    error text not null default '',
    processing text not null default '',
    visibility text not null default '',
    uploaded_at timestamptz,
    confirmed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    foreign key (account_id, youtube_channel_id) references youtube.channel_grants (account_id, youtube_channel_id),
    foreign key (account_id, project) references youtube.accounts (id, project),
    check ((state = 'uploaded') = (youtube_id is not null)),
    check ((state = 'uploaded') = (uploaded_at is not null)),
    check (state <> 'sending' or session is not null),
    check (state not in ('reserved', 'released') or session is null)
)
""",
    "create unique index uploads_one_a_video on youtube.uploads (video_id) where state in ('reserved', 'sending', 'uploaded')",
    "create index uploads_account on youtube.uploads (account_id, day)",
    "create index uploads_unconfirmed on youtube.uploads (uploaded_at) where state = 'uploaded' and confirmed_at is null",
    """
create table youtube.upload_extras (
    upload_id uuid not null references youtube.uploads (id) on delete cascade,
    extra text not null check (extra in ('thumbnail', 'captions_srt', 'captions_vtt', 'playlist')),
    external_id text not null default '',
    started_at timestamptz not null default now(),
    done_at timestamptz,
    primary key (upload_id, extra)
)
""",
    """
create table youtube.oauth_states (
    digest text primary key,
    user_id uuid not null references users.accounts (id) on delete cascade,
    account_id uuid references youtube.accounts (id) on delete cascade,
    channel_id uuid references channels.youtube_channels (id) on delete cascade,
    kind text not null default 'active' check (kind in ('active', 'reserve')),
    project text not null,
    redirect text not null,
    verifier text not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default now()
)
""",
    "create index oauth_states_expired on youtube.oauth_states (expires_at)",
    """
create table youtube.alerts (
    id bigint generated always as identity primary key,
    kind text not null,
    account_id uuid references youtube.accounts (id) on delete cascade,
    upload_id uuid references youtube.uploads (id) on delete cascade,
    project text not null default '',
    message text not null,
    link text not null default '',
    raised_at timestamptz not null default now(),
    cleared_at timestamptz
)
""",
    """
create unique index alerts_open on youtube.alerts (kind, project, coalesce(account_id, upload_id, '00000000-0000-0000-0000-000000000000'))
    where cleared_at is null
""",
    *(
        f"create trigger touch before update on youtube.{table} for each row execute function system.touch()"
        for table in ("accounts", "quota_usage", "uploads")
    ),
]

GUIDE = "https://developers.google.com/youtube/v3/determine_quota_cost"
COSTS = [
    ("videos.insert", "2020-01-01", "general", 1600),
    ("videos.insert", "2025-12-04", "general", 100),
    ("videos.insert", "2026-06-01", "insert", 1),
    ("search.list", "2020-01-01", "general", 100),
    ("search.list", "2026-06-01", "search", 1),
    ("videos.batchGetStats", "2026-06-01", "stats", 1),
    ("thumbnails.set", "2020-01-01", "general", 50),
    ("playlistItems.insert", "2020-01-01", "general", 50),
    ("videos.update", "2020-01-01", "general", 50),
    ("captions.insert", "2020-01-01", "general", 400),
    ("captions.list", "2020-01-01", "general", 50),
    ("captions.update", "2020-01-01", "general", 450),
    ("videos.list", "2020-01-01", "general", 1),
    ("playlistItems.list", "2020-01-01", "general", 1),
    ("channels.list", "2020-01-01", "general", 1),
]
LIMITS = [
    ("general", "2020-01-01", 10000),
    ("insert", "2026-06-01", 100),
    ("search", "2026-06-01", 100),
    ("stats", "2026-06-01", 10000),
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)
    for call, day, bucket, units in COSTS:
        op.execute(f"insert into youtube.quota_costs values ('{call}', '{day}', '{bucket}', {units}, '{GUIDE}')")
    for bucket, day, units in LIMITS:
        op.execute(f"insert into youtube.quota_limits values ('', '{bucket}', '{day}', {units}, '{GUIDE}')")


def downgrade() -> None:
    op.execute("drop schema youtube cascade")
