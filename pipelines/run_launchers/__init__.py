"""Dagster's run launchers, each with its part of the instance file (`<launcher>.yaml`)."""
