"""`rosterline review cluster` and the like: several records, decided about at once."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from cli import output
from cli.home import command_user, read_settings, registry
from cli.patients.pair_json import pair_as_json, side_as_json
from cli.patients.pair_view import judged_as
from cli.patients.review import By, review_app
from registry.decisions.clusters import all_different, cluster_of, judge_cluster
from registry.decisions.judgements import Reviewer
from registry.decisions.patient_summaries import read_summaries
from registry.decisions.review_queue import account_of_pair, pairs_among
from registry.decisions.take_back import take_back, take_back_cluster
from registry.patients.history import owner_of
from registry.tables.enums import DIFFERENCES

Records = Annotated[
    list[UUID], typer.Argument(metavar="PATIENT...", help="The ids of the records.")
]


@review_app.command("cluster")
def show_cluster(
    patient: Annotated[UUID, typer.Argument(metavar="PATIENT", help="The id of one of them.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Show the records that open pairs connect with a patient. The output is patient data."""
    with registry(read_settings()) as connection:
        account_id = account_of_pair(connection, patient)
        patients = cluster_of(connection, account_id, patient)
        sides = read_summaries(connection, patients)
        pairs = pairs_among(connection, account_id, patients)
    if as_json:
        output.say_json({
            "patients": [side_as_json(sides[each]) for each in patients],
            "pairs": [pair_as_json(pair) for pair in pairs],
        })  # fmt: skip
        return
    rows = [
        (str(number), str(each), sides[each].name, sides[each].birth, sides[each].gender)
        for number, each in enumerate(patients, 1)
    ]
    output.console.print(output.table(["", "record", "name", "born", "gender"], rows,
                                      whole=["record"]))  # fmt: skip
    for pair in pairs:
        numbers = f"{patients.index(pair.older.id) + 1} and {patients.index(pair.younger.id) + 1}"
        if pair.state == "different":
            output.console.print(f"{numbers}: {judged_as(pair)}")
        elif pair.weight is None:
            output.console.print(f"{numbers}: no score")
        else:
            output.console.print(f"{numbers}: {pair.band}, score {pair.weight:.1f}")


@review_app.command("one-person")
def judge_records(
    patients: Records,
    *,
    others: Annotated[
        list[UUID] | None,
        typer.Option("--other", help="A record that is somebody else; repeat for several."),
    ] = None,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Merge records of one person into the oldest of them."""
    with registry(read_settings()) as connection:
        account_id = owner_of(connection, patients[0])[0]
        merges = judge_cluster(connection, _reviewer(account_id, by), patients, others or [])
    survives = merges[0].patient_id
    if as_json:
        merged = [merge.other_patient_id for merge in merges]
        output.say_json({"patient": survives, "merged": merged, "different": others or []})
        return
    output.console.print(f"Merged: {len(patients)} records are patient {survives} from now on.")


@review_app.command("all-different")
def keep_records_apart(
    patients: Records,
    *,
    why: Annotated[
        str | None, typer.Option(help=f"Why, if you want to say: {', '.join(DIFFERENCES)}.")
    ] = None,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Close all open pairs of records: no two of them are one person."""
    with registry(read_settings()) as connection:
        account_id = account_of_pair(connection, patients[0])
        pairs = all_different(connection, _reviewer(account_id, by), patients, why)
    if as_json:
        output.say_json({"pairs": len(pairs), "patients": patients})
        return
    output.console.print(f"{len(pairs)} pairs are different people.")


@review_app.command("undo")
def take_decision_back(
    patient: Annotated[
        UUID, typer.Argument(metavar="PATIENT", help="The id of one of the patients.")
    ],
    other: Annotated[
        UUID | None, typer.Argument(metavar="OTHER", help="The id of the other one, of a pair.")
    ] = None,
    *,
    by: By = None,
    as_json: output.Json = False,
) -> None:
    """Take a decision back: what was merged is split, what was closed is open again.

    With one id, all that was judged about this patient at the last moment, such as a cluster.
    """
    with registry(read_settings()) as connection:
        account_id = account_of_pair(connection, patient)
        reviewer = _reviewer(account_id, by)
        if other is None:
            pairs = take_back_cluster(connection, reviewer, patient)
        else:
            pair = take_back(connection, reviewer, patient, other)
            pairs = [(pair.younger.id, pair.older.id)]
    if as_json:
        output.say_json(
            {"pairs": [{"younger": younger, "older": older} for younger, older in pairs]}
        )
        return
    output.console.print(
        f"Taken back: {len(pairs)} {'decision' if len(pairs) == 1 else 'decisions'}."
    )


def _reviewer(account_id: int, by: str | None) -> Reviewer:
    return Reviewer(account_id, by or command_user(), datetime.now(UTC))
