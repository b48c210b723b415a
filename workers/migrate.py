"""Bringing a database's schema to the code's: used at every start, safe to run from many processes at once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from urllib.parse import urlparse

import asyncpg
from alembic import command
from alembic.config import Config

from models.database import down_errors, plain_url

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_ALEMBIC = threading.Lock()
"""Alembic keeps its context in module globals: one run at a time in a process. Processes lock in the database."""


def upgrade(url: str, revision: str = "head") -> None:
    """Make the database if the server lacks it, then run the missing revisions. Blocks; call it on a thread from async code.

    Raises:
        ComponentDown: the server cannot be reached.
    """
    with _ALEMBIC, down_errors():
        asyncio.run(_create_database(plain_url(url)))
        command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take back the revisions after `revision` (`base`: all). Data in what they made is lost."""
    with _ALEMBIC, down_errors():
        command.downgrade(configuration(url), revision)


def configuration(url: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = plain_url(url)
    return config


async def _create_database(url: str) -> None:
    try:
        await (await asyncpg.connect(url)).close()
    except asyncpg.InvalidCatalogNameError:
        name = urlparse(url).path.lstrip("/")
        server = await asyncpg.connect(url, database="postgres")
        try:
            await server.execute('create database "{}"'.format(name.replace('"', '""')))
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return
        finally:
            await server.close()
