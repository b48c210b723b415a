"""What an API key may be allowed to do."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """One permission of an API key. A person's session has every one; `admin` needs the role besides."""

    VIDEOS_READ = "videos:read"
    VIDEOS_WRITE = "videos:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    COSTS_READ = "costs:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    YOUTUBE_READ = "youtube:read"
    YOUTUBE_WRITE = "youtube:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ADMIN = "admin"


SESSION = "session"
"""Not a scope of keys: what only a signed-in person may do (passwords, sessions, keys)."""


def covers(granted: frozenset[str] | None, needed: tuple[str, ...]) -> bool:
    """Whether a caller with these scopes (None: a person's session, which has all) may do what needs those."""
    if granted is None:
        return True
    return SESSION not in needed and all(scope in granted for scope in needed)
