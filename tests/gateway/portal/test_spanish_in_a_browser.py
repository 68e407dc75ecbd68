"""A clinic's administrator works in Spanish, in a real browser."""

import pytest
from playwright.sync_api import expect

from gateway.portal.languages import COOKIE
from tests.gateway.portal.browsers import (
    CHROMIUM,
    PHONE,
    is_wider_than_the_screen,
    new_page,
    serious_faults,
    working,
)
from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.rosters import ROSTER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("clinic"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here; .ci/run installs it"),
]

WAIT = 60_000
PATHS = (
    *("/desk", "/import", "/imports", "/patients", "/review", "/review/scores", "/review/bulk"),
    *("/settings", "/admin/users", "/admin/account", "/admin/notifications", "/password"),
)


def test_an_administrator_imports_a_file_in_spanish(chromium, portal, tmp_path):
    path, faults = tmp_path / "clientes.csv", []
    path.write_text(ROSTER)
    # A browser that asks for English; the administrator chooses Spanish at the foot of the page.
    page = new_page(chromium, portal, locale="en-US", viewport=PHONE)
    page.goto("/sign-in")
    page.get_by_role("button", name="Español").click()
    page.get_by_label("Correo electrónico").fill("admin@clinic.test")
    page.get_by_label("Contraseña").fill(PASSWORD)
    faults += serious_faults(page)
    page.get_by_role("button", name="Iniciar sesión").click()
    page.wait_for_url("**/desk")
    with working(portal):
        page.goto("/import")
        page.locator("input[type=file]").set_input_files(path)
        expect(page.locator("[data-chosen]")).to_contain_text("clientes.csv (")
        page.get_by_role("button", name="Comprobar archivo").click()
        ready = page.get_by_text("Se pueden importar 1 de 3 filas; 2 tienen errores.")
        expect(ready).to_be_visible(timeout=WAIT)
        faults += serious_faults(page)
        page.get_by_role("button", name="Importar 1 fila").click()
        expect(page.get_by_text("2 filas con error.")).to_be_visible(timeout=WAIT)
    result = page.url
    written = page.locator("time").first.text_content()
    for wanted in (*PATHS, result, f"{result}?show=all", f"{result}/correct", f"{result}/undo"):
        page.goto(wanted)
        assert page.locator("html").get_attribute("lang") == "es", wanted
        assert not is_wider_than_the_screen(page), wanted
        faults += serious_faults(page)
    assert faults == []
    assert page.complaints == []
    # The script writes times in the reader's zone, and in their language too.
    assert "Nov" not in written
    (cookie,) = (each for each in page.context.cookies() if each["name"] == COOKIE)
    assert cookie["value"] == "es"
    page.context.close()
