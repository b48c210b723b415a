"""How a channel looks and sounds: its colours, logo, music, intro and outro.

Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "alter table channels.youtube_channels add column brand jsonb not null default '{}' check (jsonb_typeof(brand) = 'object')"
    )


def downgrade() -> None:
    op.execute("alter table channels.youtube_channels drop column brand")
