"""Alerts about YouTube leave as events `account.*` for the webhooks of those whom they are about.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UP = [
    # An alert about a project is told to everybody who has an account in it.
    """
create function youtube.tell_endpoints() returns trigger language plpgsql as $$
begin
    perform system.emit_event(owner.user_id, 'evt_youtube_' || new.id, 'account.' || new.kind, jsonb_build_object(
        'id', 'evt_youtube_' || new.id, 'type', 'account.' || new.kind, 'created_at', new.raised_at,
        'data', jsonb_build_object('message', new.message, 'link', new.link, 'account_id', new.account_id, 'project', new.project)))
    from (
        select distinct a.user_id from youtube.accounts a
        left join youtube.uploads u on u.account_id = a.id and u.id = new.upload_id
        where a.id = new.account_id or u.id is not null
            or (new.account_id is null and new.upload_id is null and a.project = new.project)
    ) owner;
    return null;
end $$
""",
    "create trigger tell_endpoints after insert on youtube.alerts for each row execute function youtube.tell_endpoints()",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger tell_endpoints on youtube.alerts")
    op.execute("drop function youtube.tell_endpoints()")
