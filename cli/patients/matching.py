"""`rosterline matching`: the search for patients who may be one person."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.home import read_settings, registry
from registry.accounts.accounts import get_account
from registry.decisions.automatic_links import links_of_import, rehearse
from registry.decisions.duplicate_searches import due_searches
from registry.ledger.imports import get_import
from registry.store import store_of
from registry.store.durable_files import storage_errors
from schemas.errors import NotAllowed

app = typer.Typer(no_args_is_help=True)
matching_app = typer.Typer(no_args_is_help=True, help="The search for near-duplicate patients.")
app.add_typer(matching_app, name="matching")

MOST_IMPORTS = 10_000
SWEPT = (
    "patients", "candidates", "reviews opened", "reviews scored again", "pairs judged before",
    "clusters of two", "clusters of more", "patients in the largest",
)  # fmt: skip
TRIED = {
    "same": "judged the same",
    "same_asked": "judged the same, at or above the review threshold",
    "different": "judged different",
    "different_asked": "judged different, at or above the review threshold",
    "linked_rightly": "would be linked automatically, rightly",
    "linked_wrongly": "would be linked automatically, wrongly",
}
SHOWN = ("searched", "candidates", "reviews opened", "reviews scored again", "pairs judged before")


@matching_app.command("run")
def run_search(
    import_key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="An import, searched again as a whole.")
    ] = None,
    *,
    account: Annotated[
        str | None,
        typer.Option("--account", "-a", help="All imports of it that were not searched yet."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Hold the patients of imports against their registry, and put similar pairs into the queue.

    The daemon does so by itself after each import. Pairs that were judged are left alone.
    """
    if (import_key is None) == (account is None):
        raise NotAllowed("name either an import or, with --account, an account")
    settings = read_settings()
    with registry(settings) as connection:
        if import_key is not None:
            keys = [get_import(connection, import_key).partition_key]
        else:
            wanted = get_account(connection, account or "").id
            due = due_searches(connection, MOST_IMPORTS)
            keys = [each.partition_key for each in due if each.account_id == wanted]
    # Dagster takes seconds to load; load it only if there is work.
    from pipelines.duplicate_runs import search_imports  # noqa: PLC0415

    again = import_key is not None
    found = dict(search_imports(settings, keys, again=again)) if keys else {}
    if as_json:
        output.say_json([{"key": key, **figures} for key, figures in found.items()])
        return
    rows = [
        (key, *(str(figures.get(name, output.NOTHING)) for name in SHOWN))
        for key, figures in found.items()
    ]
    output.console.print(output.table(["import", *SHOWN], rows, whole=["import"]))
    if not found:
        output.note("no import is to be searched")


@matching_app.command("sweep")
def sweep(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Hold all patients of an account against each other, and put new pairs into the queue.

    The daemon does so every Sunday. Pairs that were judged are left alone; open ones get their new
    score.
    """
    settings = read_settings()
    with registry(settings) as connection:
        name = get_account(connection, account).name
    from pipelines.duplicate_runs import sweep_registry_of  # noqa: PLC0415

    found = sweep_registry_of(settings, name)
    if as_json:
        output.say_json(found)
        return
    shown = {name: str(found[name]) for name in SWEPT}
    output.console.print(output.facts({"account": name, **shown}))


@matching_app.command("train")
def train(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The model's file. Default: trained.NAME.json, here."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Train a model on an account's own registry, and try it beside the model in use.

    Reviews that people judged teach it where there are enough, otherwise patients with an SSN,
    Medicare ID or e-mail in common. The account's model stays in use; `matching model` changes it.
    The file holds no value of a patient.
    """
    settings = read_settings()
    with registry(settings) as connection:
        found = get_account(connection, account)
        path = file or Path(f"trained.{found.name}.json")
        # It loads DuckDB, which most commands do not need.
        from assets.potential_duplicates.training import train_account  # noqa: PLC0415
        from identity.model import save_model  # noqa: PLC0415

        trained = train_account(connection, settings, found, datetime.now(UTC))
        with storage_errors("write the model", path):
            save_model(trained.model, path)
    if as_json:
        output.say_json({
            "file": path, "labels": trained.labels, "pairs": trained.pairs,
            "patients": trained.patients, "automatic": trained.model.automatic,
            "in_use": asdict(trained.in_use), "trained": asdict(trained.trained),
            "left_out": trained.left_out,
        })  # fmt: skip
        return
    output.console.print(output.facts({
        "account": found.name,
        "learned from": f"{trained.pairs} pairs by {trained.labels}, {trained.patients} patients",
        "automatic from": f"{trained.model.automatic:g}",
        "written to": str(path),
    }))  # fmt: skip
    headers = ["judged pairs, none of them learned from", "model in use", "trained model"]
    rows = [
        (said, str(getattr(trained.in_use, name)), str(getattr(trained.trained, name)))
        for name, said in TRIED.items()
    ]
    output.console.print(output.table(headers, rows))
    if trained.left_out:
        output.note(
            f"{trained.left_out} judged pairs are not counted: a model that is not there any more "
            "scored them"
        )
    output.note(f"use it: rosterline matching model --account {found.name} --use {path}")


@matching_app.command("model")
def choose_model(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    *,
    use: Annotated[Path | None, typer.Option(help="Make this file the account's model.")] = None,
    common: Annotated[
        bool, typer.Option("--common", help="Go back to the model of the installation.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Show which model scores an account's pairs, or choose another one.

    Open pairs get their new scores with the next search; `matching sweep` does it at once.
    """
    if use is not None and common:
        raise NotAllowed("name either a file or --common")
    settings = read_settings()
    from assets.potential_duplicates.model_file import (  # noqa: PLC0415
        load_account_model,
        use_common_model,
        use_model,
    )

    with registry(settings) as connection:
        found = get_account(connection, account)
    if use is not None:
        with storage_errors("store the model", store_of(settings).place_of("models")):
            use_model(settings, found.id, use)
    elif common:
        use_common_model(settings, found.id)
    model, scoring = load_account_model(settings, found.id)
    about = {
        "account": found.name,
        "model": scoring.name,
        "review": scoring.review,
        "automatic": scoring.automatic,
        "provenance": dict(model.provenance),
    }
    if as_json:
        output.say_json(about)
        return
    shown = {name: str(value) for name, value in about.items() if name != "provenance"}
    learned = {name: str(value) for name, value in model.provenance.items()}
    output.console.print(output.facts(shown | learned))


@matching_app.command("rehearse")
def rehearse_linking(
    account: Annotated[str, typer.Option("--account", "-a", help="The account's name.")],
    threshold: Annotated[float, typer.Option(help="The score to try.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Say what automatic linking above a score would have made of pairs that people judged."""
    settings = read_settings()
    with registry(settings) as connection:
        found = rehearse(connection, get_account(connection, account).id, threshold)
    if as_json:
        output.say_json(asdict(found))
        return
    shown = {
        "judged pairs with a score": found.judged,
        "would have been linked, rightly": found.right,
        "would have been linked, wrongly": found.wrong,
        "left to a person": found.judged - found.right - found.wrong,
    }
    output.console.print(output.facts({name: str(count) for name, count in shown.items()}))


@matching_app.command("links")
def show_links(
    import_key: Annotated[str, typer.Argument(metavar="KEY", help="An import.")],
    *,
    as_json: output.Json = False,
) -> None:
    """List the new patients of an import who were linked to stored ones automatically."""
    with registry(read_settings()) as connection:
        links = links_of_import(connection, get_import(connection, import_key).id)
    if as_json:
        output.say_json([asdict(link) for link in links])
        return
    rows = [
        (str(link.line), str(link.patient_id), str(link.linked_to), f"{link.weight:.1f}", link.by)
        for link in links
    ]
    headers = ["line", "new patient", "is patient", "score", "by"]
    output.console.print(output.table(headers, rows, whole=headers[1:3]))
    if not links:
        output.note("no patient of this import was linked automatically")
