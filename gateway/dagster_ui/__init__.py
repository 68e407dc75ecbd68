"""Dagster's web page behind our own front: who may reach it, and from which pages."""
