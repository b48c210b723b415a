"""A reservation of nothing passes no cap, not even one that is passed already: what a call turned out to cost is owed and counted.

Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BEFORE, AFTER = "if used > cap then", "if used > cap and p_amount > 0 then"


def upgrade() -> None:
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    _replace(AFTER, BEFORE)


def _replace(old: str, new: str) -> None:
    op.execute(f"do $do$ begin execute replace(pg_get_functiondef('costs.reserve'::regproc), '{old}', '{new}'); end $do$")
