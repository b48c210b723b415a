"""The lines of `ytempire doctor`'s report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from models.errors import Misconfigured, YtempireError

PATIENCE = 3.0
"""Seconds that a service has to answer."""


class Health(StrEnum):
    """How a thing is."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, how it is, and what to do where it is not well."""

    name: str
    health: Health
    what: str
    remedy: str = ""


def tried(name: str, attempt: Callable[[], str], remedy: str) -> Iterator[Finding]:
    """What the attempt found, or what is wrong with it."""
    try:
        yield Finding(name, Health.OK, attempt())
    except TimeoutError:
        yield Finding(name, Health.BAD, f"no answer within {PATIENCE:.0f} s", remedy)
    except Misconfigured as error:
        yield Finding(name, Health.BAD, error.what, error.hint or remedy)
    except YtempireError as error:  # whose hint is to come here
        yield Finding(name, Health.BAD, error.what, remedy)
    except Exception as error:  # whatever is wrong with it is what the report is for
        yield Finding(name, Health.BAD, str(error).splitlines()[0] if str(error) else type(error).__name__, remedy)


def patiently(call: Callable[[], str]) -> str:
    """What a call of a service says, which may take longer than anybody waits for it: it is left alone then.

    Raises:
        TimeoutError: it takes longer.
    """
    return ThreadPoolExecutor(1, "doctor").submit(call).result(PATIENCE)
