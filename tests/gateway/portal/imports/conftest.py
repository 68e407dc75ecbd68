"""A person at a browser who may import."""

import pytest


@pytest.fixture
def ada(clinic, browse):
    assert clinic
    return browse("importer@clinic.test")
