"""A channel has one owner: the planner must know, or it takes a channel's videos of its owner for a handful and sorts them all.

Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create statistics videos.video_owner (dependencies) on channel_id, user_id from videos.video_records")


def downgrade() -> None:
    op.execute("drop statistics videos.video_owner")
