"""The five stages of an import as Dagster runs them: one import after the other, whole."""
