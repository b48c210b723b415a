"""What the delivery of webhooks needs from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from models.system.delivering import Due


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered."""

    status: int
    retry_after: float | None = None
    excerpt: str = ""


class NotSent(Exception):
    """The event could not be handed over; the words are for the owner of the endpoint."""


class Sender(Protocol):
    """Sends one event to one address."""

    async def send(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """POST it.

        Raises:
            NotSent: the address may not be called, or nobody answered there.
        """
        ...


class Deliveries(Protocol):
    """The log of deliveries (`models.system.webhooks.WebhookStore`)."""

    async def due(self, delivery_id: UUID) -> Due | None:
        """What to send, or None when the delivery does not exist."""
        ...

    async def attempted(self, delivery_id: UUID, answer_status: int | None, error: str) -> None:
        """Log an attempt."""
        ...

    async def given_up(self, delivery_id: UUID, because: str, *, endpoint_is_gone: bool = False) -> None:
        """The delivery has failed for good."""
        ...


class Secrets(Protocol):
    """Opens sealed secrets (`models.encryption.Cipher`)."""

    def open(self, text: str, belongs_to: str) -> str:
        """The secret again."""
        ...
