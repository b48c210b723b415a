"""A local YouTube and a studio in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from models.database import Database
from tests.activities.upload.studio import Studio
from tests.fakes.youtube_server import YouTubeServer


@pytest.fixture
def youtube() -> Iterator[YouTubeServer]:
    """A fresh local YouTube; whatever a test did, nothing of it may have been against the protocol."""
    with YouTubeServer().running() as server:
        yield server
        assert server.world.violations == []


@pytest_asyncio.fixture
async def studio(database: Database, youtube: YouTubeServer, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio with one user."""
    yield await Studio.opened(database, youtube, tmp_path)
