"""Text for the eye -> text for the ear: tokens that captions show, each with what is read in its place.

`$5 million` is read "5 million dollars", `1969` "nineteen sixty-nine", `空` "ソラ"; the captions keep what was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from activities.voice.japanese import japanese_tokens

WORDS: dict[str, dict[str, str]] = {
    "en": {"%": "percent", "&": "and", "+": "plus", "=": "equals", "°": "degrees", "$": "dollars", "€": "euros",
           "£": "pounds", "¥": "yen", "vs.": "versus", "vs": "versus", "e.g.": "for example", "i.e.": "that is", "Dr.": "Doctor",
           "Mr.": "Mister", "Mrs.": "Missus", "etc.": "et cetera", "km": "kilometres", "kg": "kilograms", "cm": "centimetres",
           "mm": "millimetres", "km/h": "kilometres per hour", "#": "number", "approx.": "approximately", "No.": "number"},
    "es": {"%": "por ciento", "&": "y", "+": "más", "=": "igual a", "°": "grados", "$": "dólares", "€": "euros",
           "£": "libras", "¥": "yenes", "vs.": "contra", "vs": "contra", "p. ej.": "por ejemplo", "Dr.": "Doctor", "Sr.": "Señor",
           "Sra.": "Señora", "etc.": "etcétera", "km": "kilómetros", "kg": "kilogramos", "cm": "centímetros", "mm": "milímetros",
           "km/h": "kilómetros por hora", "#": "número"},
    "de": {"%": "Prozent", "&": "und", "+": "plus", "=": "gleich", "°": "Grad", "$": "Dollar", "€": "Euro",
           "£": "Pfund", "¥": "Yen", "vs.": "gegen", "vs": "gegen", "z.B.": "zum Beispiel", "d.h.": "das heißt", "Dr.": "Doktor",
           "usw.": "und so weiter", "bzw.": "beziehungsweise", "ca.": "circa", "km": "Kilometer", "kg": "Kilogramm",
           "cm": "Zentimeter", "mm": "Millimeter", "km/h": "Kilometer pro Stunde", "#": "Nummer", "Nr.": "Nummer"},
    "ar": {"%": "بالمئة", "&": "و", "+": "زائد", "=": "يساوي", "°": "درجة", "$": "دولار", "€": "يورو",
           "£": "جنيه", "¥": "ين", "km": "كيلومتر", "kg": "كيلوغرام", "cm": "سنتيمتر", "mm": "مليمتر", "#": "رقم"},
    "hi": {"%": "प्रतिशत", "&": "और", "+": "जमा", "=": "बराबर", "°": "डिग्री", "$": "डॉलर", "€": "यूरो",
           "£": "पाउंड", "¥": "येन", "km": "किलोमीटर", "kg": "किलोग्राम", "cm": "सेंटीमीटर", "mm": "मिलीमीटर", "#": "नंबर"},
    "ja": {"%": "パーセント", "&": "アンド", "+": "プラス", "=": "イコール", "°": "ド", "$": "ドル", "€": "ユーロ",
           "£": "ポンド", "¥": "エン", "km": "キロメートル", "kg": "キログラム", "cm": "センチメートル", "mm": "ミリメートル",
           "#": "ナンバー"},
}  # fmt: skip
"""What signs and abbreviations are read as; languages not named here keep the engine's own reading."""
_NUMBERED = frozenset(("No.", "#"))
"""Those of them that are read so before a figure alone: "No." may be an answer."""
_RANGES = {"en": "to", "es": "a", "de": "bis", "ar": "إلى", "hi": "से"}
"""What the dash between two figures is read as."""

_YEAR = re.compile(r"(1[1-9]\d\d|20[1-9]\d)(s?)")
_AMOUNT = re.compile(r"([$€£¥])(\d[\d.,]*\d|\d)")
_RANGE = re.compile(
    r"(?<![-–—\d])(?<!\d[.,])(?!(?<!:)(?:0\d+-|\d+-0\d)|555-\d{4}(?!\d))(\d[\d.,]*)[-–—](\d[\d.,]*)(?![\d.,]*[-–—]\d)"
)
"""Two figures and a dash; no part of `2024-05-13`, and not `2024-05`, `030-123456` or `555-1234`."""
_TELEPHONE = re.compile(r"\d{3}-\d{4}\W*")
_CALLED = re.compile(r"(?:\+\d+|\(\d+\)|call|dial|tel|(?:tele)?phone)\W*", re.IGNORECASE)
"""What stands before a telephone number."""
_BEFORE_FIGURE = re.compile(r"(?<![\w/&])(No\.|Nr\.|#)(?=\d)")
_UNIT = re.compile(r"(\d)\s?(km/h|km|kg|cm|mm|%|°[CF]?)(?![\w])")
_MAGNITUDES = frozenset({
    "thousand", "million", "billion", "trillion", "mil", "millones", "millón",
    "Tausend", "Million", "Millionen", "Milliarde", "Milliarden",
})  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://)(?:www\.)?([^\s/?#]+)\S*?(?=[.,!?;:)]*$)|www\.([^\s/?#]+)\S*?(?=[.,!?;:)]*$)", re.IGNORECASE)
"""Of an address the name alone is read: nobody writes down what comes after it."""
_MINUS = re.compile(r"(?<![^\s(\[])-(?=\d)")
"""A hyphen before a figure: in many languages the engine reads the sign of minus alone."""
_EDGES = re.compile(r"^([\W_]*)(.*?)([\W_]*)$", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """A word as captions show it, and as it is read."""

    text: str
    spoken: str


def language_of(tag: str) -> str:
    """The language of a BCP 47 tag, in lower case: `de-AT` -> `de`."""
    return tag.replace("_", "-").split("-")[0].lower() or "en"


def tokens_of(text: str, language: str) -> tuple[Token, ...]:
    """The tokens of `text` in order; each is read as at least one letter or digit. Empty where nothing can be read."""
    code = language_of(language)
    if code == "ja":
        found = [Token(shown, read) for shown, read in japanese_tokens(text, _signs(code))]
    else:
        found = [Token(word, word) for word in text.split()]
        if code == "zh":
            found = [Token(part, part) for word in found for part in re.findall(r"[\u3400-\u9fff]\W*|[^\u3400-\u9fff]+", word.text)]
        found = _read(found, code)
    return _merged(found, glue="" if code in ("ja", "zh", "th") else " ")


def _signs(code: str) -> dict[str, str]:
    return WORDS.get(code, {})


def _read(tokens: list[Token], code: str) -> list[Token]:
    signs = _signs(code)
    read: list[Token] = []
    owed = ""
    for index, token in enumerate(tokens):
        spoken = _ADDRESS.sub(lambda found: found[1] or found[2], _without_symbols(token.spoken))
        spoken = _MINUS.sub("−", spoken)
        if signs:
            spoken, currency = _amounts(spoken, signs)
            before, following = (tokens[at].text if 0 <= at < len(tokens) else "" for at in (index - 1, index + 1))
            if currency:
                if following.strip(".,!?;:") in _MAGNITUDES:
                    owed = currency
                else:
                    spoken = _before_punctuation(spoken, currency)
            elif owed:
                spoken, owed = _before_punctuation(spoken, owed), ""
            spoken = _token(spoken, code, signs, before, following)
        read.append(replace(token, spoken=spoken))
    return read


def _amounts(spoken: str, signs: dict[str, str]) -> tuple[str, str]:
    found = _AMOUNT.search(spoken)
    if not found:
        return spoken, ""
    return spoken.replace(found.group(0), found.group(2), 1), signs[found.group(1)]


def _before_punctuation(spoken: str, word: str) -> str:
    bare = spoken.rstrip(".,!?;:)\"'”’")
    return f"{bare} {word}{spoken[len(bare) :]}"


def _token(spoken: str, code: str, signs: dict[str, str], before: str, following: str) -> str:
    known = signs if following[:1].isdigit() else {sign: word for sign, word in signs.items() if sign not in _NUMBERED}
    if spoken in known:
        return known[spoken]
    spoken = spoken.lstrip("([")
    bare = spoken.rstrip(",;:!?)")
    if bare in known or bare.startswith("°"):
        return _unit(bare, known) + spoken[len(bare) :]
    spoken = _BEFORE_FIGURE.sub(lambda m: f"{signs[m.group(1)]} " if m.group(1) in signs else m.group(1), spoken)
    if not (_TELEPHONE.fullmatch(spoken) and _CALLED.fullmatch(before)):
        spoken = _RANGE.sub(lambda m: f"{m.group(1)} {_RANGES[code]} {m.group(2)}", spoken)
    spoken = _UNIT.sub(lambda m: f"{m.group(1)} {_unit(m.group(2), signs)}", spoken)
    if code in ("en", "de"):
        before, core, after = _EDGES.match(spoken).groups()  # type: ignore[union-attr]
        year = _YEAR.fullmatch(core)
        if year and not (year.group(2) and code != "en"):
            spoken = before + _year(int(year.group(1)), code, plural=bool(year.group(2))) + after
    return spoken


def _unit(unit: str, signs: dict[str, str]) -> str:
    if unit.startswith("°"):
        return f"{signs['°']} {unit[1:]}".strip()
    return signs.get(unit, unit)


def _year(year: int, code: str, *, plural: bool) -> str:
    from num2words import num2words  # which loads every language that it knows

    words = str(num2words(year, lang=code, to="year"))
    if not plural:
        return words
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _without_symbols(spoken: str) -> str:
    """Emoji and other pictures are shown, not read."""
    kept = [
        char
        for char in spoken
        if not (unicodedata.category(char) in ("So", "Sk", "Cf", "Co", "Cn") and char not in "°\u200c\u200d")
    ]
    return "".join(kept).replace("\u2019", "'").strip("\u200d")


def _merged(tokens: list[Token], *, glue: str) -> tuple[Token, ...]:
    """What cannot be read by itself (a dash, an emoji) is shown with the word before it, at the start with the one after."""
    merged: list[Token] = []
    waiting = ""
    for token in tokens:
        if any(char.isalnum() for char in token.spoken):
            merged.append(Token(f"{waiting}{glue}{token.text}" if waiting else token.text, token.spoken.strip()))
            waiting = ""
        elif merged:
            pause = token.spoken.strip() if token.spoken.strip() in {"—", "–", "-", "…"} else ""
            merged[-1] = Token(
                f"{merged[-1].text}{glue}{token.text}",
                merged[-1].spoken + ("," if pause and merged[-1].spoken[-1].isalnum() else ""),
            )
        else:
            waiting = f"{waiting}{glue}{token.text}" if waiting else token.text
    return tuple(merged)
