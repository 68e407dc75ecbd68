"""The SFTP server."""

import socket
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from registry.settings.concern import GIB_BYTES, ConcernSettings, split_list
from registry.settings.sftp_algorithms import PROFILES, Kind, Profile, require_known

Algorithms = Annotated[tuple[str, ...] | None, NoDecode]
_LISTS: dict[str, Kind] = {
    "sftp_key_exchanges": "key_exchanges",
    "sftp_ciphers": "ciphers",
    "sftp_macs": "macs",
    "sftp_signatures": "signatures",
}


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
        description="Host name or address of the SFTP server for customers. Not set: this "
        "machine's full name.",
    )
    sftp_public_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of the SFTP server for customers, where a load balancer has another. Not "
        "set: `ROSTERLINE_SFTP_PORT`.",
    )
    sftp_proxy_protocol: bool = Field(
        default=False,
        description="Expect the PROXY protocol (1 or 2) in front of each SFTP connection, as a "
        "load balancer sends it. Only set it if no client but the balancer reaches the port.",
    )
    sftp_profile: Profile = Field(
        "modern",
        description="Algorithms that the SFTP server offers: `modern`, or `legacy` with SHA-1 and "
        "CBC besides, for clients from before 2016.",
    )
    sftp_key_exchanges: Algorithms = Field(
        None, description="Key exchanges to offer instead of the profile's, with commas between."
    )
    sftp_ciphers: Algorithms = Field(
        None, description="Ciphers to offer instead of the profile's, with commas between."
    )
    sftp_macs: Algorithms = Field(
        None,
        description="Message authentication codes to offer instead of the profile's, with commas "
        "between.",
    )
    sftp_signatures: Algorithms = Field(
        None,
        description="Signatures of host keys and of users' keys to accept instead of the "
        "profile's, with commas between.",
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
    sftp_max_strangers_of_address: int = Field(
        20,
        gt=0,
        description="Most such connections of one address (of IPv6: of one /64).",
    )
    sftp_max_connections_of_address: int = Field(
        100,
        gt=0,
        description="Most SFTP connections of one address (of IPv6: of one /64) at a time, with "
        "those of signed-in users. Raise it where a load balancer hides the customers' addresses.",
    )
    sftp_login_seconds: float = Field(
        60, gt=0, description="How long an SFTP client may take to sign in before it is closed."
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
        description="How many failed sign-ins of one address and user together, within "
        "`ROSTERLINE_SFTP_BAN_MINUTES`, lead to a ban of both together.",
    )
    sftp_max_spread_failures: int = Field(
        100,
        gt=0,
        description="How many failed sign-ins of one address over all users, or of one user over "
        "all addresses, lead to a ban. It does not hold for a user at an address from which they "
        "signed in during the last 30 days.",
    )
    sftp_ban_minutes: float = Field(15, gt=0, description="How long a ban holds.")

    @field_validator(*_LISTS, mode="before")
    @classmethod
    def _split_algorithms(cls, listed: object) -> object:
        return split_list(listed)

    @field_validator(*_LISTS)
    @classmethod
    def _known_algorithms(
        cls, names: tuple[str, ...] | None, info: ValidationInfo
    ) -> tuple[str, ...] | None:
        return require_known(_LISTS[info.field_name or ""], names)

    def sftp_algorithms(self, kind: Kind) -> tuple[str, ...]:
        """The algorithms of this kind that the server offers, the first choice first."""
        chosen: tuple[str, ...] | None = getattr(self, f"sftp_{kind}")
        return chosen or PROFILES[self.sftp_profile][kind]

    @property
    def sftp_host_for_customers(self) -> str:
        """The host name that customers are given."""
        return self.sftp_public_host or socket.getfqdn()

    @property
    def sftp_port_for_customers(self) -> int:
        """The port that customers are given."""
        return self.sftp_public_port or self.sftp_port
