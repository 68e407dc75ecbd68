"""The process that decrypts a file, with limits that the system holds it to.

    python -m rosters.containers.read_sealed < what

WHAT is JSON: `kind`, `source`, `target`, `keys` (paths of private keys) and `max_bytes`. It prints
JSON: `ended`, which is `opened`, `no_key`, `damaged` or `too_large`, or `errno` of what could not
be written, and `unusable`, the names of keys that are none.
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 3 << 30
"""OpenPGP's library takes about twice what it decrypts, and a file may have 1 GiB."""

SECONDS = 300
_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
_FILE_TOO_LARGE = 27
_NO_KEY = ("No key to decrypt message", "No matching keys found")
"""How the two libraries begin to say it; they have no error of its own for it."""


def main() -> None:
    """Decrypt, and report."""
    what = json.load(sys.stdin)
    most = what["max_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    opened = _open_age if what["kind"] == "age" else _open_openpgp
    json.dump(opened(what["source"], what["target"], what["keys"]), sys.stdout)


def _open_age(source: str, target: str, keys: list[str]) -> dict[str, Any]:
    from pyrage import DecryptError, IdentityError, decrypt_file, x25519  # noqa: PLC0415

    identities, unusable = [], []
    for key in keys:
        lines = [line for line in Path(key).read_text().split() if line.startswith("AGE-SECRET")]
        try:
            identities += [x25519.Identity.from_str(line) for line in lines]
        except IdentityError:
            unusable.append(Path(key).name)
    try:
        decrypt_file(source, target, identities)
    except (DecryptError, OSError) as error:
        return {**_reason(error), "unusable": unusable}
    return {"ended": "opened", "unusable": unusable}


def _open_openpgp(source: str, target: str, keys: list[str]) -> dict[str, Any]:
    from pysequoia import Tsk, decrypt_file  # noqa: PLC0415

    unusable = []
    for key in keys:
        try:
            decryptor = Tsk.from_file(key).decryptor()
        except (RuntimeError, ValueError):
            unusable.append(Path(key).name)
            continue
        try:
            decrypt_file(input=source, output=target, decryptor=decryptor)
        except (RuntimeError, ValueError, OSError) as error:
            reason = _reason(error)
            if reason.get("ended") != "no_key":
                return {**reason, "unusable": unusable}
        else:
            return {"ended": "opened", "unusable": unusable}
    return {"ended": "no_key", "unusable": unusable}


def _reason(error: Exception) -> dict[str, Any]:
    """Why it could not be opened. What the libraries say more is left out: it is about bytes."""
    said = str(error)
    if said.startswith(_NO_KEY):
        return {"ended": "no_key"}
    found = _SYSTEM_ERROR.search(said)
    if found is None:
        return {"ended": "damaged"}
    errno = int(found[1])
    return {"ended": "too_large"} if errno == _FILE_TOO_LARGE else {"errno": errno}


if __name__ == "__main__":
    main()
