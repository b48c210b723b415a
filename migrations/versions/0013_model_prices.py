"""Prices of the models that write scripts at level premium.

Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MODELS = ("gpt-5.6-sol", "gpt-5.6-terra")


def upgrade() -> None:
    """Tokens of both, by the million."""
    op.execute(
        """
insert into costs.prices (provider, model, unit, amount, per, valid_from, source) values
    ('openai', 'gpt-5.6-sol', 'input_tokens', 5.00, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026'),
    ('openai', 'gpt-5.6-sol', 'cached_tokens', 0.50, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026'),
    ('openai', 'gpt-5.6-sol', 'output_tokens', 30.00, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026'),
    ('openai', 'gpt-5.6-terra', 'input_tokens', 2.50, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026'),
    ('openai', 'gpt-5.6-terra', 'cached_tokens', 0.25, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026'),
    ('openai', 'gpt-5.6-terra', 'output_tokens', 15.00, 1000000, '2026-06-26', 'OpenAI''s announcement of the models, June 2026')
on conflict do nothing
"""
    )


def downgrade() -> None:
    """Without them."""
    op.execute(f"delete from costs.prices where provider = 'openai' and model in {MODELS}")
