"""Prometheus metrics of the API."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Seconds; the API's promises (50, 100, 200, 500 ms, 1 s) are bounds, so that their share can be read exactly."""


class Metrics:
    """Counts of one process; with PROMETHEUS_MULTIPROC_DIR set, a scrape shows all processes of the machine together."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("http_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = Histogram(
            "http_request_duration_seconds", "Time to answer", ("method", "route"), buckets=BUCKETS, registry=self._registry
        )
        self.streams = Gauge("api_event_streams", "Open event streams", registry=self._registry, multiprocess_mode="livesum")
        self.log_dropped = Counter(
            "api_log_records_dropped", "Log records lost while the database was away", registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.videos = Gauge(
            "videos_processing",
            "Videos by status, of all users",
            ("status",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request under its route's template (never its path: that would be a series an id)."""
        known = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else "OTHER"
        found = self._series.get((known, route, status))
        if found is None:
            found = self._requests.labels(known, route, str(status)), self._seconds.labels(known, route)
            self._series[known, route, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
