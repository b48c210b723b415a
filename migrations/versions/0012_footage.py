"""Which footage a channel showed, and the calls of providers that count them by the hour.

Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

UP = [
    """
create table videos.footage_uses (
    video_id uuid not null references videos.video_records (id) on delete cascade,
    provider text not null check (provider <> ''),
    source_id text not null check (source_id <> ''),
    scene integer not null check (scene >= 0),
    channel_id uuid not null,
    subject text not null default '',
    at timestamptz not null default now(),
    primary key (video_id, provider, source_id)
)
""",
    """
create function videos.recent_of_channel(p_channel uuid, p_but uuid, p_count integer) returns setof uuid language sql stable as $$
    select id from videos.video_records
    where channel_id = p_channel and id <> p_but and status not in ('failed', 'cancelled', 'rejected')
    order by created_at desc, id desc limit p_count
$$
""",
    "create index footage_uses_channel on videos.footage_uses (channel_id, provider, source_id)",
    """
create table system.provider_calls (
    id bigint generated always as identity primary key,
    provider text not null check (provider <> ''),
    at timestamptz not null default clock_timestamp()
)
""",
    "create index provider_calls_at on system.provider_calls (provider, at)",
    # Null: counted, go ahead. Else how long until a call falls out of the window. Of any window, not of a clock's hour.
    """
create function system.permit_call(p_provider text, p_limit integer, p_window interval) returns interval language plpgsql as $$
declare
    v_calls integer;
    v_first timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended('provider calls ' || p_provider, 0));
    select count(*), min(at) into v_calls, v_first
        from system.provider_calls where provider = p_provider and at > clock_timestamp() - p_window;
    if v_calls < p_limit then
        insert into system.provider_calls (provider) values (p_provider);
        return null;
    end if;
    return coalesce(v_first + p_window - clock_timestamp(), p_window);
end $$
""",
    # Whether the scene may show the clip. Two videos of a channel that ask at once are answered one after the other.
    """
create function videos.claim_footage(p_channel uuid, p_video uuid, p_scene integer, p_provider text, p_source text, p_subject text,
    p_remake boolean, p_videos integer) returns boolean language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('footage ' || p_channel, 0));
    if exists (
        select from videos.footage_uses u
        where u.channel_id = p_channel and u.provider = p_provider and u.source_id = p_source
            and (u.video_id = p_video and u.scene <> p_scene
                or u.video_id in (select videos.recent_of_channel(p_channel, p_video, p_videos))
                    and not (p_remake and u.subject = p_subject))
    ) then
        return false;
    end if;
    delete from videos.footage_uses where video_id = p_video and scene = p_scene and (provider, source_id) <> (p_provider, p_source);
    insert into videos.footage_uses (video_id, provider, source_id, scene, channel_id, subject)
        values (p_video, p_provider, p_source, p_scene, p_channel, p_subject)
        on conflict (video_id, provider, source_id) do update set subject = excluded.subject;
    return true;
end $$
""",
    """
insert into costs.prices (provider, model, unit, amount, per, valid_from, source) values
    ('openai', 'gpt-image-1.5', 'images', 0.04, 1, '2025-12-01', 'about, as the product plans with')
on conflict do nothing
""",
]

DOWN = [
    "delete from costs.prices where provider = 'openai' and model = 'gpt-image-1.5'",
    "drop function videos.claim_footage",
    "drop function videos.recent_of_channel",
    "drop function system.permit_call",
    "drop table system.provider_calls",
    "drop table videos.footage_uses",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN:
        op.execute(statement)
