"""The profiles that an agency's deposits are judged by."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give each agency a list of profiles, at first none."""
    op.add_column("agency", sa.Column("profiles", sa.JSON(), nullable=True))
