"""How often YouTube was asked for a session of an upload: each time counts, answered or not.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table youtube.uploads add column asked integer not null default 0 check (asked >= sessions)")


def downgrade() -> None:
    op.execute("alter table youtube.uploads drop column asked")
