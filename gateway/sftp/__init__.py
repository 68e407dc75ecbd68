"""The SFTP door: two folders per account, for any client (docs/decisions/006-sftp.md)."""
