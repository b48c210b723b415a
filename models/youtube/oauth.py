"""Asking a person for the right to publish: OAuth's authorization request with PKCE (RFC 7636), and when tokens must be renewed."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

STATE_LIVES = timedelta(minutes=10)
REFRESH_EARLY = timedelta(minutes=5)
UNUSED_TOKEN_LIVES = timedelta(days=180)
"""Google forgets a refresh token that was not used for six months."""
WARN_BEFORE = timedelta(days=3)

SCOPES: tuple[str, ...] = (
    "https://www.googleapis.com/auth/youtube.upload",
    "https://www.googleapis.com/auth/youtube",
    "https://www.googleapis.com/auth/youtube.readonly",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
    "https://www.googleapis.com/auth/youtube.force-ssl",
    "openid",
)
"""`force-ssl` is what captions ask for; `openid` tells two identities of one channel apart."""


@dataclass(frozen=True)
class OAuthClient:
    """The OAuth client of one Google Cloud project."""

    project: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Tokens:
    """What the token endpoint answered. Times are absolute; `refresh_token` is empty when Google kept the old one in force."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str = ""
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    subject: str = ""
    """Google's id of the identity, where `openid` was granted."""


def new_verifier() -> str:
    """A fresh PKCE code verifier (43 characters) or one-time state."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def state_digest(state: str) -> str:
    """What of a state is stored: who reads the table cannot finish somebody's authorization."""
    return hashlib.sha256(state.encode()).hexdigest()


def authorization_url(address: str, client: OAuthClient, *, redirect: str, state: str, verifier: str) -> str:
    """Where a person is sent. Offline access with consent, so that Google answers with a refresh token."""
    return f"{address}?" + urlencode(
        {
            "client_id": client.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent select_account",
            "include_granted_scopes": "true",
        }
    )


def must_refresh(access_expires_at: datetime | None, now: datetime) -> bool:
    """Whether an access token ends within five minutes."""
    return access_expires_at is None or access_expires_at - now <= REFRESH_EARLY


def dies_at(refresh_expires_at: datetime | None, last_refreshed: datetime) -> datetime:
    """When a refresh token ends by itself: the date Google named, else six months without use."""
    unused = last_refreshed + UNUSED_TOKEN_LIVES
    return min(refresh_expires_at, unused) if refresh_expires_at else unused
