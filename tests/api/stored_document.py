"""The API's document as it is stored; `test_openapi` sees to it that it is that of the code."""

from __future__ import annotations

import json
from typing import Any

from models.settings import ROOT

STORED = ROOT / "docs" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(STORED.read_text("utf-8"))
"""Made anew it would take every test process seconds before its first test."""
