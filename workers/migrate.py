"""Bringing a database's schema to the code's: used at every start, safe to run from many processes at once."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import asyncpg

from models.postgres import down_errors, plain_url

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_ALEMBIC = threading.Lock()
"""Alembic keeps its context in module globals: one run at a time in a process. Processes lock in the database."""


def upgrade(url: str, revision: str = "head") -> None:
    """Make the database if the server lacks it, then run the missing revisions. Blocks; call it on a thread from async code.

    Raises:
        ComponentDown: the server cannot be reached.
    """
    with _ALEMBIC, down_errors():
        if asyncio.run(_present(plain_url(url))) == newest() and revision == "head":
            return
        from alembic import command

        command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take back the revisions after `revision` (`base`: all). Data in what they made is lost."""
    from alembic import command

    with _ALEMBIC, down_errors():
        command.downgrade(configuration(url), revision)


def newest() -> str:
    """The newest revision, read from the files: Alembic itself takes most of a second to load, at every start."""
    revisions: set[str] = set()
    replaced: set[str] = set()
    for path in (MIGRATIONS / "versions").glob("*.py"):
        text = path.read_text()
        revisions.update(re.findall(r"^revision\b.*?[\"'](\w+)[\"']", text, re.MULTILINE))
        replaced.update(re.findall(r"^down_revision\b.*?[\"'](\w+)[\"']", text, re.MULTILINE))
    (head,) = revisions - replaced
    return head


def configuration(url: str) -> Config:
    """Alembic's configuration for this database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = plain_url(url)
    return config


async def _present(url: str) -> str | None:
    """The revision of the database, which is made when the server lacks it."""
    try:
        connection = await asyncpg.connect(url)
        try:
            revision: str | None = await connection.fetchval("select version_num from alembic_version")
            return revision
        except asyncpg.UndefinedTableError:
            return None
        finally:
            await connection.close()
    except asyncpg.InvalidCatalogNameError:
        name = urlparse(url).path.lstrip("/")
        server = await asyncpg.connect(url, database="postgres")
        try:
            await server.execute('create database "{}"'.format(name.replace('"', '""')))
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return None
        finally:
            await server.close()
    return None
