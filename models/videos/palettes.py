"""Colours: contrast by WCAG 2.2, and the palettes of a niche.

A colour is `#rrggbb` or `#rrggbbaa`.
"""

from __future__ import annotations

import hashlib

from models.videos.contracts import BrandColours, Palette, VideoInput

READABLE = 4.5
"""Least contrast of text on its ground (WCAG 2.2, level AA)."""


def rgba_of(colour: str) -> tuple[int, int, int, int]:
    """Red, green, blue and alpha, 0-255.

    Raises:
        ValueError: it is not `#rrggbb` or `#rrggbbaa`.
    """
    digits = colour.removeprefix("#")
    if len(digits) not in (6, 8):
        raise ValueError(f"{colour!r} is not a colour like #rrggbb or #rrggbbaa")
    parts = [int(digits[i : i + 2], 16) for i in range(0, len(digits), 2)]
    return parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else 255


def with_alpha(colour: str, alpha: float) -> str:
    """The colour at an opacity of 0..1."""
    return f"{colour[:7]}{round(255 * min(max(alpha, 0.0), 1.0)):02x}"


def mix(first: str, second: str, share: float) -> str:
    """`first` with a share (0..1) of `second`."""
    a, b = rgba_of(first), rgba_of(second)
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in zip(a[:3], b[:3], strict=True))


def luminance(colour: str) -> float:
    """Relative luminance, 0..1 (WCAG 2.2)."""
    red, green, blue = (_linear(part / 255) for part in rgba_of(colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """Contrast ratio, 1..21 (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str, *, dark: str = "#0b0d12", light: str = "#ffffff") -> str:
    """The darker or lighter ink, whichever reads better on a ground."""
    return dark if contrast(dark, ground) > contrast(light, ground) else light


def bold_of(palette: Palette) -> Palette:
    """The palette turned over: its ground as ink on its accent colour."""
    ink = palette.background
    away = "#ffffff" if luminance(ink) < luminance(palette.accent) else "#000000"
    return Palette(
        background=palette.accent,
        surface=mix(palette.accent, away, 0.16),
        text=ink,
        accent=ink,
        accent2=mix(ink, palette.surface, 0.3),
    )


def _p(background: str, surface: str, text: str, accent: str, accent2: str) -> Palette:
    return Palette(background=background, surface=surface, text=text, accent=accent, accent2=accent2)


PALETTES: dict[str, tuple[Palette, ...]] = {
    "general": (
        _p("#101a33", "#1c2b52", "#f5f7ff", "#ffc94d", "#5ec8ff"),
        _p("#1a1423", "#33243f", "#fbf5ff", "#ff8f6b", "#b79cff"),
        _p("#0d2327", "#17393d", "#f2fbf8", "#ffd166", "#4fd6b8"),
    ),
    "science": (
        _p("#081b3a", "#11315f", "#f2f8ff", "#6fd3ff", "#ffd166"),
        _p("#10142e", "#222a5c", "#f4f4ff", "#8ea2ff", "#5ff0c8"),
        _p("#0a2230", "#133a4d", "#eefaff", "#ffb85c", "#63d8f2"),
    ),
    "technology": (
        _p("#0b1020", "#18213c", "#f1f5ff", "#57e0c0", "#7aa2ff"),
        _p("#120f24", "#251f47", "#f6f3ff", "#a98bff", "#49e2ff"),
        _p("#0c1713", "#173029", "#effaf4", "#7df0a0", "#f4d35e"),
    ),
    "finance": (
        _p("#0a1f1a", "#14382f", "#f3fbf7", "#f2c14e", "#59d8a1"),
        _p("#111827", "#1f2d45", "#f7f9fc", "#e8b04b", "#7fb7ff"),
        _p("#f6f1e6", "#e8dfcb", "#1d2a24", "#0b6b4a", "#9c420c"),
    ),
    "history": (
        _p("#221710", "#3d2a1c", "#fbf3e6", "#e8a951", "#c9836b"),
        _p("#f4ecdc", "#e6d8bc", "#2b2015", "#8c3b1f", "#365f6e"),
        _p("#1b1a25", "#302e42", "#f7f3ea", "#d8b26a", "#96a6d6"),
    ),
    "health": (
        _p("#08262b", "#104048", "#effcfb", "#6be5c6", "#ff9f8a"),
        _p("#f2f7f4", "#dcebe3", "#12302a", "#0d6e62", "#b23a48"),
        _p("#142339", "#22385a", "#f2f8ff", "#7fd8ff", "#ffb3a0"),
    ),
    "nature": (
        _p("#10231a", "#1d3d2d", "#f3fbf2", "#b8e06b", "#f5c563"),
        _p("#0b2530", "#154050", "#effaff", "#74dbe8", "#e9d66b"),
        _p("#f3f3e7", "#e0e4cb", "#1c2b1b", "#2f6b2f", "#9a4a12"),
    ),
    "food": (
        _p("#2a1212", "#4a2220", "#fff5ee", "#ffb454", "#ff7d66"),
        _p("#fff4e6", "#fbe2c2", "#33190c", "#a83a10", "#2f6a34"),
        _p("#241326", "#432446", "#fff4ef", "#ffb15c", "#8fdcae"),
    ),
    "story": (
        _p("#15131f", "#2a2540", "#f8f4ff", "#f4a7b9", "#8fb8ff"),
        _p("#0f1c2b", "#1e344d", "#f3f7fb", "#ffcb77", "#ea8796"),
        _p("#1f1216", "#3c222a", "#fff4f3", "#ff9aa2", "#ffd6a5"),
    ),
}
"""Palettes by niche. In every one text reads on background and on surface, and so does each accent."""

_NICHES: dict[str, tuple[str, ...]] = {
    "science": ("science", "space", "physics", "education", "math", "astronom", "chemis", "biolog"),
    "technology": ("tech", "software", "program", "ai", "gadget", "gaming", "game", "crypto", "computer"),
    "finance": ("financ", "money", "invest", "business", "econom", "market", "stock", "entrepreneur"),
    "history": ("history", "war", "culture", "art", "philosoph", "biograph", "documentar", "news", "politic"),
    "health": ("health", "fitness", "medic", "wellness", "yoga", "psycholog", "sleep", "mind"),
    "nature": ("nature", "animal", "garden", "travel", "environment", "ocean", "climate", "outdoor", "pets"),
    "food": ("food", "cook", "recipe", "kitchen", "baking", "restaurant", "nutrition"),
    "story": ("story", "stories", "horror", "mystery", "crime", "entertain", "movie", "music", "lifestyle", "motivat"),
}


def niche_family(niche: str) -> str:
    """The group of palettes (and moods) that a niche belongs to; `general` where none fits."""
    words = niche.casefold().replace("_", " ").replace("-", " ").split()
    for family, stems in _NICHES.items():
        if any(word == stem or (len(stem) > 3 and word.startswith(stem)) for word in words for stem in stems):
            return family
    return "general"


def palette_for(niche: str, seed: str) -> Palette:
    """One of the niche's palettes, always the same for the same seed (a channel's id)."""
    choices = PALETTES[niche_family(niche)]
    return choices[hashlib.sha256(seed.encode()).digest()[0] % len(choices)]


def palette_of(video: VideoInput, niche: str) -> Palette:
    """The palette of a film: the niche's, with the colours that the channel's operator chose."""
    return branded(palette_for(niche, str(video.channel_id)), video.brand.colours)


def branded(base: Palette, colours: BrandColours) -> Palette:
    """A palette with an operator's colours. Where one of them would not read on its ground, it is brought nearer to black or white
    until it does; what is not given is taken from `base`, or made to go with the given ground.
    """
    if colours == BrandColours():
        return base
    background = colours.background or base.background
    ink = ink_on(background)
    own_ground = bool(colours.background)
    surface = colours.surface or (mix(background, ink, 0.1) if own_ground else base.surface)
    text = colours.text or (mix(ink, background, 0.04) if own_ground else base.text)
    return Palette(
        background=background,
        surface=surface,
        text=_reading(text, background, surface),
        accent=_reading(colours.accent or base.accent, background, surface),
        accent2=_reading(colours.accent2 or base.accent2, background, surface),
    )


def _reading(colour: str, *grounds: str) -> str:
    """The colour, or the nearest to it on the way to black or white that has the contrast of text on each of the grounds."""
    ways = [mix(colour, goal, step / 20) for step in range(21) for goal in ("#ffffff", "#000000")]
    good = (way for way in ways if all(contrast(way, ground) >= READABLE for ground in grounds))
    return next(good, max(ways, key=lambda way: min(contrast(way, ground) for ground in grounds)))


_NAMED: dict[str, str] = {
    "#e5484d": "red rojo roja rot rote أحمر حمراء लाल 赤 赤い 赤色",
    "#f2883a": "orange naranja برتقالي नारंगी オレンジ 橙",
    "#f5d033": "yellow amarillo amarilla gelb gelbe أصفر صفراء पीला पीली 黄 黄色",
    "#4cb860": "green verde grün grüne أخضر خضراء हरा हरी 緑 緑色",
    "#3b82f6": "blue azul blau blaue أزرق زرقاء नीला नीली 青 青い 青色",
    "#8b5cf6": "violet purple violeta morado violett lila بنفسجي बैंगनी 紫 紫色",
    "#ec6fa9": "pink rosa وردي गुलाबी ピンク",
    "#8d5b3a": "brown marrón braun بني भूरा 茶色",
    "#f4f4f2": "white blanco blanca weiß weiss أبيض بيضاء सफेद 白 白い",
    "#16181d": "black negro negra schwarz schwarze أسود سوداء काला 黒 黒い",
}
_BY_NAME = {name: colour for colour, names in _NAMED.items() for name in names.split()}


def colour_named(text: str) -> str:
    """The colour that a short label names in one of the languages; empty where it names none."""
    words = text.casefold().replace(",", " ").split()
    return next((_BY_NAME[word] for word in words if word in _BY_NAME), "") if len(words) <= 3 else ""
