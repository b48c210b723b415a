"""A budget's day is named alike by the database and by the code, whatever the DateStyle of the database.

What was posted under another name (20.11.2026) is brought to the day's own budget, out of the entries, which hold the truth. Going
back changes nothing: older code works with these names as well, and with the old function days would part again.

Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DAYS = "'user_day', 'provider_day', 'platform_day'"

UP = [
    """
create or replace function costs.periods(p_day date) returns text[] language sql stable as $$
    select array['', '', to_char(p_day, 'YYYY-MM-DD'), to_char(p_day, 'YYYY-MM-DD'), to_char(p_day, 'YYYY-MM'),
        to_char(p_day, 'YYYY-MM-DD')]
$$
""",
    rf"""
do $$
begin
    if not exists (select from costs.budgets where scope in ({DAYS}) and period !~ '^\d{{4}}-\d\d-\d\d$') then
        return;
    end if;
    lock table costs.entries, costs.budgets in share row exclusive mode;
    delete from costs.budgets where scope in ({DAYS}) and period !~ '^\d{{4}}-\d\d-\d\d$';
    insert into costs.budgets as b (scope, subject, period, reserved, spent)
        select s.scope, (costs.subjects(null, e.user_id, e.provider, e.operation))[s.number], to_char(e.day, 'YYYY-MM-DD'),
            sum(e.reserved), sum(e.spent)
        from costs.entries e, (values (3, 'user_day'), (4, 'provider_day'), (6, 'platform_day')) as s (number, scope)
        where (costs.subjects(null, e.user_id, e.provider, e.operation))[s.number] is not null
        group by 1, 2, 3
        on conflict on constraint budgets_pkey do update set reserved = excluded.reserved, spent = excluded.spent;
end $$
""",
]


def upgrade() -> None:
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    pass
