"""The SFTP server."""

import socket

from pydantic import Field

from registry.settings.concern import GIB_BYTES, ConcernSettings


class SftpSettings(ConcernSettings):
    """The SFTP server."""

    sftp_host: str = Field(
        "127.0.0.1",
        description="Address on which the SFTP server listens; 0.0.0.0 for customers to reach it.",
    )
    sftp_port: int = Field(
        2222, ge=1, le=65535, description="Port on which the SFTP server listens."
    )
    sftp_public_host: str | None = Field(
        None,
        description="Host name of the SFTP server for customers. Not set: this machine's.",
    )
    sftp_proxy_protocol: bool = Field(
        default=False,
        description="Expect the PROXY protocol (1 or 2) in front of each SFTP connection, as a "
        "load balancer sends it. Only set it if no client but the balancer reaches the port.",
    )
    sftp_max_sessions: int = Field(
        50, gt=0, description="Most SFTP sessions of one account at a time."
    )
    sftp_max_strangers: int = Field(
        300,
        gt=0,
        description="Most SFTP connections at a time over which nobody signed in yet; one more is "
        "closed at once.",
    )
    sftp_idle_seconds: float = Field(
        600, gt=0, description="How long an SFTP session may do nothing before it is closed."
    )
    sftp_max_waiting_files: int = Field(
        1_000, gt=0, description="Most files of one account that may be in its Pending folder."
    )
    sftp_max_waiting_bytes: int = Field(
        10 * GIB_BYTES,
        gt=0,
        description="Most bytes of one account that may be in its Pending folder.",
    )
    sftp_max_failures: int = Field(
        10,
        gt=0,
        description="How many wrong passwords, from one address or for one user within "
        "`ROSTERLINE_SFTP_BAN_MINUTES`, lead to a ban.",
    )
    sftp_ban_minutes: float = Field(15, gt=0, description="How long a ban holds.")

    @property
    def sftp_host_for_customers(self) -> str:
        """The host name that customers are given."""
        return self.sftp_public_host or socket.getfqdn()
