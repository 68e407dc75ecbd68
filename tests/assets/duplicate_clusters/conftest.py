from tests.assets.potential_duplicates.conftest import another_clinic, clinic

__all__ = ["another_clinic", "clinic"]
