"""Scraping `/metrics` as Prometheus does, with its own parser."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from registry.settings.telemetry import TelemetrySettings

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def metrics_text(settings: TelemetrySettings, **headers: str) -> str:
    token = settings.metrics_token
    own = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    url = f"http://{settings.metrics_host}:{settings.metrics_port}/metrics"
    answer = httpx.get(url, headers={**own, **headers}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


def parsed(text: str) -> Samples:
    """Value by labels, by the name of the sample."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def scraped(settings: TelemetrySettings) -> Samples:
    return parsed(metrics_text(settings))
