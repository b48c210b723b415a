"""The laptop's stack where it cannot start."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from models.settings import ROOT


def test_a_disk_that_takes_nothing_is_told_in_a_sentence(tmp_path: Path) -> None:
    def nothing_may_be_written() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "up"],
        env={**os.environ, "YTEMPIRE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)},
        preexec_fn=nothing_may_be_written,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"{tmp_path / 'data'} cannot be written" in done.stderr and "Free space" in done.stderr
    assert "Traceback" not in done.stderr
