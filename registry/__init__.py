"""The system of record in PostgreSQL: tables, migrations, ledger, apply, history, undo."""
