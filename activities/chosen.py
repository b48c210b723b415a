"""The adapter that a task names, among those that this worker has set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from models.errors import Misconfigured

P = TypeVar("P")


def chosen(ports: Mapping[str, P], name: str, what: str, hint: str = "A provider appears once its key is set.") -> P:
    """The port of that name; `what` it provides ("voices") and `hint` are words for people.

    Raises:
        Misconfigured: there is no such provider on this worker.
    """
    try:
        return ports[name]
    except KeyError:
        raise Misconfigured(
            f"There is no provider of {what} named {name!r} on this worker.", hint=f"It has: {', '.join(sorted(ports))}. {hint}"
        ) from None
