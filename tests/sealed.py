"""Files as a sender encrypts them, with the libraries or with the programs that senders have."""

import subprocess
from pathlib import Path

import pyrage
import pysequoia

from rosters.containers.seals import Kind


def sealed(kind: Kind, content: bytes, *publics: str, armored: bool = False) -> bytes:
    """The content, encrypted for these public keys."""
    if kind == "age":
        recipients = [pyrage.x25519.Recipient.from_str(public) for public in publics]
        return bytes(pyrage.encrypt(content, recipients, armored=armored))
    certificates = [pysequoia.Cert.from_bytes(public.encode()) for public in publics]
    return bytes(pysequoia.encrypt(recipients=certificates, bytes=content, armor=armored))


class Gpg:
    """Debian's GnuPG, with a home of its own."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700)
        # Its agent would find out first how many rounds of a passphrase take a tenth of a second.
        (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
        self._home = home

    def __call__(self, *arguments: str, content: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self._home), "--batch", "--quiet", "--trust-model"]
        options = ["always", "--pinentry-mode", "loopback", "--passphrase", ""]
        ended = subprocess.run(
            [*command, *options, *arguments], input=content, capture_output=True, check=True
        )
        return ended.stdout

    def end(self) -> None:
        """End its agent, which would go on for a while."""
        command = ["gpgconf", "--homedir", str(self._home), "--kill", "all"]
        subprocess.run(command, check=True)
