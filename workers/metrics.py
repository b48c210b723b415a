"""Prometheus metrics of a worker process: ours and the Temporal SDK's together, at `/metrics` of one port.

The SDK's exporter serves both, because activities count with the SDK's meter. Counters end in `_total`, durations are seconds.
"""

from __future__ import annotations

from typing import Literal

import structlog
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from models.settings import Settings

log = structlog.get_logger(__name__)

Process = Literal["control", "render", "gpu"]
PLACES: dict[Process, int] = {"control": 0, "render": 1, "gpu": 2}
"""How far a process's port is from `worker_metrics_port`."""
STEP_SECONDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""From a look into the cache to a long film on a busy host."""
BUCKETS = {
    "video_cost_dollars": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "ytempire_render_realtime_factor": (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0),
    "activity_execution_latency": STEP_SECONDS,
    "activity_succeed_endtoend_latency": STEP_SECONDS,
    "activity_schedule_to_start_latency": STEP_SECONDS,
}


def begin_metrics(settings: Settings, process: Process) -> Runtime | None:
    """Export from here on, for every client made later; None where the settings ask for none or the port is taken."""
    if not settings.worker_metrics_port:
        return None
    runtime = exporter(settings, process)
    if runtime is not None:
        Runtime.set_default(runtime)
    return runtime


def exporter(settings: Settings, process: Process) -> Runtime | None:
    """A runtime that serves its metrics on the process's port; None, with a warning, when it cannot: a worker works without."""
    port = settings.worker_metrics_port + PLACES[process]
    host = settings.worker_metrics_host
    address = f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"
    serving = PrometheusConfig(
        bind_address=address, counters_total_suffix=True, durations_as_seconds=True, histogram_bucket_overrides=BUCKETS
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=serving, attach_service_name=False, global_tags={"process": process}))
    except (ValueError, RuntimeError) as error:
        log.warning(
            "no metrics of this worker",
            address=address,
            why=str(error),
            hint="Another process may hold the port; set YTEMPIRE_WORKER_METRICS_PORT for this worker to a free one.",
        )
        return None
