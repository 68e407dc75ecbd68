"""A person at a browser who may import."""

from tests.gateway.portal.imports.conftest import ada

__all__ = ["ada"]
