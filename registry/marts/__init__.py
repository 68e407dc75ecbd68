"""What the marts need of the registry; they are declared in `dbt/`, built by `pipelines/marts/`."""
