"""A run's work on its imports, as events of Dagster, and what it could not import."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import dagster as dg

from assets.error_redaction import explained
from assets.handed_back import hand_back
from assets.imports.turns import (
    STAGES,
    RunOfImports,
    make_result_again,
    take_turn,
)
from assets.landed_files.assets import LANDED_FILES
from assets.lineage_events.publish import publish
from assets.matched_patients.assets import CHECKS as MATCHED_CHECKS
from assets.matched_patients.assets import MATCHED_PATIENTS
from assets.materialisation import (
    Event,
    evaluation,
    evaluations,
    is_of_attempt,
    latest_materialisation,
    materialisation,
)
from assets.partitions import by_a_person, retried_runs
from assets.patients.assets import CHECKS as PATIENTS_CHECKS
from assets.patients.assets import PATIENTS
from assets.resources import RosterlineResource
from assets.result_files.assets import CHECKS as RESULT_CHECKS
from assets.result_files.assets import FILE_WAS_IMPORTED, RESULT_FILES
from assets.stage_runs import StageReport
from assets.staged_patients.assets import CHECKS as STAGED_CHECKS
from assets.staged_patients.assets import STAGED_PATIENTS
from registry.ledger.claims import LeftAlone
from registry.ledger.imports import Attempt, account_in, list_attempts
from registry.ledger.moves import ATTEMPT_IS_APPLIED
from registry.ledger.states import CANCELLED, REFUSED
from schemas.errors import RosterlineError
from schemas.issues import CODES

SPECS = (LANDED_FILES, STAGED_PATIENTS, MATCHED_PATIENTS, PATIENTS, RESULT_FILES)
NAMES = tuple(stage.name for stage in STAGES)
RESULT = NAMES[-1]

CHECKS = {
    "staged_patients": STAGED_CHECKS,
    "matched_patients": MATCHED_CHECKS,
    "patients": PATIENTS_CHECKS,
    "result_files": RESULT_CHECKS,
}


ALL_CHECKS = {
    **{check.spec(asset).key: check.warn for asset, checks in CHECKS.items() for check in checks},
    FILE_WAS_IMPORTED.key: True,
}
"""Each check, and whether it is about what a sender sent."""


_DECIDED = (CANCELLED, REFUSED)
"""What a person decided about a file is no failure."""


class Failed(NamedTuple):
    """An import that did not come to its end in this run; without any content of its file."""

    key: str
    code: str
    reason: str
    error: RosterlineError | None = None
    """What ended the work on it, if it was no fault of the file; its text may be shown."""

    @property
    def account(self) -> str:
        """The account's name."""
        return account_in(self.key)


def failed_by_fault(key: str, code: str) -> Failed:
    """A file that its sender, or a person, has to mend."""
    known = CODES.get(code)
    reason = f"{known.meaning}; {known.remedy}" if known else "see the result file"
    return Failed(key, code, reason)


def failed_by_error(key: str, error: RosterlineError) -> Failed:
    """What kept an import from its end, without what it was caused by: that may hold anything."""
    error.__cause__ = error.__context__ = None
    return Failed(key, error.code, str(error), error)


class Work:
    """Takes imports through their stages.

    `failed` are those that did not come to their end, `evaluated` the checks with a verdict.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext | dg.OpExecutionContext,
        rosterline: RosterlineResource,
    ) -> None:
        self.failed: list[Failed] = []
        self.evaluated: set[dg.AssetCheckKey] = set()
        self._made_in_turn: dict[str, dg.EventLogRecord | None] = {}
        self._context, self._rosterline = context, rosterline
        self._settings = rosterline.settings
        tags = context.run.tags
        self._run = RunOfImports(context.run.run_id, by_a_person(tags), retried_runs(tags))

    def whole(self, key: str) -> Iterator[Event]:
        """One import through all stages; an error is kept for the end of the step."""
        raised: RosterlineError | None = None
        self._made_in_turn = {}
        try:
            # The import is this run's until the connection is closed.
            with self._rosterline.connect() as connection:
                broken = False
                for report in take_turn(connection, self._settings, key, self._run):
                    if isinstance(report, LeftAlone):
                        self._leave(report, list_attempts(connection, report.imported.id))
                        return
                    broken = broken or report.fault is not None
                    yield from self._events(report, broken=broken)
        except RosterlineError as error:
            raised = error
        if raised is not None:
            failed = failed_by_error(key, raised)
            self.failed.append(failed)
            yield self._verdict(key, failed, self._newest(RESULT, key))

    def result_again(self, key: str) -> Iterator[Event]:
        """The result file of one import, which changes nothing else."""
        try:
            with self._rosterline.connect() as connection:
                report = make_result_again(connection, self._settings, key)
            yield from self._made(report)
        except RosterlineError as error:
            self.failed.append(failed_by_error(key, error))

    def result_of_another_run(self, report: StageReport) -> Iterator[Event]:
        """A result that was written after the run of its import was over, for good or ill.

        A check has no partition.
        """
        if report.work.imported.dry_run:
            return
        yield from self._events(report, broken=False)

    def _events(self, report: StageReport, *, broken: bool) -> Iterator[Event]:
        if report.work.attempt.fault_code == CANCELLED:
            yield from self._cancelled(report)
        elif report.passed_by is None and report.fault is None:
            yield from self._made(report)
            fault = report.work.attempt.fault_code
            if report.stage == RESULT and fault and fault != REFUSED:
                self.failed.append(failed_by_fault(report.work.imported.partition_key, fault))
        elif not broken:
            yield from self._made_before(report)
        self._context.log.info(
            "stage done: import=%s attempt=%s stage=%s seconds=%.2f passed_by=%s fault=%s",
            report.work.imported.id,
            report.work.attempt.number,
            report.stage,
            report.seconds,
            report.passed_by,
            report.fault.code if report.fault else None,
        )

    def _made(self, report: StageReport) -> Iterator[Event]:
        """A stage happened: its materialisation, and the verdicts over what it looked at."""
        key = report.work.imported.partition_key
        yield self._materialisation(report)
        made = self._made_in_turn[report.stage] = self._newest(report.stage, key)
        for verdict in evaluations(report.stage, CHECKS.get(report.stage, ()), report, made):
            self.evaluated.add(verdict.asset_check_key)
            yield verdict
        if report.stage == RESULT:
            fault = report.work.attempt.fault_code
            if fault != REFUSED:
                yield self._verdict(key, failed_by_fault(key, fault) if fault else None, made)
            publish(self._settings, [report.work], self._context.run.job_name)

    def _made_before(self, report: StageReport) -> Iterator[Event]:
        """A stage was over before this run, which goes on with an attempt that was cut off.

        The run that was cut off may have been killed before it could report the stage.
        """
        key = report.work.imported.partition_key
        is_done = report.work.attempt.state in ATTEMPT_IS_APPLIED
        if is_done and not is_of_attempt(self._newest(report.stage, key), report):
            yield self._materialisation(report)
        else:
            hand_back(self._context, key, [report.stage])

    def _cancelled(self, report: StageReport) -> Iterator[Event]:
        """The import was cancelled, which is no failure: what is left out is shown as before."""
        if "lines" in report.figures:
            yield self._materialisation(report)
        else:
            hand_back(self._context, report.work.imported.partition_key, [report.stage])

    def _materialisation(self, report: StageReport) -> dg.AssetMaterialization:
        key, place = report.work.imported.partition_key, NAMES.index(report.stage)
        source = NAMES[place - 1] if place else None
        return explained(
            partial(
                materialisation,
                report,
                source=(source, self._made_in_turn.get(source) or self._newest(source, key))
                if source
                else None,
            ),
            report.stage,
            key,
            debug=self._settings.debug,
        )

    def _verdict(
        self, key: str, failed: Failed | None, target: dg.EventLogRecord | None
    ) -> dg.AssetCheckEvaluation:
        """Of the check `file_was_imported`."""
        self.evaluated.add(FILE_WAS_IMPORTED.key)
        metadata = {"partition": key, "account": account_in(key)}
        if failed is not None:
            metadata |= {"fault": failed.code, "reason": failed.reason}
        return evaluation(
            FILE_WAS_IMPORTED.name,
            RESULT,
            key,
            target,
            passed=failed is None,
            metadata=metadata,
            description=said(failed) if failed else None,
        )

    def _leave(self, left: LeftAlone, attempts: list[Attempt]) -> None:
        """This run does not work on an import; what it did itself, before a retry, stays."""
        key = left.imported.partition_key
        self._context.log.info("left alone: import=%s %s", left.imported.id, left.reason)
        if not attempts or attempts[-1].run_id != self._run.id:
            hand_back(self._context, key, NAMES)
        elif (fault := attempts[-1].fault_code) and fault not in _DECIDED:
            self.failed.append(failed_by_fault(key, fault))

    def _newest(self, asset: str, key: str) -> dg.EventLogRecord | None:
        return latest_materialisation(self._context.instance, asset, key)


def said(failed: Failed) -> str:
    """A failed import in one line, for people."""
    return f"account {failed.account}, partition {failed.key}: {failed.code}, {failed.reason}"
