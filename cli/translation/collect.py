"""Bring the portal's texts into its catalogues, with those that are still to be translated.

    templates, modules ─┐
    declared texts     ─┼▶ template of a catalogue ─▶ locales/<language>/LC_MESSAGES/portal.po
    refusals           ─┘

`make words` runs it; texts that are used no more are removed. It needs no file of its own between.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cli.translation.declared import SAID as DECLARED_SAID
from cli.translation.declared import declared
from cli.translation.refusals import refusals
from gateway.portal.catalogues import PLACE, SAID, path_of
from gateway.portal.languages import LANGUAGES

PROJECT = Path(__file__).parents[2]

METHODS = [("portal/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"portal/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}

REFUSING = (
    "gateway/portal",
    "gateway/passwords.py",
    "gateway/second_factors.py",
    "gateway/sftp/algorithms.py",
    "gateway/sftp/keys.py",
    "gateway/http/page_marks.py",
    "registry/accounts",
    "registry/decisions",
    "registry/patients",
    "registry/notifications",
    "registry/landing/receive.py",
    "registry/landing/storage_quota.py",
    "registry/ledger/archived_months.py",
    "registry/ledger/held_files.py",
    "registry/ledger/import_pages.py",
    "registry/ledger/imports.py",
    "registry/ledger/states.py",
    "registry/requests/portal_submissions.py",
    "rosters",
    "schemas/catalogue.py",
    "assets/landed_files/land.py",
    "assets/matching/candidates.py",
    "assets/matching/identity_changes.py",
)
"""What refuses requests of the portal, and files whose import it shows."""

NOT_SHOWN = ("rosters/mapping/mapping_file.py", "rosters/containers/key_texts.py")
"""What only commands read."""

WIDTH = 96


def collected() -> Catalog:
    """All texts, with the files that they come from, and without translations."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(PROJECT / "gateway", METHODS, OPTIONS, comment_tags=())
    for file, _, message, _, context in found:
        catalog.add(message, None, [(f"gateway/{file}", 1)], context=context)
    for text in declared():
        if text and text not in catalog:
            catalog.add(text, None, [("cli/translation/declared.py", 1)])
    for text, file in _said():
        # A text without values is looked up as it stands.
        context = SAID if PLACE.search(text) else None
        if catalog.get(text, context) is None:
            catalog.add(text, None, [(file, 1)], context=context)
    return catalog


def brought_up_to_date(code: str) -> bytes:
    """The catalogue of a language with the present texts: new ones have no translation yet."""
    present = path_of(code).read_bytes()
    catalog = read_po(BytesIO(present), locale=code)
    catalog.update(collected(), no_fuzzy_matching=True)
    made = BytesIO()
    write_po(
        made, catalog, width=WIDTH, omit_header=True, ignore_obsolete=True, include_lineno=False
    )
    # The header is its translators' own, and has no date that changes each time.
    header, _, _ = present.partition(b"\n\n")
    return header + b"\n\n" + made.getvalue().strip() + b"\n"


def _said() -> Iterator[tuple[str, str]]:
    for text in DECLARED_SAID:
        yield text, "cli/translation/declared.py"
    for name in REFUSING:
        place = PROJECT / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            file = path.relative_to(PROJECT).as_posix()
            if file not in NOT_SHOWN:
                yield from ((text, file) for text in refusals(path))


if __name__ == "__main__":
    for language in sorted(LANGUAGES.keys() - {"en"}):
        path_of(language).write_bytes(brought_up_to_date(language))
