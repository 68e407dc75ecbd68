"""Which language a page is in, and what it writes in it."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from gateway.portal import languages
from gateway.portal.formatting import (
    day_and_time,
    moment,
    month,
    number,
    point,
    seconds,
    share,
    size,
)
from gateway.portal.languages import (
    COOKIE,
    Language,
    chosen_language,
    gettext,
    language,
    ngettext,
    page_address,
    pgettext,
    translated,
)
from gateway.portal.rendering import environment

SPANISH = {"accept-language": "es"}

UNUSUAL = (
    "400 rows, usually 1,000 (60 % off, up to 30 % is allowed); "
    "12 failed rows, 10.5 % where 1.0 % is usual (up to 2 points more are allowed)"
)
UNUSUAL_IN_SPANISH = (
    "400 filas, normalmente 1.000 (diferencia: 60 %; se permite hasta 30 %); "
    "12 filas con error, 10,5 % cuando lo habitual es 1,0 % (se permiten hasta 2 puntos más)"
)
NO_HEADER = (
    "none of the column names in line 1 is known; "
    "line 4 looks like the header; remove the lines above it"
)
NO_HEADER_IN_SPANISH = (
    "no se conoce ninguno de los nombres de columna de la línea 1; "
    "la línea 4 parece el encabezado; quite las líneas que están encima"
)


@contextmanager
def speaking(tag: str):
    """The language of what is made meanwhile."""
    shown = languages._Shown(chosen_language(None, tag))
    before = languages._shown.set(shown)
    try:
        yield
    finally:
        languages._shown.reset(before)


@pytest.mark.parametrize(
    ("cookie", "accepted", "tag"),
    [
        # What the reader chose, then what the browser asks for, then English.
        ("es", "en", "es"),
        ("en", "es", "en"),
        (None, "es", "es"),
        (None, "", "en"),
        # The greatest weight that is known; of equal ones the first.
        (None, "de, en;q=0.7, es;q=0.8", "es"),
        (None, "en, es", "en"),
        (None, "es;q=0, en;q=0.1", "en"),
        (None, "*", "en"),
        # A region changes how numbers are written; one that is not known changes nothing.
        (None, "es-MX, es;q=0.9", "es-MX"),
        ("es", "en-US, es-us;q=0.5", "es-US"),
        (None, "es-XX", "es"),
        (None, "es-419", "es-419"),
        (None, "en-GB", "en"),
        # Nonsense.
        ("xx", "es", "es"),
        ("../es", ";;q=,es-;q=2,\xe9", "en"),
        (None, "es;q=0.8888", "en"),
        (None, "de," * 10_000 + "es", "en"),
    ],
)
def test_the_language_of_a_page(cookie, accepted, tag):
    assert chosen_language(cookie, accepted).tag == tag


def test_english_is_spoken_outside_of_a_request():
    assert language() == Language("en")
    assert page_address() == "/"
    assert [gettext("Rows"), ngettext("row", "rows", 1), translated("Rows")] == [
        "Rows", "row", "Rows",
    ]  # fmt: skip


def test_texts_take_values_and_plurals():
    with speaking("es"):
        assert gettext("%(name)s is told nothing more.", name="<b>") == "Ya no se avisa a <b>."
        assert [ngettext("row", "rows", count) for count in (None, 0, 1, 2)] == [
            "filas", "filas", "fila", "filas",
        ]  # fmt: skip
        assert pgettext("verb", "Review") == "Revisar"
        assert gettext("Review") == "Revisión"
        assert gettext("") == ""


@pytest.mark.parametrize(
    ("said", "there"),
    [
        ("there are no failed rows", "no hay filas con error"),
        (
            "the file is a picture, not CSV; save it as CSV",
            "el archivo es una imagen, no CSV; guárdelo como CSV",
        ),
        (UNUSUAL, UNUSUAL_IN_SPANISH),
        (NO_HEADER, NO_HEADER_IN_SPANISH),
        # What is not known whole stays as it is.
        (
            "there are no failed rows; nobody knows why",
            "there are no failed rows; nobody knows why",
        ),
        ("100 % %(name)s {name}", "100 % %(name)s {name}"),
        ("", ""),
    ],
)
def test_a_text_of_another_package_is_translated_with_its_values(said, there):
    with speaking("es"):
        assert translated(said) == there
    assert translated(said) == said


def test_figures_are_written_as_the_reader_writes_them():
    instant = datetime(2026, 11, 2, 3, 14, tzinfo=UTC)

    def figures():
        return [number(12345), size(1500), share(20, 1000), seconds(0.84), point("-1.5"), size(999)]

    with speaking("es"):
        assert figures() == ["12.345", "1,5 kB", "2,0 %", "0,8 s", "-1,5", "999 bytes"]
        assert ">2 nov 2026, 03:14 UTC<" in moment(instant)
        assert month(instant) == "noviembre de 2026"
        assert day_and_time(instant) == "2 de noviembre de 2026, 03:14"
    with speaking("es-MX"):
        assert figures() == ["12,345", "1.5 kB", "2.0 %", "0.8 s", "-1.5", "999 bytes"]
    assert [month(instant), day_and_time(instant)] == ["November 2026", "02 November 2026, 03:14"]


def test_values_in_a_translated_sentence_are_escaped():
    source = "{% trans name=name %}{{ name }} is held{% endtrans %} {{ why | translated }}"
    template = environment().from_string(source)
    for tag in ("en", "es"):
        with speaking(tag):
            page = template.render(name="<b>", why="<i>")
        assert "<b>" not in page
        assert "&lt;b&gt;" in page
        assert "&lt;i&gt;" in page


@pytest.mark.usefixtures("clinic")
def test_a_browser_gets_the_page_in_its_language(browse):
    client = browse().client
    page = client.get("/sign-in", headers=SPANISH)
    assert '<html lang="es">' in page.text
    assert "Iniciar sesión en Rosterline" in page.text
    assert page.headers["content-language"] == "es"
    assert page.headers["vary"] == "Accept-Language, Cookie"
    page = client.get("/sign-in", headers={"accept-language": "fr"})
    assert '<html lang="en">' in page.text
    assert "Sign in to Rosterline" in page.text


@pytest.mark.usefixtures("clinic")
def test_refusals_are_in_the_language_of_the_reader(browse):
    client = browse().client
    wrong = client.post("/sign-in", data={"name": "a@b.test", "password": "x"}, headers=SPANISH)
    assert "La dirección de correo o la contraseña es incorrecta." in wrong.text
    gone = client.get("/set-password/x", headers=SPANISH)
    assert "Este enlace ya se usó, ha caducado o fue sustituido; pida uno nuevo." in gone.text
    assert "<h1>Ya no está</h1>" in gone.text
    foreign = client.post("/desk", headers=SPANISH | {"origin": "http://elsewhere.test"})
    assert "Este formulario se envió desde otro sitio." in foreign.text
    nul = client.get("/desk?x=%00", headers=SPANISH)
    assert "La dirección tiene el carácter NUL (%00)." in nul.text


@pytest.mark.usefixtures("clinic")
def test_the_reader_chooses_the_language_and_stays_on_the_page(browse):
    browser = browse()
    form = browser.get("/sign-in?next=/imports").text
    assert 'name="next" value="/sign-in?next=/imports"' in form
    assert re.search('<button[^>]* value="es" lang="es">Español</button>', form)
    chosen = browser.client.post(
        "/language", data={"language": "es", "next": "/sign-in?next=/imports"}
    )
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in?next=/imports")
    cookie = chosen.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=es; ")
    assert {"HttpOnly", "SameSite=lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert "Iniciar sesión" in browser.get("/sign-in").text
    browser.client.post("/language", data={"language": "en"})
    assert "Sign in" in browser.get("/sign-in").text


@pytest.mark.parametrize("target", ["//elsewhere.test", "https://elsewhere.test", "/\\elsewhere"])
def test_a_change_of_the_language_leads_to_no_other_site(browse, target):
    answer = browse().client.post("/language", data={"language": "es", "next": target})
    assert answer.headers["location"] == "/"


def test_a_language_that_is_not_there_is_refused(browse):
    answer = browse().client.post("/language", data={"language": "tlh"})
    assert answer.status_code == 400
    assert "There is no such language here." in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("clinic")
def test_the_form_of_an_answer_to_a_form_leads_to_the_start(browse):
    browser = browse("viewer@clinic.test")
    page = browser.post("/patients", text="Ann").text
    assert '<input type="hidden" name="next" value="/">' in page


@pytest.mark.usefixtures("clinic")
def test_what_a_form_did_is_said_in_the_language_of_the_page_with_its_values_escaped(browse):
    browser = browse("admin@clinic.test")
    browser.client.headers.update(SPANISH)
    page = browser.post("/admin/lists", do="facility", name="<b>Norte</b>").text
    assert "Se ha añadido el centro «&lt;b&gt;Norte&lt;/b&gt;»." in page
    again = browser.post("/admin/lists", do="cohort", name="").text
    assert "Un nombre tiene de 1 a 200 letras y ningún salto de línea" in again


@pytest.mark.usefixtures("clinic")
def test_the_activity_log_keeps_english(browse, connection):
    browser = browse("importer@clinic.test")
    browser.client.headers.update(SPANISH)
    browser.post("/password", old="wrong", new="x", again="x")
    details = [
        detail for (detail,) in connection.execute("SELECT detail FROM access_event WHERE refused")
    ]
    assert details == ["the current password is wrong"]
