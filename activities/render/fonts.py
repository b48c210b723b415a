"""Fonts: which files the machine has, and which families set a text of a language.

Only the files named here are used, in this order, whatever else is installed: the same text gives the same picture on every
machine that has the Noto packages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import skia
from skia import textlayout

from models.errors import Misconfigured

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
)
CORE, CJK, EMOJI = "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"


@dataclass(frozen=True)
class Family:
    """A typeface: its files (regular, bold), its face in a collection, and the package that brings it."""

    name: str
    regular: str
    bold: str
    package: str = CORE
    face: int = 0
    needed: bool = False


def _noto(name: str, file: str, *, needed: bool = False) -> Family:
    return Family(name, f"{file}-Regular.ttf", f"{file}-Bold.ttf", needed=needed)


def _han(name: str, style: str, face: int) -> Family:
    return Family(name, f"Noto{style}CJK-Regular.ttc", f"Noto{style}CJK-Bold.ttc", CJK, face, needed=face == 0)


SCRIPTS = (
    "Hebrew", "Bengali", "Gujarati", "Gurmukhi", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Oriya", "Thai",
    "Lao", "Khmer", "Myanmar", "Georgian", "Armenian", "Ethiopic", "Tibetan", "Mongolian",
)  # fmt: skip

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        _noto("sans", "NotoSans", needed=True),
        _noto("sans-display", "NotoSansDisplay", needed=True),
        _noto("serif-display", "NotoSerifDisplay", needed=True),
        Family("serif-italic", "NotoSerifDisplay-Italic.ttf", "NotoSerifDisplay-BoldItalic.ttf", needed=True),
        _noto("arabic", "NotoSansArabic", needed=True),
        _noto("arabic-serif", "NotoNaskhArabic"),
        _noto("devanagari", "NotoSansDevanagari", needed=True),
        _noto("devanagari-serif", "NotoSerifDevanagari"),
        *(_noto(script.lower(), f"NotoSans{script}") for script in SCRIPTS),
        _han("ja", "Sans", 0),
        _han("ko", "Sans", 1),
        _han("zh-hans", "Sans", 2),
        _han("zh-hant", "Sans", 3),
        _han("mono", "Sans", 5),
        _han("ja-serif", "Serif", 0),
        Family("emoji", "NotoColorEmoji.ttf", "NotoColorEmoji.ttf", EMOJI, needed=True),
        _noto("symbols", "NotoSansSymbols"),
        Family("symbols2", "NotoSansSymbols2-Regular.ttf", "NotoSansSymbols2-Regular.ttf"),
        Family("math", "NotoSansMath-Regular.ttf", "NotoSansMath-Regular.ttf"),
    )
}

ROLES: dict[str, tuple[str, ...]] = {
    "display": ("sans-display",),
    "text": ("sans",),
    "mono": ("mono", "sans"),
    "serif": ("serif-display", "arabic-serif", "devanagari-serif", "ja-serif"),
    "italic": ("serif-italic", "serif-display", "arabic-serif", "devanagari-serif", "ja-serif"),
}
"""The roles of a brand's typefaces (`Font.family`), each with the families that come before the general ones."""

_HAN_ORDER = {"ko": "ko", "zh": "zh-hans"}


def families_for(role: str, language: str) -> list[str]:
    """The families that set a text, the first that has a glyph wins. The language decides among the forms of Han."""
    first = list(ROLES.get(role, ROLES["text"]))
    tag = language.lower()
    han = "zh-hant" if tag.startswith(("zh-hant", "zh-tw", "zh-hk")) else _HAN_ORDER.get(tag.split("-")[0], "ja")
    rest = ["sans", "emoji", "arabic", "devanagari", han, *(script.lower() for script in SCRIPTS), "symbols", "symbols2", "math"]
    return [name for name in dict.fromkeys([*first, *rest]) if name in _installed()]


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in FOLDERS:
        if folder.is_dir():
            for path in sorted(folder.rglob("Noto*.tt[fc]")):
                found.setdefault(path.name, path)
    return found


@lru_cache(maxsize=1)
def _installed() -> frozenset[str]:
    return frozenset(name for name, family in FAMILIES.items() if family.regular in _files())


def missing_packages(files: Iterable[str] | None = None) -> list[str]:
    """The packages of fonts that films need and that `files` (names of font files; the machine's own by default) lack."""
    have = set(_files() if files is None else files)
    return sorted({family.package for family in FAMILIES.values() if family.needed and not {family.regular, family.bold} <= have})


def demand_fonts(files: Iterable[str] | None = None) -> None:
    """See that text can be set.

    Raises:
        Misconfigured: a package of fonts is missing; the message names it and the command that installs it.
    """
    missing = missing_packages(files)
    if missing:
        raise Misconfigured(
            f"Fonts that films need are not installed: {', '.join(missing)}.",
            hint=f"Install them with: sudo apt-get install {' '.join(missing)} (or copy the Noto files to ~/.local/share/fonts).",
        )


@lru_cache(maxsize=1)
def typefaces() -> tuple[tuple[str, Any], ...]:
    """Every installed typeface with the name of its family, loaded once a process."""
    demand_fonts()
    loader = skia.FontMgr.New_Custom_Empty()
    loaded: list[tuple[str, Any]] = []
    for name in sorted(_installed()):
        family = FAMILIES[name]
        for file in dict.fromkeys((family.regular, family.bold)):
            path = _files().get(file)
            typeface = loader.makeFromFile(str(path), family.face) if path else None
            if typeface is not None:
                loaded.append((name, typeface))
    return tuple(loaded)


def font_collection() -> Any:
    """A new font collection of these typefaces alone (one a thread: it caches without a lock)."""
    provider = textlayout.TypefaceFontProvider()
    for name, typeface in typefaces():
        provider.registerTypeface(typeface, name)
    collection = textlayout.FontCollection()
    collection.setDefaultFontManager(provider)
    return collection
