"""What a workflow may drag into its process."""

from __future__ import annotations

import subprocess
import sys

from models.settings import ROOT

FORBIDDEN = (
    "sqlalchemy",
    "sqlmodel",
    "asyncpg",
    "av",
    "cv2",
    "skia",
    "numpy",
    "PIL",
    "obstore",
    "openai",
    "httpx",
    "googleapiclient",
    "fastapi",
)


def test_loading_the_workflows_loads_no_sql_no_codec_and_no_provider() -> None:
    code = f"import sys, workers.flows; print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
