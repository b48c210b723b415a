"""PostgreSQL's addresses, and the signs that the server is away. Light to import: commands that use no ORM start at once."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import asyncpg

from models.errors import ComponentDown, Misconfigured

AWAY = ("08", "53", "57P", "58")
"""SQLSTATEs of a server that is away, full or ending: connection, resources, intervention, system."""


def plain_url(url: str) -> str:
    """The address as every PostgreSQL tool writes it (`postgresql://...`).

    Raises:
        Misconfigured: it is another database's.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise Misconfigured(
            f"The database address begins with {scheme[:20]!r}, not with postgresql://.",
            hint="Set YTEMPIRE_DATABASE_URL to postgresql://user:password@host/name.",
        )
    return f"postgresql://{rest}"


@contextlib.contextmanager
def down_errors() -> Iterator[None]:
    """Turns "the server is away" of every driver into `ComponentDown`; everything else passes."""
    try:
        yield
    except Exception as error:
        if _all_busy(error):
            raise ComponentDown(
                "Every connection of this process to the database is busy.",
                hint="It is tried again by itself; YTEMPIRE_DATABASE_POOL allows more of them.",
            ) from error
        if not _away(error):
            raise
        raise ComponentDown(
            "The database cannot be reached.", hint="It is tried again by itself; `./ytempire doctor` shows its state."
        ) from error


def _all_busy(error: BaseException) -> bool:
    wrapped = sys.modules.get("sqlalchemy.exc")
    return wrapped is not None and isinstance(error, wrapped.TimeoutError)


def _away(error: BaseException) -> bool:
    wrapped = sys.modules.get("sqlalchemy.exc")
    if wrapped is not None and isinstance(error, wrapped.DBAPIError):
        original = getattr(error.orig, "__cause__", None) or error.orig
        return bool(error.connection_invalidated) or (original is not None and _away(original))
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(AWAY)
    if isinstance(error, asyncpg.InternalClientError):
        return True  # a connection that broke off in the middle
    if isinstance(error, asyncpg.InterfaceError):
        return "connection" in str(error) or "pool" in str(error)
    return isinstance(error, OSError) and _from_driver(error)


def _from_driver(error: OSError) -> bool:
    """A refused address or a time-out reaches us as a bare OSError out of asyncpg; other code's OSErrors are its own affair."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith(("asyncpg.", "models.statements")):
            return True
        trace = trace.tb_next
    return False
