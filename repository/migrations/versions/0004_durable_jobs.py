"""Jobs that outlive their process: priority, worker, attempts; and the workers themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what durable jobs need; jobs of before are done or are taken up again."""
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="10"))
        job.add_column(sa.Column("worker", sa.String(), nullable=True))
        job.add_column(sa.Column("run", sa.Integer(), nullable=False, server_default="1"))
        job.add_column(sa.Column("takeovers", sa.Integer(), nullable=False, server_default="0"))
        job.add_column(sa.Column("due", sa.DateTime(), nullable=True))
        job.add_column(sa.Column("cancelling", sa.Boolean(), nullable=False, server_default=sa.false()))
        job.add_column(sa.Column("progress", sa.JSON(), nullable=True))
    op.create_table(
        "worker",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
    )
