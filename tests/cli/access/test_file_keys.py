"""`rosterline account key`: made, imported, shown, listed, retired."""

import json

import pytest

from rosters.containers.key_texts import make_private_key
from tests.sealed import sealed

CSV = b"First Name,Last Name,DOB,Sex\r\nAda,Moore,1961-05-27,f\r\n"


def said(result):
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def clinic(rosterline):
    return said(rosterline("account", "add", "clinic", "--format", "thoroughcare", "--json"))


def test_a_key_is_made_for_its_owner_only_and_the_public_one_is_printed(rosterline, home):
    made = rosterline("account", "key", "make", "clinic", "2026-11", "--kind", "openpgp")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert "PRIVATE" not in made.output
    (file,) = home.file_keys_dir.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("clinic.2026-11.openpgp", 0o600)
    assert rosterline("account", "key", "show", "clinic", "2026-11").stdout == made.stdout
    again = rosterline("account", "key", "make", "clinic", "2026-11", "--kind", "age")
    assert again.exit_code == 1
    assert "has a key '2026-11' already" in again.stderr


def test_a_key_from_elsewhere_is_kept_and_one_that_is_none_is_refused(rosterline, tmp_path):
    (tmp_path / "key.txt").write_text(make_private_key("age", ""))
    kept = said(rosterline("account", "key", "import", "clinic", "old", tmp_path / "key.txt",
                           "--json"))  # fmt: skip
    assert (kept["kind"], kept["public"]) == ("age", kept["short"])
    (tmp_path / "key.txt").write_text("hello")
    refused = rosterline("account", "key", "import", "clinic", "new", tmp_path / "key.txt")
    assert refused.exit_code == 1
    assert "no private key" in refused.stderr
    other = rosterline("account", "key", "make", "clinic", "Not so", "--kind", "age")
    assert "small letters" in other.stderr


def test_keys_take_turns_and_a_retired_one_opens_only_what_came_before(rosterline, tmp_path):
    first, second = (
        said(rosterline("account", "key", "make", "clinic", name, "--kind", "age", "--json"))
        for name in ("first", "second")
    )
    for key in (first, second):
        (tmp_path / f"{key['name']}.age").write_bytes(sealed("age", CSV, key["public"]))

    def suggest(name):
        return rosterline("mapping", "suggest", tmp_path / f"{name}.age", "--account", "clinic")

    assert suggest("first").exit_code == suggest("second").exit_code == 0
    retired = said(rosterline("account", "key", "retire", "clinic", "first", "--json"))
    assert retired["retired_at"]
    refused = suggest("first")
    assert refused.exit_code == 2
    assert "for a key that this account does not have" in refused.stderr
    assert suggest("second").exit_code == 0
    assert said(rosterline("account", "key", "list", "clinic", "--json")) == [
        retired,
        second,
    ]
    assert "first" in rosterline("account", "key", "list", "clinic").stdout
    twice = rosterline("account", "key", "retire", "clinic", "first")
    assert "retired already" in twice.stderr
