"""Bringing a database's schema to the code's: at every start of the stack; on several hosts, once for each update."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import asyncpg

from models.errors import ComponentDown, Misconfigured
from models.postgres import down_errors, plain_url
from models.settings import Settings

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


def upgrade_yours(settings: Settings) -> str:
    """Bring the operator's own database to this version; answers its revision.

    Raises:
        Misconfigured: the settings name no database.
        ComponentDown: the server cannot be reached.
    """
    url = settings.database_url.get_secret_value()
    if not url:
        raise Misconfigured(
            "YTEMPIRE_DATABASE_URL is empty: the embedded database is brought up to date by `./ytempire up`.",
            hint="Set it to postgresql://user:password@host/name.",
        )
    upgrade(url)
    return newest()


def demand_schema(settings: Settings) -> None:
    """Refuse to serve from a database that lacks revisions of this code. One that is newer is served: an update is under way. One
    that is away is waited for by whoever needs it.

    Raises:
        Misconfigured: revisions are missing.
    """
    url = settings.database_url.get_secret_value()
    if not url:
        return
    try:
        with down_errors():
            found = asyncio.run(_revision(plain_url(url)))
    except ComponentDown:
        return
    except asyncpg.InvalidCatalogNameError:
        found = None
    known = {path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("*.py")}
    if found is None or (found in known and found != newest()):
        is_at = f"is at revision {found}, and this code needs {newest()}" if found else "has no tables of ours yet"
        raise Misconfigured(f"The database {is_at}.", hint="Run ./ytempire migrate once, on any host.")


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


async def _revision(url: str) -> str | None:
    """The revision of the database; None where our tables are not there yet."""
    connection = await asyncpg.connect(url)
    try:
        revision: str | None = await connection.fetchval("select version_num from alembic_version")
        return revision
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def _present(url: str) -> str | None:
    """The revision of the database, which is made when the server lacks it."""
    try:
        return await _revision(url)
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
