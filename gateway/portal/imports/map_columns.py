"""Say what the columns of a file mean, see how they read, and check the file under it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from gateway.http.errors import status_of
from gateway.portal.context import now
from gateway.portal.languages import N_, translated
from gateway.portal.page_requests import CanImport, PageRequest
from gateway.portal.rendering import render
from registry.accounts.accounts import Account
from registry.accounts.column_mappings import mapping_in_use, save_mapping
from registry.accounts.file_keys import keys_for
from registry.landing.receive import archived_file
from registry.landing.rosters import reading_roster
from registry.ledger.imports import Import
from registry.requests import portal_submissions
from rosters.cells import column_letters
from rosters.mapping.sample import Sample, SampledColumn, read_sample
from rosters.mapping.shapes import has_shape, share_in_shape
from rosters.mapping.suggest import Suggestion, suggest
from schemas.catalogue import get_format
from schemas.column_mapping import MappedColumn
from schemas.errors import FileFault, NotAllowed
from schemas.formats import Format

router = APIRouter()

MAX_COLUMNS = 900
"""A form has fewer than 1,000 fields; the command and the API take more."""

_SHOWN_VALUES = 3
_WHY = {
    "known": N_("known"),
    "usual": N_("by its name"),
    "similar": N_("by a similar name"),
    "content": N_("by its values"),
}


@dataclass(frozen=True)
class Choice:
    """A column of the sender's as the page shows it, and the slot that is chosen for it.

    `looks` says how many of the `filled` values that were looked at look like each kind.
    """

    index: int
    header: str
    values: tuple[str, ...]
    slot: str
    why: str
    filled: int
    looks: dict[str, int]

    @property
    def letter(self) -> str:
        """The column's name in a spreadsheet."""
        return column_letters(self.index)


@dataclass(frozen=True)
class _File:
    """An import's file, its format, and its first rows."""

    imported: Import
    account: Account
    file_format: Format
    known: Format
    sample: Sample

    @property
    def has_header(self) -> bool:
        return self.sample.header_line is not None

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """What each column may be."""
        return suggest(self.sample.columns, self.known)


@router.get("/imports/{import_id}/columns")
def show_columns(page_request: CanImport, import_id: UUID, header: str = "") -> Response:
    """The columns of the file with suggestions; with `header=no` its first row is a patient's."""
    file = _read(page_request, import_id, has_header=header != "no")
    suggested = {i: each.slot or "" for i, each in enumerate(file.suggestions)}
    return _page(page_request, file, suggested)


@router.post("/imports/{import_id}/columns")
def map_columns(page_request: CanImport, import_id: UUID) -> Response:
    """Show the choices as they read, or save them and check the file under them."""
    form = page_request.form
    file = _read(page_request, import_id, has_header=form.get("header") != "no")
    chosen = {i: form.get(f"slot-{i}", "") for i in range(len(file.sample.columns))}
    if form.get("do") != "save":
        return _page(page_request, file, chosen)
    try:
        return _save(page_request, file, chosen)
    except NotAllowed as error:
        return _page(page_request, file, chosen, error=error.said, status=status_of(error))


def _read(page_request: PageRequest, import_id: UUID, *, has_header: bool) -> _File:
    """The file, from the archive.

    Raises:
        NotAllowed: it cannot be opened, or has more columns than a form takes.
        NotFound: the account has no such import.
        StorageUnavailable: the archived bytes are gone.
    """
    settings = page_request.context.settings
    with page_request.as_account() as (connection, account):
        imported = portal_submissions.get_own(connection, account.id, import_id)
        declared = get_format(imported.format)
        known = replace(declared, mapping=mapping_in_use(connection, account, declared.name))
    try:
        keys = keys_for(settings, account.name, imported.received_at)
        archived = archived_file(settings, imported.sha256)
        with reading_roster(settings, archived, known, keys, imported.place) as roster:
            sample = read_sample(roster.source, declared, has_header=has_header)
    except FileFault as fault:
        raise NotAllowed(fault.reason) from fault
    if len(sample.columns) > MAX_COLUMNS:
        raise NotAllowed(
            f"this page maps at most {MAX_COLUMNS} columns, and the file has more",
            advice="`rosterline mapping` maps them",
        )
    return _File(imported, account, declared, known, sample)


def _save(page_request: PageRequest, file: _File, chosen: Mapping[int, str]) -> Response:
    columns = [
        MappedColumn(column.header if file.has_header else "", chosen[i] or None)
        for i, column in enumerate(file.sample.columns)
    ]
    user, at = page_request.session.user.name, now()
    with page_request.as_account() as (connection, account):
        saved = save_mapping(
            connection,
            account,
            file.file_format,
            columns,
            by_position=not file.has_header,
            user_name=user,
            now=at,
        )
        check = portal_submissions.check_mapped(
            connection, account, file.imported.id, saved.version, user, at
        )
        detail = f"columns: {file.file_format.name}, version {saved.version}"
        page_request.log(connection, "change", detail)
    return RedirectResponse(f"/imports/{check.id}", HTTPStatus.SEE_OTHER)


def _page(
    page_request: PageRequest,
    file: _File,
    chosen: Mapping[int, str],
    *,
    error: str | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    why = file.suggestions
    choices = [
        _choice(i, column, chosen[i], why[i].why if why[i].slot == chosen[i] else "", file)
        for i, column in enumerate(file.sample.columns)
    ]
    filled = Counter(choice.slot for choice in choices if choice.slot)
    columns = file.file_format.columns
    return render(
        "imports/map_columns.html",
        page_request,
        status,
        account=file.account,
        imported=file.imported,
        format=file.file_format,
        choices=choices,
        options=_options(file.file_format),
        labels={column.slot: column.label for column in columns},
        kinds={column.slot: column.kind.name for column in columns},
        missing=[c.label for c in columns if c.required and c.slot not in filled],
        twice=[file.file_format.label_of(slot) for slot, count in filled.items() if count > 1],
        why_labels=_WHY,
        has_header=file.has_header,
        header_line=file.sample.header_line,
        error=error,
    )


def _choice(index: int, column: SampledColumn, slot: str, why: str, file: _File) -> Choice:
    given = [value.strip() for value in column.values if value.strip()]
    kinds = {each.kind.name for each in file.file_format.columns if has_shape(each.kind.name)}
    looks = {kind: round(share_in_shape(kind, given) * len(given)) for kind in sorted(kinds)}
    return Choice(
        index=index,
        header=column.header,
        values=tuple(dict.fromkeys(given))[:_SHOWN_VALUES],
        slot=slot,
        why=why,
        filled=len(given),
        looks=looks,
    )


def _options(file_format: Format) -> Markup:
    """The format's columns as the options of a list, made once for all lists of the page."""
    parts: list[Markup] = []
    of_template = [c for c in file_format.columns if c.in_template]
    others = [c for c in file_format.columns if not c.in_template]
    groups: Sequence[tuple[str, list[Any]]] = (
        (N_("Required"), [c for c in of_template if c.required]),
        (N_("Further columns"), [c for c in of_template if not c.required]),
        (N_("Seldom used"), others),
    )
    for name, columns in groups:
        if columns:
            parts.append(Markup('<optgroup label="{}">').format(translated(name)))
            parts += [
                Markup('<option value="{}" data-kind="{}" data-says="{}"{}>{}</option>').format(
                    column.slot,
                    column.kind.name,
                    translated(column.kind.name),
                    Markup(" data-required") if column.required and column.in_template else "",
                    column.label,
                )
                for column in columns
            ]
            parts.append(Markup("</optgroup>"))
    return Markup().join(parts)
