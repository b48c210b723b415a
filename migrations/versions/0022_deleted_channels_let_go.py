"""Deleted channels let go of their YouTube channels, which can be tied to others then; uploads keep the id that they went to.

Going back changes nothing: older code works without the ids of deleted channels.

Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "update channels.youtube_channels set youtube_channel_id = null where status = 'deleted' and youtube_channel_id is not null"
    )


def downgrade() -> None:
    pass
