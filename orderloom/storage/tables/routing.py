"""The merchant's rules: every book that was ever in force, and from when on which of them is. Whole configurations."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from orderloom.storage.tables.base import Serial, UtcTime, metadata, required

rule_books = Table(
    "rule_books",
    metadata,
    Column("book", String, primary_key=True),
    required("document", Text),
    required("stored_at", UtcTime),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("version", Serial, primary_key=True),
    Column("book", String, ForeignKey("rule_books.book")),
    Column("text", Text),
    required("effective_from", UtcTime),
    required("applied_at", UtcTime),
    required("by", String),
    required("why", Text),
    Column("restores", Integer),
    Column("withdrawn_at", UtcTime),
    Index(None, "effective_from"),
)

configurations = Table(
    "configurations",
    metadata,
    Column("process", String, primary_key=True),
    required("text", Text),
    required("kept_at", UtcTime),
    Column("refused_at", UtcTime),
    required("why", Text),
)
