"""Values of a patient corrected by hand, and a correction taken back."""

import hmac
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import groupby
from uuid import UUID

from fastapi import APIRouter
from psycopg.errors import LockNotAvailable
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.http.signing_key import derived_key
from gateway.portal.context import now
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanReview, PageRequest
from gateway.portal.patients.fact_labels import address_label, label_of, shown_value
from gateway.portal.rendering import render
from gateway.portal.said_once import say_on
from registry.accounts.accounts import Account
from registry.accounts.vocabulary import spelling_of
from registry.decisions.corrections import correct, take_back
from registry.decisions.judgements import Reviewer
from registry.patients.editable_values import (
    Editable,
    EditableItem,
    Filled,
    changes_of,
    editable,
)
from registry.patients.facts import read_facts
from registry.patients.merged_ids import surviving_patient
from schemas.catalogue import get_format
from schemas.errors import NotAllowed, NotFound
from schemas.rules import Circumstances

router = APIRouter(prefix="/patients/{patient}")

BUSY = N_("an import of this account is being written just now; nothing was changed, try again")
REFUSED = N_("Some values cannot be stored; they are named below.")
_SECTIONS = {"": N_("Person"), "identifier": N_("Identifiers"), "contact": N_("Phones and e-mail"),
             "address": N_("Address"), "enrolment": N_("Enrollments"),
             "coverage": N_("Insurance")}  # fmt: skip


@router.get("/correct")
def show_form(page_request: CanReview, patient: UUID) -> Response:
    """The patient's values to edit; the activity log keeps who opened it."""
    with page_request.as_account() as (connection, account):
        surviving = surviving_patient(connection, account.id, patient)
        page_request.log(connection, "view", f"patient {surviving}")
    if surviving != patient:
        return RedirectResponse(f"/patients/{surviving}/correct", HTTPStatus.SEE_OTHER)
    return _page(page_request, patient)


@router.post("/correct")
def save(page_request: CanReview, patient: UUID) -> Response:
    """Write what the form changes, all of it or nothing."""
    form = page_request.form
    filled = Filled(
        before=_fields(form, "was."),
        texts=_fields(form, "value."),
        added=_fields(form, "add."),
        removed=[],
    )
    try:
        with page_request.as_account() as (connection, account):
            facts = read_facts(connection, account.id, patient)
            marks = _marks(page_request, editable(get_format(account.format), facts))
            wanted = page_request.form_lists.get("remove", ())
            removed = [(each.field, each.item) for mark, each in marks if mark in wanted]
            filled = Filled(filled.before, filled.texts, filled.added, removed)
            changes, refused = changes_of(
                get_format(account.format), facts, filled, _circumstances(account),
                lambda field, name: spelling_of(connection, account, field, name),
            )  # fmt: skip
            if not refused:
                reviewer = Reviewer(account.id, page_request.session.user.name, now())
                made = correct(connection, reviewer, patient, changes)
                if made is not None:
                    said = f"correct patient {patient}: {len(changes)} values"
                    page_request.log(connection, "change", said)
    except NotAllowed as error:
        return _page(page_request, patient, filled, error=error.said, status=status_of(error))
    except LockNotAvailable:
        busy = HTTPStatus.SERVICE_UNAVAILABLE
        return _page(page_request, patient, filled, error=BUSY, status=busy)
    if refused:
        bad = HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(page_request, patient, filled, refused=refused, status=bad)
    done = gettext("The values were corrected.") if made else gettext("Nothing was changed.")
    return say_on(f"/patients/{patient}", page_request, {"done": done})


@router.post("/corrections/{decision}/undo")
def undo(page_request: CanReview, patient: UUID, decision: UUID) -> Response:
    """Take a correction back: its values become what they would be without it."""
    said: dict[str, str]
    try:
        with page_request.as_account() as (connection, account):
            reviewer = Reviewer(account.id, page_request.session.user.name, now())
            take_back(connection, reviewer, decision)
            page_request.log(connection, "change", f"take correction {decision} back")
        said = {"done": gettext("The correction was taken back.")}
    except NotAllowed as error:
        said = {"error": error.said}
    except LockNotAvailable:
        said = {"error": BUSY}
    return say_on(f"/patients/{patient}", page_request, said)


def _page(
    page_request: PageRequest,
    patient: UUID,
    filled: Filled | None = None,
    *,
    refused: Mapping[str, str] | None = None,
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    with page_request.as_account() as (connection, account):
        facts = read_facts(connection, account.id, patient)
        if not facts:
            raise NotFound("there is no such patient")
        name = " ".join(value for field, *_, value in facts if field in ("first_name", "last_name"))
        shown = editable(get_format(account.format), facts)
    in_order = sorted(shown.fields, key=lambda each: [*_SECTIONS].index(_section(each.field)))
    return render(
        "patients/correct_patient.html",
        page_request,
        status,
        account=account,
        patient=patient,
        name=name,
        sections=[
            (_SECTIONS[key], [(address_label(e.field, e.item, e.attribute), e) for e in each])
            for key, each in groupby(in_order, lambda field: _section(field.field))
        ],
        items=[
            (mark, label_of(e.field, e.item, [*e.facts.values()]), _text(e))
            for mark, e in _marks(page_request, shown)
        ],
        addable=shown.addable,
        filled=filled,
        refused=refused or {},
        error=error or (REFUSED if refused else None),
    )


def _section(field: str) -> str:
    return field if field in _SECTIONS else ""


def _text(item: EditableItem) -> str:
    return ", ".join(shown_value(item.field, item.item, value) for value in item.facts.values())


def _fields(form: Mapping[str, str], beginning: str) -> dict[str, str]:
    """The form's fields by slot; a browser sends line ends as CR LF."""
    return {
        name.removeprefix(beginning): value.replace("\r\n", "\n")
        for name, value in form.items()
        if name.startswith(beginning)
    }


def _marks(page_request: PageRequest, shown: Editable) -> Iterator[tuple[str, EditableItem]]:
    """Items, each with a name in the form that does not tell its value."""
    key = derived_key(page_request.context.settings, "items of a patient")
    for each in shown.items:
        address = f"{each.field}/{each.item}".encode()
        yield hmac.new(key, address, "sha256").hexdigest()[:24], each


def _circumstances(account: Account) -> Circumstances:
    """Those of a file that is received now."""
    return Circumstances(
        received_on=now().astimezone(account.zone).date(),
        risk_levels=tuple(account.settings.get("risk_levels", ())),
    )
