"""The patients of a list as a CSV file for spreadsheets, streamed some hundred at a time."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from gateway.portal.context import now
from gateway.portal.page_requests import CanDownload, PageRequest
from gateway.portal.patients.fact_labels import shown_value
from gateway.portal.patients.list_filters import filters_of
from gateway.portal.safe_cells import harmless
from registry.patients.patient_exports import COLUMNS, ExportedPatient, list_exported
from registry.patients.patient_lists import Wanted, count_wanted

router = APIRouter()

BATCH = 500
CSV = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the code page of its country."""


# A POST: no link and no prefetching browser takes patients out of the registry.
@router.post("/patients/export")
def export(page_request: CanDownload) -> Response:
    """The patients of a list, by id; social security numbers whole only where that was asked."""
    whole = page_request.form.get("whole", "") == "yes"
    filters = filters_of(page_request.form)
    wanted = filters.wanted(now())
    with page_request.as_account() as (connection, account):
        count = count_wanted(connection, account.id, wanted)
        with_numbers = ", with social security numbers" if whole else ""
        page_request.log(
            connection, "download",
            f"{count} patients{with_numbers}: {urlencode(filters.fields) or 'all'}",
        )  # fmt: skip
    name = f"patients-{account.name}-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_rows(page_request, wanted, whole=whole), 200, headers, CSV)


def _rows(page_request: PageRequest, wanted: Wanted, *, whole: bool) -> Iterator[bytes]:
    """The file, a transaction for each batch: a slow download holds no connection."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    made.write(BYTE_ORDER_MARK)
    writer.writerow(COLUMNS.values())
    after = None
    while True:
        with page_request.as_reader() as (connection, account):
            batch = list_exported(connection, account.id, wanted, BATCH, after=after)
        writer.writerows(_cells(each, whole=whole) for each in batch)
        yield made.getvalue().encode()
        if len(batch) < BATCH:
            return
        after = batch[-1].id
        made.seek(0)
        made.truncate()


def _cells(patient: ExportedPatient, *, whole: bool) -> Iterator[str]:
    for column in COLUMNS:
        value = getattr(patient, column)
        if column == "social_security_number" and value is not None:
            value = shown_value("identifier", "ssn/", value, reveal=whole)
        yield "" if value is None else harmless(str(value))
