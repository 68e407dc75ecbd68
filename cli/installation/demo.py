"""The demonstration: three synthetic customers, with files of two months and a broken file each.

The files of the SFTP customer go through its drop folder; the others are imported as by
`rosterline import`. All people are made up. In a second run, rows come out unchanged.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli import output
from cli.home import registry
from cli.imports import summaries, tables
from cli.imports.running import run_one, run_pending
from cli.imports.summaries import Finding
from cli.services import background, listening
from registry.accounts import accounts, portal_users
from registry.accounts.accounts import Account
from registry.accounts.portal_sessions import end_sessions_of
from registry.landing import drop_folder
from registry.landing.receive import receive
from registry.ledger import imports
from registry.settings import Settings
from registry.store import store_of
from registry.tables.enums import OUTCOMES
from schemas.errors import NotAllowed

if TYPE_CHECKING:
    from synthetic.samples import Sample

FACILITY = "Main Street"
PORTAL_FORMAT = "ptdirect"
DROPS_FILES = "thoroughcare"
SHOWN_MESSAGES = 4
QUIET_SECONDS = 0.2


@dataclass(frozen=True)
class Shown:
    """A sample file and what became of it."""

    sample: "Sample"
    found: Finding


def run_demo(settings: Settings) -> list[Shown]:
    """Import the demonstration files.

    Raises:
        NotAllowed: this is not a checkout; `synthetic/` makes the files, and is not installed.
    """
    # The files are copied at once, so a short wait shows that they are complete.
    settings = settings.model_copy(update={"drop_quiet_seconds": QUIET_SECONDS})
    samples = _samples(settings)
    whose = _accounts(settings, samples)
    return [Shown(sample, _import(settings, whose[sample.account], sample)) for sample in samples]


def demo_sign_in(settings: Settings) -> dict[str, str]:
    """A portal user of the demonstration; each call sets a new password."""
    # The library for password hashes takes a while to load.
    from gateway.passwords import hash_password, new_password  # noqa: PLC0415

    password = new_password()
    with registry(settings) as connection:
        account = next(a for a in accounts.list_accounts(connection) if a.format == PORTAL_FORMAT)
        name = f"demo@{account.name}.example"
        user = portal_users.find_user(connection, name)
        if user is None:
            portal_users.add_user(connection, account, name, "admin", hash_password(password))
        else:
            portal_users.set_password_hash(connection, user, hash_password(password))
            end_sessions_of(connection, user)
    return {"Portal": settings.api_url, "User": name, "Password": password}


def _samples(settings: Settings) -> "list[Sample]":
    try:
        from synthetic.samples import write_samples  # noqa: PLC0415 - not installed
    except ModuleNotFoundError as error:
        raise NotAllowed(
            "the demonstration makes its files with synthetic/, which only a checkout has; run "
            "`make run` in one, or import a file of your own"
        ) from error
    return write_samples(settings.home / "demo")


def _accounts(settings: Settings, samples: "Sequence[Sample]") -> dict[str, Account]:
    with registry(settings) as connection:
        known = {account.name: account for account in accounts.list_accounts(connection)}
        for sample in samples:
            if sample.account not in known:
                account = accounts.add_account(
                    connection, sample.account, sample.format_name, sample.zone
                )
                accounts.add_facility(connection, account, FACILITY)
                known[account.name] = account
    for account in known.values():
        drop_folder.ensure_folders(settings, account)
    return known


def _import(settings: Settings, account: Account, sample: "Sample") -> Finding:
    if sample.format_name == DROPS_FILES:
        pending = drop_folder.account_folder(settings, account) / drop_folder.PENDING
        shutil.copyfile(sample.path, pending / sample.path.name)
        run_pending(settings, [account])
        return _newest(settings, account, sample.path.name)
    with registry(settings) as connection:
        imported = receive(
            connection,
            settings,
            account,
            sample.path,
            source="cli",
            received_at=datetime.now(UTC),
        )
    return run_one(settings, imported)


def _newest(settings: Settings, account: Account, file_name: str) -> Finding:
    with registry(settings) as connection:
        received = imports.list_imports(connection, account_id=account.id, limit=10)
        newest = next(each for each in received if each.file_name == file_name)
        return summaries.find(connection, settings, newest.partition_key)


def report(settings: Settings, shown: Sequence[Shown]) -> RenderableType:
    """What became of the files, and where to look next."""
    examples = [part for each in shown for part in _examples(each)]
    return Padding(
        Group(
            Text("What became of each file", "bold"),
            _overview(shown),
            Text("\nWhat the senders read", "bold"),
            *examples,
            Text(),
            Text("Where to look", "bold"),
            _where(settings, shown),
            Text("\nThe portal, as a clinic's administrator", "bold"),
            output.facts(demo_sign_in(settings)),
        ),
        (1, 0, 1, 1),
    )


def _overview(shown: Sequence[Shown]) -> Table:
    rows = [
        (
            output.short(each.sample.path.name, 20),
            each.sample.account,
            *_counts(each.found),
            f"{sum(each.found.seconds.values()):.1f}",
        )
        for each in shown
    ]
    headers = ("file", "account", *OUTCOMES, "seconds")
    return output.table(headers, rows, right=(*OUTCOMES, "seconds"), dense=True)


def _counts(found: Finding) -> list[Text]:
    if found.imported.state == "completed":
        return tables.counts(found.attempt)
    return [output.word(found.imported.state), *(Text() for _ in OUTCOMES[1:])]


def _examples(shown: Shown) -> Iterator[RenderableType]:
    """The name of the file, and an example of each of its first kinds of issue."""
    issues, reason = shown.found.issues, shown.found.imported.reason
    if not issues and not reason:
        return
    more = len(issues) - SHOWN_MESSAGES
    yield Text.assemble(
        ("\n" + f"{shown.sample.account}/{shown.sample.path.name}", "bold"),
        (f"  {shown.sample.format_name}. {shown.sample.description}", "bright_black"),
    )
    made = Table.grid(padding=(0, 2))
    if reason:
        made.add_row(output.word("error"), "file", Text(reason))
    for issue in issues[:SHOWN_MESSAGES]:
        where = "file" if issue.where == "file" else f"line {issue.where}"
        made.add_row(output.word(issue.severity), where, Text(issue.message))
    if more > 0:
        made.add_row("", "", Text(f"and {more} more kinds", "bright_black"))
    yield Padding(made, (0, 0, 0, 2))


def _where(settings: Settings, shown: Sequence[Shown]) -> Table:
    worst = max(shown, key=lambda each: sum(i.severity == "error" for i in each.found.issues))
    key = worst.found.key
    address = listening.web_address(settings)
    runs = any(each.address for each in background.status(settings))
    return output.facts(
        {
            "Files sent": output.place(settings.home / "demo"),
            "Results": output.place(store_of(settings).place_of("results")),
            "Drop folders": output.place(settings.drop_dir),
            "Dagster UI": f"{address}/assets" if runs else "`rosterline up` starts it",
            "": "Assets → landed_files → Partitions: one per file, with its figures",
            "One import": f"rosterline status {key}",
            "Its failed rows": f"rosterline rows {key} --outcome errored",
            "Its result file": f"rosterline result {key} -o result.csv",
        }
    )
