"""The SFTP server: two folders for each account, for any client (docs/decisions/006-sftp.md)."""
