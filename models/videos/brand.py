"""What an operator's script says of the brand, and how it goes before what the channel says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from models.errors import InvalidRequest
from models.videos.contracts import ArtifactRef, Brand, BrandColours, Contract, Ident
from models.videos.topics import composed

KEYS = frozenset({"palette", "logo", "music", "intro", "outro"})
"""Front matter about the brand."""
UNNAMED = "My channel"
"""The name of a channel to which nobody gave one: it is not shown in films."""
CARD, NONE = "card", "none"
"""What an intro or outro may be besides a file."""
_COLOUR = re.compile(r"#?[0-9A-Fa-f]{6}")
_PARTS = tuple(BrandColours.model_fields)


class AskedBrand(Contract):
    """The brand that front matter asks for; empty parts are the channel's. Files by their names."""

    colours: BrandColours = BrandColours()
    logo: str = ""
    music: str = ""
    intro: str = ""
    outro: str = ""

    def files(self) -> tuple[str, ...]:
        """The names of the files that it needs."""
        return tuple(name for name in (self.logo, self.music, self.intro, self.outro) if name not in ("", CARD, NONE))

    def over(self, brand: Brand, media: Mapping[str, ArtifactRef]) -> Brand:
        """The channel's brand with what is asked for here; `media` are the files that came with the request."""
        colours = {part: value for part, value in self.colours.model_dump().items() if value}
        changes: dict[str, Any] = {"colours": brand.colours.model_copy(update=colours)} if colours else {}
        changes |= {part: media.get(name) for part in ("logo", "music") if (name := getattr(self, part))}
        changes |= {part: _ident(name, media) for part in ("intro", "outro") if (name := getattr(self, part))}
        return brand.model_copy(update=changes)


def _ident(name: str, media: Mapping[str, ArtifactRef]) -> Ident:
    return Ident() if name == NONE else Ident(card=True) if name == CARD else Ident(media=media.get(name), name=name)


def brand_in(front: Mapping[str, Any], script: str) -> AskedBrand:
    """The brand in a script's front matter.

    Raises:
        InvalidRequest: a colour that is none; `script` names the file.
    """
    names = {key: _name(front.get(key)) for key in KEYS - {"palette"}}
    return AskedBrand(colours=_colours(front.get("palette"), script) if "palette" in front else BrandColours(), **names)


def _name(value: Any) -> str:
    text = "" if value is None else NONE if value is False else str(value).strip()
    return text.casefold() if text.casefold() in (CARD, NONE) else composed(PurePath(text).name)


def _colours(given: Any, script: str) -> BrandColours:
    """From `{accent: "ff8800"}`, five colours in the order of a palette, or the accent alone."""
    if isinstance(given, list):
        named = dict(zip(_PARTS, given, strict=False)) if len(given) == len(_PARTS) else {"": given}
    else:
        named = given if isinstance(given, dict) else {"accent": given}
    for part, value in named.items():
        text = f"{value:06d}" if isinstance(value, int) else str(value)
        if part not in _PARTS or not _COLOUR.fullmatch(text):
            raise InvalidRequest(
                f"{script}: the palette has {part or 'a list'} {value!r}.",
                hint=f'Write some of {", ".join(_PARTS)} as six hex digits in quotes (accent: "ff8800"), or a list of all five.',
                field="script",
            )
        named = named | {part: f"#{text.removeprefix('#').lower()}"}
    return BrandColours(**named)
