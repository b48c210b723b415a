"""What a voice provider fulfils: text in, sound and word times out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from models.money import ZERO
from models.videos.contracts import Word

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 48_000
"""Of all speech, mono."""


@dataclass(frozen=True)
class Spoken:
    """A phrase that was spoken. Word texts are those of the script, whatever was read in their place."""

    samples: Samples
    words: tuple[Word, ...]
    cost: Decimal = ZERO


@dataclass(frozen=True)
class Voice:
    """Who speaks: the provider's own name of the voice and the language it reads (BCP 47)."""

    name: str
    language: str


class VoicePort(Protocol):
    """A provider of speech. It makes no retries of its own and raises `ProviderError`s."""

    name: str
    version: str
    """Changes whenever the same text would sound different: part of the address of stored phrases."""
    account: str
    """Whose money and breaker: `google` for all its voices, `local` for those that cost nothing."""
    paid: bool

    def voice_for(self, language: str, wished: str) -> Voice | None:
        """The voice for a language: the wished one where the provider has it; None where it does not speak the language."""

    async def estimate(self, text: str, voice: Voice) -> Decimal:
        """The most that speaking `text` can cost, in dollars."""

    async def synthesise(self, text: str, voice: Voice) -> Spoken:
        """Speak `text` (one scene's narration).

        Raises:
            ProviderError: as the provider failed.
        """


class Recorder(Protocol):
    """Turns samples into what the artifact store keeps."""

    def flac(self, samples: Samples) -> bytes:
        """FLAC, mono, 48 kHz, 16 bit."""

    def faster(self, samples: Samples, tempo: float) -> Samples:
        """The same speech at another tempo and the same pitch."""

    def samples(self, flac: bytes) -> Samples:
        """The samples of such a FLAC."""
