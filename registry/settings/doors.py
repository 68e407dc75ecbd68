"""The doors, which are SFTP, API and portal: how many processes, and how one of them ends."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from registry.settings.concern import ConcernSettings, split_list


class DoorSettings(ConcernSettings):
    """Several processes of SFTP, API and portal, on one machine or many."""

    http_processes: int = Field(
        1,
        gt=0,
        description="Processes of API and portal that `rosterline up` starts. The first listens on "
        "`ROSTERLINE_HTTP_PORT`, each further one on the next port; a balancer makes them one.",
    )
    sftp_processes: int = Field(
        1,
        gt=0,
        description="SFTP servers that `rosterline up` starts, from `ROSTERLINE_SFTP_PORT` on.",
    )
    sftp_health_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port on which an SFTP server answers `GET /health` and `GET /ready` over "
        "HTTP, at the address of `ROSTERLINE_HTTP_HOST`; each further one on the next port. Not "
        "set: none.",
    )
    drain_notice_seconds: float = Field(
        0.0,
        ge=0,
        description="How long API, portal and SFTP server still accept after SIGTERM, while "
        "`/ready` says 503. Behind a balancer: longer than it takes to notice. Without one: 0.",
    )
    drain_seconds: float = Field(
        30.0,
        ge=0,
        description="How long requests and transfers that are under way may take after that.",
    )
    signing_key_file: Path | None = Field(
        None,
        description="File with the key of 32 bytes or more that signs links and protects second "
        "factors, the same on each machine. Not set: `signing.key` in the home folder.",
    )
    sftp_host_key_files: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = Field(
        (),
        description="Files with the private host keys of the SFTP server in OpenSSH's form, with "
        "commas between, the same on each machine. Not set: those in `sftp/` in the home folder.",
    )
