"""How webhooks are signed. Out: as standardwebhooks.com writes it. In: HMAC-SHA-256 over the raw body, in hex."""

from __future__ import annotations

import base64
import hmac
from uuid import UUID

SECRET_PREFIX = "whsec_"  # noqa: S105
TOLERANCE_SECONDS = 300
"""How far the time of a signed event may be from ours."""


ENDPOINT_SECRET = "webhook_endpoints/{}/secret"  # noqa: S105
"""What the secret of an endpoint is sealed to."""


def endpoint_secret(endpoint_id: UUID) -> str:
    """What the secret of this endpoint is sealed to."""
    return ENDPOINT_SECRET.format(endpoint_id)


def secret_text(key: bytes) -> str:
    """A signing key as its owner sees it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` for an outgoing event."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{event_id}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def signed_headers(secret: str, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of an outgoing event."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, event_id, timestamp, body),
    }


def body_signature(secret: str, body: bytes) -> str:
    """What `X-N8N-Signature` must be for an incoming body."""
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def is_signed(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` (hex, with or without `sha256=`) signs the body; compared in constant time."""
    return hmac.compare_digest(body_signature(secret, body).encode(), given.removeprefix("sha256=").strip().lower().encode())
