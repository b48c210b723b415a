"""What the quality step needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from activities.quality.facts import FilmFacts


class FilmInspector(Protocol):
    """Measures a film in one pass."""

    def inspect(self, film: Path, speech: Sequence[tuple[float, Path]], progress: Callable[[float], None]) -> FilmFacts:
        """`speech`: where spoken sounds should be heard (seconds) and their files, each of which is looked for;
        `progress` hears the seconds that are done.

        A film that cannot be opened gives facts that say so, not an error.
        """
        ...
