"""OpenLineage events of each attempt that is over: from the ledger, to a file and an address."""
