"""What every publisher can do. `folder` and `youtube` fulfil it and pass the same tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from models.videos.finishing import Uploaded, UploadTask
from models.videos.publishing import Confirmation, ConfirmTask, Extra, ExtraDone, ExtraTask, UploadProgress

Beat = Callable[[UploadProgress], None]
"""Told of progress often enough for a heartbeat; may raise to end an upload that was cancelled."""


class PublisherPort(Protocol):
    """A place where films are published. Every method blocks, and a repeat in any process changes nothing."""

    @property
    def name(self) -> str:
        """The provider's name in chains and records."""
        ...

    def publish(self, task: UploadTask, beat: Beat) -> Uploaded:
        """Bring the film there exactly once; an attempt goes on where the last one stopped."""
        ...

    def extras(self, task: UploadTask) -> tuple[Extra, ...]:
        """What is to be added by `add` after `publish`, in order."""
        ...

    def add(self, task: ExtraTask) -> ExtraDone:
        """Add one extra; an optional one that cannot be had now is answered with the reason, not raised."""
        ...

    def withdraw(self, task: UploadTask) -> None:
        """Give up what `publish` began and did not finish; what is published stays."""
        ...

    def confirm(self, task: ConfirmTask) -> Confirmation:
        """Whether the film is processed and visible in the right place by now."""
        ...
