"""How often what was made or found before served again: the hit rates of the metrics."""

from __future__ import annotations

from temporalio import activity


def count_reuse(what: str, *, hit: bool) -> None:
    """Count a look into what was made or found before: the metric `ytempire_reuse` with `what` and `hit`."""
    if activity.in_activity():
        meter = activity.metric_meter().with_additional_attributes({"what": what, "hit": str(hit).lower()})
        meter.create_counter("ytempire_reuse", "looks into what was made or found before").add(1)
