"""Run by Alembic. The caller gives the connection and owns its transaction: see orderloom/storage/migrating.py."""

from alembic import context

from orderloom.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
