"""Rosters of synthetic people as a clinic would send them, and the text of pages."""

import html
import re

import httpx

GOOD = "C-1,Ann,Sample,1977,f,ann@example.com,,abc-1,Acme\n"
ROSTER = GOOD + "C-2,Bob,Sample,1877,m,,,,\nC-3,,Sample,1980,x,,,,Acme\n"
TWINS = (
    "C-8,Dana,Sample,1961,f,dana@example.com,0012125550123,abc-1,Acme\n"
    "C-9,Dana,Sample,1961,f,d.sample@example.com,,abc-2,Acme\n"
)
"""The same name under two ids: a pair for review."""
CARE_HEADER = (
    "Patient First Name *,Patient Last Name *,Patient Birthday *,Patient Gender *,EHR ID,"
    "Medicare ID,Home Phone,Mobile Phone,Street,City,State,Zip,ICD10 Code,Patient Flags\n"
)
_MARCH = """\
Maria,Lopez,1961-05-27,F,00417-A,1EG4-TE5-MK73,212-555-0123,,1 Elm St,Boston,MA,02101,I10; E119,Fall
Peter,Hill,1950-02-11,M,00418-A,,,,,,,,,
"""
_OCTOBER = """\
Maria,Lopez,1961-05-27,F,00952-B,,,646-555-0188,22 Oak Ave,Boston,MA,02115,I10; J45,Lives alone
Peter,Hill,1950-02-11,M,00961-B,,,,,,,,,
"""
CARE_TWINS = (CARE_HEADER + _MARCH, CARE_HEADER + _OCTOBER)
"""Two files of a care manager, a year apart: Maria moved, and Peter may be two."""
METRIPORT = (
    "First Name,lastName,dob,gender,addressLine1,city,state,zip\n"
    "Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101\n"
    "Ben,Sample,1970-02-31,M,2 Main St,Boston,MA,02102\n"
)
BAD_CELLS = {
    6: (3, "1877"), 57: (4, "x"), 103: (1, ""), 150: (0, ""), 202: (3, "19x1"),
    255: (0, "123-45-6789"), 300: (4, ""), 333: (2, ""), 401: (3, "2090"), 444: (4, "female"),
    500: (3, ""), 512: (0, "943 476 5919"), 600: (1, ""), 640: (4, "u"), 700: (3, "77"),
    750: (2, ""), 801: (0, "1.23E+09"), 850: (3, "1066"), 900: (4, "man"), 998: (1, ""),
}  # fmt: skip
"""Invalid cells of a roster of 1,000 rows: row from 0 → (column from 0, text)."""


def thousand(bad: dict[int, tuple[int, str]] = BAD_CELLS) -> str:
    """1,000 clients, with these cells replaced."""
    names = ("Ann", "Bob", "Cy", "Dee", "Eve", "Fay", "Gus", "Hal")
    rows = [
        [f"C-{1001 + i}", names[i % 8], f"Sample{i}", str(1940 + i % 60), "mf"[i % 2],
         f"client{i}@example.com", "", "abc-1", "Acme Inc"]
        for i in range(1000)
    ]  # fmt: skip
    for place, (column, text) in bad.items():
        rows[place][column] = text
    return "".join(",".join(row) + "\n" for row in rows)


def text_of(page: httpx.Response | str) -> str:
    """The text of a page, without markup."""
    source = page if isinstance(page, str) else page.text
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", source, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(bare))


def next_page(page: httpx.Response) -> str | None:
    """The address behind "Older" or "More rows"; None on the last page."""
    found = re.search(r'rel="next" href="([^"]+)"', page.text)
    return html.unescape(found[1]) if found else None


OWN_HEADINGS = [
    ["Our clients, November 2026"],
    ["Forename", "Family Name", "Born", "M/F", "Cell", "E-Mail", "Town", "Post Code", "Chart No.",
     "Shoe size"],
    ["Ann", "Lee", "27 May 1961", "f", "212-555-0123", "ann@example.org", "Boston", "02101",
     "A-1", "38"],
    ["Bob", "Moss", "1 June 1950", "m", "212-555-0199", "bob@example.org", "Salem", "01970",
     "A-2", "44"],
    ["Cy", "Hart", "9 March 1972", "m", "", "cy@example.org", "Lynn", "01901", "A-3", "41"],
]  # fmt: skip
"""A sheet as a clinic keeps it for itself: a title, and headings of their own."""
