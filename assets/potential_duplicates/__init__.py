"""Patients of an import who may be the same as another one; a reviewer decides."""
