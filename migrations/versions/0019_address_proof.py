"""The password that an account gets with the confirmation of its address: that of the registration which the link came of.

Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table users.tokens add column password_hash text")


def downgrade() -> None:
    op.execute("alter table users.tokens drop column password_hash")
