"""PostgreSQL: connections, the embedded server, bulk copy, row-level security, locks."""
