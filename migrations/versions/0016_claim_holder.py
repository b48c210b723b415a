"""Who holds the claim of an idempotency key: a claim whose answer was lost can be given back by its claimer alone.

Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table system.idempotency_keys add column holder uuid")


def downgrade() -> None:
    op.execute("alter table system.idempotency_keys drop column holder")
