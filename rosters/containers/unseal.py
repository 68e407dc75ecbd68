"""An encrypted file becomes the file in it, by a process of its own, with keys of the account.

A message of some kilobytes can hold gigabytes, and those who find faults in such libraries begin
with what strangers send. So the libraries are not loaded into the process of an import.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rosters.byte_source import LocalBytes, path_of
from rosters.containers.archives import too_large
from rosters.containers.limited_reader import reader_environment
from rosters.containers.recognise import damaged
from rosters.containers.seals import SHOWN, Seal
from schemas.errors import FileFault

_READER = "rosters.containers.read_sealed"


def unseal(
    source: LocalBytes, target: Path, seal: Seal, keys: Sequence[Path], max_bytes: int
) -> int:
    """Write what is encrypted in `source` to `target`; how many bytes that is.

    Raises:
        FileFault: none of the keys opens it, a passphrase would, it is damaged, or too large.
        OSError: it cannot be written.
    """
    name = SHOWN[seal.kind]
    if seal.for_passphrase and (seal.kind == "age" or not keys):
        # Of age's, no key opens it as well; of OpenPGP's, one may.
        raise _needs_passphrase(name)
    if not keys:
        raise FileFault(
            "cannot_be_decrypted",
            f"the file is encrypted with {name}, and this account has no key for it; ask for the "
            "public key to encrypt it with, or send it as it is: it is encrypted on its way here",
            advice=f"`rosterline account key make ACCOUNT NAME --kind {seal.kind}` makes one",
        )
    report = _read(path_of(source), target, seal, keys, max_bytes)
    if "errno" in report:
        raise OSError(report["errno"], os.strerror(report["errno"]))
    ended, unusable = report["ended"], report["unusable"]
    if ended == "too_large":
        raise too_large(max_bytes)
    if ended == "damaged":
        raise damaged(f"file encrypted with {name}")
    if ended == "no_key" and seal.for_passphrase:
        raise _needs_passphrase(name)
    if ended == "no_key":
        raise FileFault(
            "cannot_be_decrypted",
            f"the file is encrypted with {name} for a key that this account does not have; encrypt "
            "it for the public key that you were given last, and send it again",
            advice=f"no keys: {', '.join(unusable)}"
            if unusable
            else "`rosterline account key list ACCOUNT` shows the account's keys",
        )
    return target.stat().st_size


def _read(
    source: Path, target: Path, seal: Seal, keys: Sequence[Path], max_bytes: int
) -> dict[str, Any]:
    what = {
        "kind": seal.kind,
        "source": str(source),
        "target": str(target),
        "keys": [str(key) for key in keys],
        "max_bytes": max_bytes,
    }
    ended = subprocess.run(
        [sys.executable, "-m", _READER],
        input=json.dumps(what).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's message may hold what it decrypted
        env=reader_environment(),
        check=False,
    )
    if ended.returncode < 0:
        raise FileFault(
            "too_large_unpacked",
            "decrypting this file takes more memory or time than it may take; split it",
        )
    if ended.returncode:
        raise RuntimeError(f"the reader of encrypted files ended with {ended.returncode}")
    report: dict[str, Any] = json.loads(ended.stdout)
    return report


def _needs_passphrase(name: str) -> FileFault:
    return FileFault(
        "cannot_be_decrypted",
        f"the file is encrypted with {name} by a passphrase, and nobody is here to type it; "
        "encrypt it for the public key that you were given, and send it again",
    )
