"""What the tests of whole runs ask for: an installation with a database of its own, and a real Temporal server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from models.settings import Settings
from tests.temporal_servers import dev_server
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


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    """A client of a real server of the test's own: what the skipping one does otherwise is no matter there."""
    async with await dev_server() as environment:
        await register_attributes(environment.client)
        yield environment.client
