"""Indexes for what is asked of a large catalogue; events are counted by their writers, not by the database."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index copies by their last check, objects and deposits by agency in the order of their pages."""
    op.create_index("ix_copy_checked", "copy", ["checked", "object_id", "location"])
    for table in ("object", "deposit"):
        op.create_index(f"ix_{table}_agency_id", table, ["agency", "id"])
        op.drop_index(f"ix_{table}_agency", table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table event alter column sequence drop default")
        op.execute("drop sequence event_sequence_seq")
