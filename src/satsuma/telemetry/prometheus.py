"""Counters in the text form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from satsuma.telemetry.metrics import DURATIONS

_HELP: Final = {
    "satsuma_requests_total": "Answers by endpoint and status.",
    "satsuma_request_seconds": "Seconds from the whole request to its answer.",
    "satsuma_revocations": "Revocations held in memory.",
    "satsuma_tasks": "What a worker does at the same time: answers, connections, background work.",
    "satsuma_clients_held": "Clients held in memory.",
    "satsuma_feed_seq": "The newest change that the process has read.",
    "satsuma_counters_alone": "Events that no counting server counted, since it was away.",
    "satsuma_request_log_dropped": "Refusals counted but not written, past a bound.",
}
_BUCKET: Final = "satsuma_request_seconds_bucket"
_MICROS: Final = "satsuma_request_micros_total"


class _Collected:
    def __init__(self, counters: dict[str, int]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        families: dict[str, Any] = {}
        buckets: dict[str, dict[str, int]] = {}
        micros: dict[str, int] = {}
        for key, value in sorted(self._counters.items()):
            name, labels = split_key(key)
            if name == _BUCKET:
                buckets.setdefault(labels["endpoint"], {})[labels["le"]] = value
            elif name == _MICROS:
                micros[labels["endpoint"]] = value
            else:
                family = families.get(name)
                if family is None:
                    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                    family = families[name] = kind(name, _HELP.get(name, name), labels=list(labels))
                family.add_metric(list(labels.values()), value)
        yield from families.values()
        histogram = HistogramMetricFamily(
            "satsuma_request_seconds", _HELP["satsuma_request_seconds"], labels=["endpoint"]
        )
        for endpoint, counts in buckets.items():
            total = 0
            rows: list[tuple[str, float]] = []
            for le in [*(str(bound) for bound in DURATIONS), "+Inf"]:
                total += counts.get(le, 0)
                rows.append((le, total))
            histogram.add_metric([endpoint], rows, micros.get(endpoint, 0) / 1_000_000)
        yield histogram


def render_metrics(counters: dict[str, int]) -> bytes:
    """The exposition of counters by key."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(counters))
    return generate_latest(registry)


def split_key(key: str) -> tuple[str, dict[str, str]]:
    """The name and the labels of a counter's key."""
    name, _, rest = key.partition("{")
    labels: dict[str, str] = {}
    for pair in rest.removesuffix("}").split('",'):
        label, equals, value = pair.partition('="')
        if equals:
            labels[label] = value.removesuffix('"')
    return name, labels
