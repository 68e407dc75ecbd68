"""A clinic imports a roster at the portal: check, import, mend, import again."""

import html
import re

ROSTER = "C-1,Ann,Sample,1977,f,ann@example.com,,,\nC-2,Bob,Sample,1877,m,,,,\nC-3,Cy,Sample,1980,x,,,,Acme\n"


def text_of(page) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.text)))


def test_a_roster_is_checked_and_then_imported(clinic, browse, run):
    ada = browse("importer@clinic.test")
    ada.check(ROSTER)
    assert "Waiting to begin" in ada.page.text
    run()
    page = text_of(ada.get(ada.path))
    assert "1 of 3 rows can be imported; 2 are left out." in page
    check = ada.path
    ada.post(f"{check}/import")
    assert ada.path != check
    run()
    page = text_of(ada.get(ada.path))
    assert "2 rows were left out." in page
    assert "D2" in page
    assert "1877" in page
