"""Settings of an account: users, API keys, SFTP users, webhook, lists, account, activity log."""
