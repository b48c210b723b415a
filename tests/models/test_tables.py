"""The tables, as each process sees them: one that loads a single domain must find where its foreign keys lead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from models.settings import ROOT

DOMAINS = sorted(path.parent.name for path in (ROOT / "models").glob("*/tables.py"))
RESOLVE = """
import importlib, sys
from sqlalchemy.orm import configure_mappers
from sqlmodel import SQLModel
importlib.import_module(f"models.{sys.argv[1]}.tables")
configure_mappers()
print(sum(key.column is not None for table in SQLModel.metadata.tables.values() for key in table.foreign_keys))
"""


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_alone_finds_where_its_foreign_keys_lead(domain: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", RESOLVE, domain], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) > 0
