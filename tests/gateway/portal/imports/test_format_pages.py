"""The page of a format's rules, and its template."""

import pytest

from schemas.catalogue import get_format
from tests.gateway.portal.rosters import text_of


@pytest.mark.parametrize("name", ["ptdirect", "metriport", "thoroughcare"])
@pytest.mark.usefixtures("clinic")
def test_rules_and_template_come_from_the_declarations(browse, name):
    ada = browse("viewer@clinic.test")
    page = text_of(ada.get(f"/formats/{name}"))
    for column in get_format(name).columns[:5]:
        assert column.label in page
        assert " ".join(column.kind.describe.split()) in page
    template = ada.get(f"/formats/{name}/template.csv")
    assert template.headers["content-disposition"] == f'attachment; filename="{name}-template.csv"'
    assert template.text.endswith("\r\n")
