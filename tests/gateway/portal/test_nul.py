"""The character NUL in what a browser sends: a page that says so, and no error of ours."""

import httpx
import pytest

from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.sessions import ADA

pytestmark = pytest.mark.usefixtures("clinic")

NUL = "a\0b"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sign-in", {"name": "ada\0@clinic.test", "password": PASSWORD}),
        ("/sign-in", {"name": ADA, "password": NUL, "next": "/"}),
        ("/sign-in", {"name": ADA, "password": PASSWORD, "next": f"/{NUL}"}),
        ("/forgot-password", {"name": "ada\0@clinic.test"}),
    ],
)
def test_nobody_signs_in_with_it_and_nothing_breaks(portal, path, form):
    answer = httpx.post(f"{portal.api_url}{path}", data=form)
    assert answer.status_code in (200, 303, 400, 401, 404), answer.text
    assert "Something went wrong on our side" not in answer.text


@pytest.mark.parametrize("field", ["name", "do", "url", "zzz"])
@pytest.mark.parametrize(
    "path", ["/admin/users", "/admin/keys", "/admin/sftp", "/admin/webhook", "/admin/lists"]
)
def test_a_form_with_it_is_refused(browse, path, field):
    admin = browse("admin@clinic.test")
    answer = admin.post(path, **{"do": "add", "name": "x", field: NUL})
    assert answer.status_code in (400, 404)


def test_an_upload_with_it_in_a_field_is_refused(browse):
    ada = browse("importer@clinic.test")
    answer = ada.check("Patient First Name *\nAnn\n", format=NUL)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["/patients?q=%00", "/imports?state=%00", "/review?band=a%00b", "/patients/%00", "/%00"]
)
def test_an_address_with_it_is_refused(browse, path):
    assert browse("importer@clinic.test").get(path).status_code == 400
