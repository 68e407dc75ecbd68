"""The search for patients."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.portal.page_requests import CanSee
from gateway.portal.rendering import render
from registry.patients.search import newest_patients, search_patients

router = APIRouter()

SHOWN = 50
MAX_TEXT = 200


@router.get("/patients")
def show_newest(page_request: CanSee) -> Response:
    """The search form, and the patients that were created last."""
    with page_request.as_reader() as (connection, account):
        found = newest_patients(connection, account.id, SHOWN)
    return render(
        "patients/patient_search.html",
        page_request,
        account=account,
        found=found,
        text="",
        has_more=False,
    )


# A POST, so that the searched text is in no address: browsers, proxies and logs keep addresses,
# and the text is a patient's name or id.
@router.post("/patients")
def search(page_request: CanSee) -> Response:
    """The patients that match a text; the newest ones for an empty text."""
    text = page_request.form.get("text", "")[:MAX_TEXT].strip()
    with page_request.as_reader() as (connection, account):
        if text:
            found = search_patients(connection, account.id, text, SHOWN + 1)
        else:
            found = newest_patients(connection, account.id, SHOWN)
    return render(
        "patients/patient_search.html",
        page_request,
        account=account,
        found=found[:SHOWN],
        text=text,
        has_more=len(found) > SHOWN,
    )
