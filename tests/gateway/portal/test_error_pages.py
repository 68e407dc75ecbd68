"""Errors are pages that say what happened."""

import pytest

from gateway.portal.error_pages import AS_PAGES, error_page
from tests.gateway.portal.rosters import text_of


def said_by(answer) -> str:
    return text_of(answer.body.decode())


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (403, "Not allowed"),
        (404, "Not found"),
        (409, "Not possible now"),
        (413, "Too large"),
        (503, "Not available"),
        (405, "Method Not Allowed"),
    ],
)
def test_a_page_has_the_status_a_title_and_a_sentence(status, title):
    answer = error_page(status, "the file is gone")
    assert answer.status_code == status
    assert f"{title} The file is gone. Go to the start page" in said_by(answer)


@pytest.mark.parametrize("text", ["Reload it!", "Who is it?", "It is gone."])
def test_a_whole_sentence_stays_as_it_is(text):
    assert f"Not found {text} Go" in said_by(error_page(404, text))


def test_an_unexpected_error_says_nothing_of_its_text(caplog):
    answer = AS_PAGES.unexpected(ValueError("Canary"))
    assert answer.status_code == 500
    assert "Something went wrong on our side." in said_by(answer)
    assert "Canary" not in said_by(answer) + caplog.text


def test_a_form_that_is_too_large_says_how_much_is_allowed():
    answer = AS_PAGES.refused(413, "a body has at most 65,536 bytes")
    assert answer.status_code == 413
    assert "A body has at most 65,536 bytes." in said_by(answer)


def test_an_unknown_format_or_page_is_a_page_that_says_so(clinic, browse):
    ada = browse("viewer@clinic.test")
    for path in ("/formats/xml", "/nowhere", "/imports/not-an-id", "/imports/x/y/z"):
        assert ada.get(path).status_code == 404
        assert "Not found" in ada.page.text
        assert clinic.name not in ada.page.text or "Sign out" in ada.page.text


@pytest.mark.usefixtures("clinic")
def test_a_role_that_does_not_suffice_is_explained(browse):
    ada = browse("viewer@clinic.test")
    assert ada.get("/import").status_code == 403
    assert "This needs the role importer or admin, and yours is viewer." in text_of(ada.page)


@pytest.mark.usefixtures("clinic")
def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in_page(browse, connection):
    ada = browse("viewer@clinic.test")
    token = ada.token()
    connection.execute("DELETE FROM portal_session")
    connection.commit()
    answer = ada.client.post("/patients", data={"csrf": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?over=1")
