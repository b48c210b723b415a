"""What the tests of whole runs ask for: an installation with a database of its own, and a real Temporal server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from models.settings import Settings
from tests.temporal_servers import namespace_of_its_own
from workers.connect import register_attributes


@pytest.fixture
def settings(database_address: str, tmp_path: Path) -> Settings:
    """Settings of an installation whose database and folders are the test's own."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_address,  # type: ignore[arg-type]
        data_dir=tmp_path / "data",
        films_dir=tmp_path / "films",
    )


@pytest.fixture(scope="session")
def shared_artifacts(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a store of artifacts for all tests that are not about making them: the same film is rendered once."""
    base = tmp_path_factory.getbasetemp()
    return f"file://{(base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base) / 'shared-artifacts'}"


@pytest_asyncio.fixture
async def client(temporal_address: str) -> Client:
    """A client of a real server, in a namespace of the test's own: what the skipping one does otherwise is no matter there."""
    client = await namespace_of_its_own(temporal_address)
    await register_attributes(client)
    return client
