"""The laptop's Temporal server where it does not stay up."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.settings import Settings
from workers import processes
from workers.temporal_server import TemporalServer


def test_a_server_that_dies_at_once_is_started_ever_more_rarely_and_its_log_stays_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho no space on this disk\nexit 1\n")
    program.chmod(0o755)
    server = TemporalServer(Settings(_env_file=None, data_dir=tmp_path, temporal_bin=program))  # type: ignore[call-arg]
    now = 1000.0
    monkeypatch.setattr(processes.time, "monotonic", lambda: now)

    def starts() -> int:
        while server.alive:
            pass
        return server.log.read_text().count("no space")

    server.launch()
    seen = {0.0: starts()}
    for tenth in range(1, 400):
        now = 1000 + tenth / 10
        server.tend()
        seen[tenth / 10] = starts()
    moments = [moment for moment, count in seen.items() if count > seen.get(round(moment - 0.1, 1), 0)]
    assert moments == [0.0, 0.2, 1.2, 4.2, 14.2, 24.2, 34.2]
    monkeypatch.setattr(processes, "LOG_LIMIT", 10)
    for _ in range(2):
        server.launch()
        starts()
    assert server.log.read_text() == server.log.with_suffix(".log.1").read_text() == "no space on this disk\n"
