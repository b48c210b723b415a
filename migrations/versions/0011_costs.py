"""The ledger: budgets, append-only entries, prices, and the procedures that post to them.

`costs.reserve` and `costs.close` run in one round trip each. They lock in one order everywhere (the video, then budgets from the
coolest to the hottest), so they cannot deadlock. Every writer passes the rows of the platform's day and month, so those must not stay
locked while the disk syncs: the posting commits without waiting for the disk, which lets the locks go, and a second, empty
transaction then waits until the log is on the disk as far as itself, and therefore as far as the posting and all that it was built
on. Who gets an answer has it for good, and many postings share one sync.

Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Order of locking. p_caps follows it.
SCOPES = "'video', 'provider_video', 'user_day', 'provider_day', 'platform_month', 'platform_day'"

UP = [
    "create schema costs",
    f"""
create table costs.budgets (
    scope text not null check (scope in ({SCOPES})),
    subject text not null,
    period text not null,
    cap numeric(14, 6) check (cap >= 0),
    raised boolean not null default false,
    reserved numeric(14, 6) not null default 0 check (reserved >= 0),
    spent numeric(14, 6) not null default 0 check (spent >= 0),
    primary key (scope, subject, period)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000)
""",
    """
create table costs.entries (
    id bigint generated always as identity primary key,
    key text not null check (length(key) between 1 and 300),
    kind text not null check (kind in ('reserve', 'settle', 'release')),
    video_id uuid references videos.video_records (id) on delete restrict,
    user_id uuid references users.accounts (id) on delete restrict,
    provider text not null,
    operation text not null,
    day date not null,
    reserved numeric(14, 6) not null,
    spent numeric(14, 6) not null check (spent >= 0),
    at timestamptz not null default clock_timestamp(),
    check (case kind when 'reserve' then reserved >= 0 and spent = 0 when 'release' then reserved <= 0 and spent = 0 else reserved <= 0 end)
)
""",
    "create unique index entries_opened on costs.entries (key) where kind = 'reserve'",
    "create unique index entries_closed on costs.entries (key) where kind <> 'reserve'",
    "create index entries_video on costs.entries (video_id, id)",
    "create index entries_user_day on costs.entries (user_id, day)",
    "create index entries_day on costs.entries (day)",
    """
create function costs.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'costs.entries is append-only: % is refused', tg_op using errcode = 'restrict_violation';
end $$
""",
    "create trigger append_only before update or delete on costs.entries for each row execute function costs.refuse_change()",
    "create trigger append_only_all before truncate on costs.entries for each statement execute function costs.refuse_change()",
    """
create view costs.daily_costs as
    select day, user_id, provider, operation,
        sum(spent)::numeric(14, 6) as spent, sum(reserved)::numeric(14, 6) as reserved, count(*) filter (where kind = 'reserve') as calls
    from costs.entries group by day, user_id, provider, operation
""",
    # The budgets that a charge counts against, in the order of locking; a subject is null where a scope does not apply.
    """
create function costs.subjects(p_video uuid, p_user uuid, p_provider text, p_operation text) returns text[] language sql immutable as $$
    select array[p_video::text, p_video::text || ' ' || p_provider || ' ' || p_operation, p_user::text, p_provider, '', '']
$$
""",
    """
create function costs.periods(p_day date) returns text[] language sql stable as $$
    select array['', '', p_day::text, p_day::text, to_char(p_day, 'YYYY-MM'), p_day::text]
$$
""",
    # outcome: reserved, settled or released (fresh: by this call), or over (then scope, cap and what counted against it).
    f"""
create procedure costs.reserve(p_key text, p_video uuid, p_user uuid, p_provider text, p_operation text, p_amount numeric, p_caps numeric[],
    p_at timestamptz, inout outcome text, inout fresh boolean, inout scope text, inout cap numeric, inout used numeric) language plpgsql as $$
declare
    v_day date := (coalesce(p_at, now()) at time zone 'UTC')::date;
    v_scopes text[] := array[{SCOPES}];
    v_subjects text[] := costs.subjects(p_video, p_user, p_provider, p_operation);
    v_periods text[] := costs.periods(v_day);
    v_own numeric;
begin
    set local synchronous_commit = off;
    fresh := false;
    if p_video is not null then
        update videos.video_records set total_cost = total_cost + p_amount where id = p_video returning budget_cap into v_own;
        p_caps[1] := coalesce(v_own, p_caps[1]);
    end if;
    insert into costs.entries (key, kind, video_id, user_id, provider, operation, day, reserved, spent)
        values (p_key, 'reserve', p_video, p_user, p_provider, p_operation, v_day, p_amount, 0) on conflict do nothing;
    if not found then
        rollback;
        outcome := coalesce((select kind || 'd' from costs.entries where key = p_key and kind <> 'reserve'), 'reserved');
        return;
    end if;
    if p_user is not null then
        select day_cap into v_own from users.accounts where id = p_user;
        p_caps[3] := coalesce(v_own, p_caps[3]);
    end if;
    for i in 1 .. 6 loop
        continue when v_subjects[i] is null;
        update costs.budgets as b set reserved = b.reserved + p_amount, cap = case when b.raised then b.cap else p_caps[i] end
            where b.scope = v_scopes[i] and b.subject = v_subjects[i] and b.period = v_periods[i]
            returning b.cap, b.reserved + b.spent into cap, used;
        if not found then
            insert into costs.budgets as b (scope, subject, period, cap, reserved)
                values (v_scopes[i], v_subjects[i], v_periods[i], p_caps[i], p_amount)
                on conflict on constraint budgets_pkey do update set reserved = b.reserved + excluded.reserved
                returning b.cap, b.reserved + b.spent into cap, used;
        end if;
        if used > cap then
            rollback;
            outcome := 'over';
            scope := v_scopes[i];
            used := used - p_amount;
            return;
        end if;
    end loop;
    commit;
    perform pg_logical_emit_message(true, 'ledger', '');
    outcome := 'reserved';
    fresh := true;
end $$
""",
    # p_spent null releases. outcome: settled or released (fresh: by this call), or unknown.
    f"""
create procedure costs.close(p_key text, p_spent numeric, inout outcome text, inout fresh boolean) language plpgsql as $$
declare
    v_entry costs.entries;
    v_kind text := case when p_spent is null then 'release' else 'settle' end;
    v_spent numeric := coalesce(p_spent, 0);
    v_scopes text[] := array[{SCOPES}];
    v_subjects text[];
    v_periods text[];
begin
    set local synchronous_commit = off;
    fresh := false;
    select * into v_entry from costs.entries where key = p_key and kind = 'reserve';
    if not found then
        outcome := 'unknown';
        return;
    end if;
    insert into costs.entries (key, kind, video_id, user_id, provider, operation, day, reserved, spent)
        values (p_key, v_kind, v_entry.video_id, v_entry.user_id, v_entry.provider, v_entry.operation, v_entry.day, -v_entry.reserved, v_spent)
        on conflict do nothing;
    if not found then
        rollback;
        outcome := (select kind || 'd' from costs.entries where key = p_key and kind <> 'reserve');
        return;
    end if;
    if v_entry.video_id is not null then
        update videos.video_records set total_cost = total_cost - v_entry.reserved + v_spent where id = v_entry.video_id;
    end if;
    v_subjects := costs.subjects(v_entry.video_id, v_entry.user_id, v_entry.provider, v_entry.operation);
    v_periods := costs.periods(v_entry.day);
    for i in 1 .. 6 loop
        continue when v_subjects[i] is null;
        update costs.budgets as b set reserved = b.reserved - v_entry.reserved, spent = b.spent + v_spent
            where b.scope = v_scopes[i] and b.subject = v_subjects[i] and b.period = v_periods[i];
    end loop;
    commit;
    perform pg_logical_emit_message(true, 'ledger', '');
    outcome := v_kind || 'd';
    fresh := true;
end $$
""",
    """
create table costs.prices (
    id bigint generated always as identity primary key,
    provider text not null,
    model text not null,
    unit text not null check (unit in ('input_tokens', 'cached_tokens', 'output_tokens', 'characters', 'assets', 'images', 'calls', 'seconds')),
    amount numeric(18, 9) not null check (amount >= 0),
    per integer not null default 1 check (per > 0),
    valid_from timestamptz not null,
    valid_to timestamptz,
    source text not null check (source <> ''),
    created_at timestamptz not null default now(),
    unique (provider, model, unit, valid_from),
    check (valid_to > valid_from)
)
""",
    """
insert into costs.prices (provider, model, unit, amount, per, valid_from, source) values
    ('openai', 'gpt-5.6-luna', 'input_tokens', 0.20, 1000000, '2026-01-01', 'OpenAI price list, late 2026'),
    ('openai', 'gpt-5.6-luna', 'cached_tokens', 0.02, 1000000, '2026-01-01', 'OpenAI price list, late 2026'),
    ('openai', 'gpt-5.6-luna', 'output_tokens', 1.20, 1000000, '2026-01-01', 'OpenAI price list, late 2026'),
    ('openai', 'gpt-3.5-turbo', 'input_tokens', 0.002, 1000, '2023-03-01', 'seed figure'),
    ('openai', 'gpt-3.5-turbo', 'cached_tokens', 0.002, 1000, '2023-03-01', 'seed figure'),
    ('openai', 'gpt-3.5-turbo', 'output_tokens', 0.002, 1000, '2023-03-01', 'seed figure'),
    ('openai', 'gpt-4', 'input_tokens', 0.03, 1000, '2023-03-14', 'seed figure'),
    ('openai', 'gpt-4', 'cached_tokens', 0.03, 1000, '2023-03-14', 'seed figure'),
    ('openai', 'gpt-4', 'output_tokens', 0.03, 1000, '2023-03-14', 'seed figure'),
    ('openai', 'gpt-image-1', 'images', 0.04, 1, '2025-04-23', 'about, as the product plans with'),
    ('openai', 'omni-moderation-latest', 'calls', 0, 1, '2024-09-26', 'free by OpenAI''s documentation'),
    ('sdxl', '*', 'images', 0.04, 1, '2025-01-01', 'about, as the product plans with'),
    ('google', 'neural2', 'characters', 16, 1000000, '2025-01-01', 'Google Cloud Text-to-Speech price list'),
    ('google', 'standard', 'characters', 4, 1000000, '2025-01-01', 'Google Cloud Text-to-Speech price list'),
    ('elevenlabs', '*', 'characters', 0.30, 1000, '2025-01-01', 'ElevenLabs price list'),
    ('shutterstock', '*', 'assets', 0.50, 1, '2025-01-01', 'Shutterstock, by asset'),
    ('pexels', '*', 'calls', 0, 1, '2025-01-01', 'free by Pexels'' licence'),
    ('pixabay', '*', 'calls', 0, 1, '2025-01-01', 'free by Pixabay''s licence'),
    ('local', '*', 'calls', 0, 1, '2025-01-01', 'this machine')
""",
    # A cost changes the row but not its story, and an index on updated_at would make each posting rewrite every index of the row.
    "drop index videos.video_records_open",
    """
create index video_records_open on videos.video_records (created_at)
    where status not in ('published', 'completed', 'rejected', 'cancelled', 'failed')
""",
    "drop trigger touch on videos.video_records",
    """
create trigger touch before update on videos.video_records for each row
    when (old.total_cost is not distinct from new.total_cost) execute function system.touch()
""",
]

DOWN = [
    "drop schema costs cascade",
    "drop trigger touch on videos.video_records",
    "create trigger touch before update on videos.video_records for each row execute function system.touch()",
    "drop index videos.video_records_open",
    """
create index video_records_open on videos.video_records (updated_at)
    where status not in ('published', 'completed', 'rejected', 'cancelled', 'failed')
""",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
