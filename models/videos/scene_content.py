"""What a narration holds that can be shown: numbers, years, lists, quotations, opposites, and its phrases."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from models.videos.contracts import DesignItem
from models.videos.numerals import number_of
from models.videos.sentences import sentences_of

_SPACELESS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0eff]")
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_CLAUSE = re.compile(r"\s*(?:[,;:](?=[\s\"'”’»)\]]|$)\s*|[،؛、，；：]\s*|\s[–—-]\s|(?<=[a-z])—(?=[a-z]))")
"""Between clauses; a mark inside a number, time or address is none."""

_ADDRESS = re.compile(r"\bhttps?://(?:www\.)?([^\s/]+)(?:/\S*)?", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,])(1[0-9]{3}|20[0-9]{2})(?![\d%]|[.,]\d)(?:年|ء)?")
_FIGURE = (
    r"\d{1,3}(?:[.\u202f]\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d{1,3}(?:[ \u00a0]\d{3})+(?:[.,]\d+)?|"
    r"\d+(?:[.,]\d+)?"
)
"""Thousands behind points, commas (in India every two digits) or spaces, or none. `20.07.1969` is none of them."""
_NUMBER = re.compile(
    rf"(?<![A-Za-zÀ-ɏ\d.,:/])(?<![A-Za-zÀ-ɏ]-)(?P<prefix>[$€£¥₹]\s?)?(?P<number>(?:(?<![\w.,)])[-−])?(?:{_FIGURE}))"
    r"(?P<unit>\s?(?:%|percent|per cent|por ciento|prozent|पतिशत|प्रतिशत|パーセント|بالمئة|٪|°\s?[CF]?|degrees?|"
    r"million(?:en|es)?|billion(?:en|es)?|trillion|mil millones|mi[ol]\b\.?|mrd\b\.?|€|£|₹|"
    r"millones|millón|milliarden?|thousand|万|億|लाख|करोड़|مليون|مليار|km/s|km|kg|kilomet(?:er|re)s?|met(?:er|re)s?|miles?|times|years?|days?|hours?|"
    r"minutes?|seconds?|nanomet(?:er|re)s?|años|días|horas|minutos|segundos|kilómetros|veces|jahren?|tagen?|stunden?|minuten?|sekunden?|"
    r"kilometern?|euros?\b|dollars?\b|dólares|pesos\b|"
    r"(?-i:[mck]?m|k?g|t)(?![\w/²³])|x|×|रुपये|किलो|किमी|मीटर|साल|दिन|घंटे|मिनट|年|日|時間|分|倍|度|キロ))?(?![\w.,:/]*\d)",
    re.IGNORECASE,
)
_WRITTEN = re.compile(rf"(?P<prefix>[$€£¥₹+~≈<>]\s?)?(?P<number>[-−]?(?:{_FIGURE}))(?P<rest>\D.{{0,15}}|)(?<!\s)", re.IGNORECASE)
"""A figure that stands alone on the picture, with whatever is written behind it."""
_ERA = r"(?:(?:B\.?C(?:\.?E)?|A\.?D|C\.?E)(?![^\W\d_])|[vn]\.\s?Chr|[ad]\.\s?C|ق\.?\s?م|ईसा)"
_NO_UNIT = re.compile(
    rf"\s?[.,:;=+–—]|\s?[-−](?![^\W\d_])|\s?[x×]\s?\d|[GDK]$|\s?{_ERA}|(?=.*(?<![^\W\d_])\d)(?!\s?/\s?\d+$)", re.DOTALL
)
"""What stands behind a number that counts nothing: the rest of a date, time, range, score or telephone number, an era, a name."""
_OF_A_YEAR = re.compile(r"s\b|er\b|年|ء|م\b", re.IGNORECASE)
_YEAR_BEFORE = re.compile(r"(?:\b(?:year|Jahre?|año|année)|عام|سنة|सन्?|वर्ष)\s*$", re.IGNORECASE)
_RANGE_BEFORE = re.compile(
    r"(?:\d\s?[–—−-]\s?|\d\s|#|\b(?:between|zwischen|entre)\s(?:[^.]{0,12}\d\S*\s(?:\S+\s)?(?:and|und|y)\s)?)$", re.IGNORECASE
)
_RANGE_AFTER = re.compile(rf"\s?[–—−-]\s?\d|\s\d|\s?{_ERA}")
_WORD_BEFORE = re.compile(r"[^\W\d_]\.?\s$")
_QUOTE = re.compile(r"[“„«「『\"]([^”“»」』\"]{12,220})[”“»」』\"]")
_SAYS = r"(?:said|says|wrote|once said|put it|dijo|escribió|sagte|schrieb)"
_NAMED = r"((?:[A-ZÁÉÍÓÚÑÄÖÜ][\w.'’-]+\s?){1,4})"
_BY = re.compile(rf"(?:[—–]\s*|\b{_SAYS}\s+){_NAMED}")
_BY_BEFORE = re.compile(rf"(?:\b(?:As|Wie|Como)\s+)?\b{_NAMED}(?:once\s+)?{_SAYS}\b")
_VERSUS = re.compile(r"\s+(?:vs\.?|versus|oder|contra|gegen|مقابل|बनाम)\s+|\s*(?:対|と比べ)\s*", re.IGNORECASE)
_AGAINST = re.compile(
    r"^(?P<one>.{6,90}?)(?:[,;:،、]|\s[–—])?\s+(?:but|while|whereas|unlike|"
    r"pero|mientras que|aber|während|sondern|بينما|लेकिन|जबकि)\s+(?P<two>.{6,110})$",
    re.IGNORECASE,
)
_AND = re.compile(r"^(?:and|or|y|e|o|und|oder|sowie|و|और|या|および|そして)\s+", re.IGNORECASE)
_ORDINAL = re.compile(
    r"^(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth|finally|next|then|primero|segundo|tercero|"
    r"por último|finalmente|erstens|zweitens|drittens|schließlich|أولا|أولاً|ثانيا|ثانياً|ثالثا|ثالثاً|أخيرا|أخيراً|"
    r"पहला|दूसरा|तीसरा|पहले|अंत में|第一に|第二に|第三に|まず|次に|最後に)[,،、:]?\s*",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"\s(?:than|because|that|which|who|when|where|while|if|so|as|to|for|from|with|without|by|in|on|at|into|until|and|or|but|"
    r"que|porque|cuando|donde|para|con|sin|por|en|hasta|desde|y|o|pero|als|weil|dass|wenn|wo|um|mit|ohne|von|aus|auf|bis|und|oder|"
    r"aber|لأن|الذي|التي|عندما|حيث|من|في|على|إلى|حتى|لكن|कि|क्योंकि|जो|जब|जहाँ|और|या|लेकिन)\s",
    re.IGNORECASE,
)
"""Words before which a long sentence may end on the screen."""
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_KANA_END = re.compile(r"[\u3040-\u309f、](?=[^\u3040-\u309f、。])")
"""Where a Japanese phrase ends, mostly: kana before anything else."""
_TIED = re.compile(r"^(?:में|को|से|तक|には|に|は|から)[\s、]*")
"""Words that Hindi and Japanese set behind a year."""
_LEAD_IN = re.compile(r"\b(?:in|en|im|by|until|since|um|seit|hacia|desde|عام|في|सन्?)\s*$", re.IGNORECASE)
_REPEATED = re.compile(r"^(.{2,40}?),\s*(?:and\s+|und\s+|y\s+)?\1$", re.IGNORECASE)
_NOT = re.compile(r"^(?:not|no|never|nicht|kein\w*|nie|nunca|ليس|لا|नहीं)\b", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:becomes?|became|turns? into|turned into|leads? to|led to|causes?|caused|then|daraus|"
    r"wird zu|führt zu|se convierte en|lleva a)\b|→|->",
    re.IGNORECASE,
)

_SHARES = frozenset(("percent", "per cent", "por ciento", "prozent", "पतिशत", "प्रतिशत", "パーセント", "بالمئة"))
_SPANS = re.compile(
    r"years?|days?|hours?|minutes?|seconds?|años|días|horas|minutos|segundos|jahren?|tagen?|stunden?|minuten?|sekunden?|"
    r"साल|दिन|घंटे|मिनट|年|日|時間|分"
)

_SMALL_NUMBERS: dict[str, float] = {
    word: float(value)
    for value, words in {
        2: "two dos zwei اثنان اثنتان दो", 3: "three tres drei ثلاث ثلاثة तीन", 4: "four cuatro vier أربع أربعة चार",
        5: "five cinco fünf خمس خمسة पाँच पांच", 6: "six seis sechs ست ستة छह", 7: "seven siete sieben سبع سبعة सात",
        8: "eight ocho acht ثماني ثمانية आठ", 9: "nine nueve neun تسع تسعة नौ", 10: "ten diez zehn عشر عشرة दस",
    }.items()
    for word in words.split()
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number in a text: its value, how it is written around it, decimals, and where it stands."""

    value: float
    prefix: str
    unit: str
    decimals: int
    start: int
    end: int


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text; a line of its own is one."""
    return [sentence for line in text.splitlines() for sentence in sentences_of(line, language)]


def clauses(text: str) -> list[str]:
    """The parts of a sentence between its commas and dashes."""
    return [part.strip(" .!?…。！？؟।") for part in _CLAUSE.split(text) if part and part.strip(" .!?…。！？؟।")]


def length_of(text: str) -> float:
    """How long a text is to read, in Latin letters: an ideograph counts for two, a mark over or under its letter for nothing."""
    return sum(2.0 if _WIDE.match(c) else 1.0 for c in text if unicodedata.category(c) != "Mn")


def phrase(text: str, *, longest: int = 62) -> str:
    """A short form of a sentence for the screen: its first clauses that fit, never a torn word; no full stop."""
    plain = re.sub(r"\s+", " ", text).strip().rstrip(".。।")
    if length_of(plain) > longest:
        plain = _ADDRESS.sub(r"\1", plain)
    if length_of(plain) <= longest:
        return plain
    taken = ""
    for clause in clauses(plain):
        if not taken:
            taken = clause
        elif length_of(taken) < longest * 0.4 and length_of(taken) + length_of(clause) + 2 <= longest:
            taken = f"{taken}, {clause}" if not _SPACELESS.search(clause) else f"{taken}、{clause}"
        else:
            break
    if length_of(taken) <= longest and length_of(taken) >= 0.2 * longest:
        return taken
    if length_of(taken) < 0.2 * longest:  # `In 1969`, `No`: more of the sentence says more
        taken = plain
    kept = ""
    for word in re.findall(r"\S+\s*|.", taken) if " " in taken else list(taken):
        if length_of(kept + word) > longest - 1:
            break
        kept += word
    cuts = [match.start() for match in _CONNECTIVE.finditer(kept) if length_of(kept[: match.start()]) >= 0.4 * longest]
    if cuts:
        return kept[: cuts[-1]].strip(" ,،、")
    cuts = [match.end() for match in _KANA_END.finditer(kept) if length_of(kept[: match.end()]) >= 0.4 * longest]
    if cuts:
        kept = kept[: cuts[-1]]
    return f"{kept.strip(' ,،、')}…" if kept.strip() else taken[: longest // 2] + "…"


def figures(text: str, language: str) -> list[Figure]:
    """The numbers of a text that are worth showing, years left out, the most telling first (percent, money, units, then size)."""
    found = _spelled(text)
    for match in _NUMBER.finditer(text):
        unit = (match["unit"] or "").strip()
        prefix = (match["prefix"] or "").strip()
        bare = not unit and not prefix
        if (bare and _YEAR.fullmatch(match["number"])) or not _counts(match["number"], text[: match.start()], text[match.end() :]):
            continue
        value, decimals = number_of(match["number"], language)
        found.append(Figure(value, prefix, unit, decimals, match.start(), match.end()))
    return sorted(found, key=_rank)


def _rank(figure: Figure) -> tuple[int, bool, int]:
    """Money and shares tell more than other units, those more than how long something takes, and that more than bare numbers."""
    unit = figure.unit.casefold()
    if figure.prefix or unit[:1] in tuple("%٪€£₹") or unit in _SHARES:
        kind = 0
    elif not unit:
        kind = 3
    else:
        kind = 2 if _SPANS.fullmatch(unit) else 1
    return kind, figure.value < 10 and kind > 0, figure.start


def whole_figure(text: str, language: str) -> Figure | None:
    """The number that a text is, with all that is written behind it as its unit (`7/10`, `300 mg/dl`); None for other texts."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or not _counts(match["number"], "", "") or _NO_UNIT.match(match["rest"]):
        return None
    bare = not match["rest"] or _OF_A_YEAR.match(match["rest"])
    if (bare and _YEAR.fullmatch(match["number"])) or (match["prefix"] == "+" and " " in match["number"]):
        return None
    value, decimals = number_of(match["number"], language)
    return Figure(value, (match["prefix"] or "").strip(), match["rest"].strip(), decimals, 0, len(text))


def only_named(text: str) -> bool:
    """Whether a text's number names something and counts nothing: `1969`, `20.07.1969`, `10–20 %`, `Apollo 11`."""
    if _WRITTEN.fullmatch(text.strip()):
        return whole_figure(text, "") is None
    found = figures(text, "")  # whether a number counts does not hang on its value
    return bool(found) and not found[0].unit + found[0].prefix and _ends_a_name(text, found[0])


def _ends_a_name(text: str, figure: Figure) -> bool:
    return not text[figure.end :].strip(" .!?") and bool(_WORD_BEFORE.search(text[: figure.start]))


def _counts(number: str, before: str, after: str) -> bool:
    """Whether a number is one that can be counted to: no part of a range or of a row of digits, no `007`, no year of an era."""
    if re.match(r"[-−]?0\d", number) or _YEAR_BEFORE.search(before):
        return False
    return not (_RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after))


def _spelled(text: str) -> list[Figure]:
    """A small number that a short text begins with in words (`Three steps`)."""
    first = re.match(r"[\w\u0900-\u097f]+", text)
    if first is None or length_of(text) > 32 or first[0].casefold() not in _SMALL_NUMBERS:
        return []
    return [Figure(_SMALL_NUMBERS[first[0].casefold()], "", "", 0, 0, first.end())]


def quotation(text: str) -> tuple[str, str] | None:
    """A quotation and who said it (may be empty)."""
    match = _QUOTE.search(text)
    if match is None or len(match[1]) < 0.25 * len(text):
        return None
    around = text[: match.start()] + " " + text[match.end() :]
    by = _BY.search(around) or _BY_BEFORE.search(around)
    return match[1].strip(" ,"), by[1].strip() if by else ""


def dates(text: str, language: str) -> list[DesignItem]:
    """Years with what happened in them; empty unless there are two at least."""
    items: list[DesignItem] = []
    for sentence in sentences(text, language):
        found = list(_YEAR.finditer(sentence))
        parts = [sentence[a:b] for a, b in pairwise([0, *(edge for year in found for edge in year.span()), len(sentence)])][::2]
        bare = [_event(part) for part in parts]
        # A sentence that ends with its last year tells what happened before each: `9 % in 2022 and 3 % in 2023`.
        before = len(found) > 1 and length_of(bare[-1]) < 6 and length_of(bare[0]) >= 6
        for place, match in enumerate(found):
            near = bare[place] if before else bare[place + 1] if length_of(bare[place + 1]) >= 6 else bare[place]
            items.append(DesignItem(label=match[1], detail=phrase(near, longest=64)))
    told = all(length_of(item.detail) >= 8 or " " in item.detail for item in items)  # `ending in 2025` tells nothing
    return items[:5] if len(items) >= 2 and told else []


def _event(part: str) -> str:
    """What stands beside a year, without the little words that tie it to the year."""
    part = _LEAD_IN.sub("", part.strip(" ,.;:،、。-–—"))
    part = _AND.sub("", _TIED.sub("", part.strip(" ,.;:،、。-–—")))
    return re.sub(r"\s+(?:in|en|im|and|und|y|by)$", "", part.strip(), flags=re.IGNORECASE)


def listed(text: str, language: str) -> list[DesignItem]:
    """Three to five things that a text lists: sentences that count, or a sentence's parts; empty where there are not."""
    counted = [sentence for sentence in sentences(text, language) if _ORDINAL.match(sentence)]
    if 2 <= len(counted) <= 6:
        return [DesignItem(label=_upper(phrase(_ORDINAL.sub("", sentence), longest=46))) for sentence in counted[:5]]
    for sentence in sentences(text, language):
        _, colon, rest = partitioned(sentence)
        parts = clauses(rest if colon and rest.strip() else sentence)
        if colon and len(parts) == 1 and _THAI.search(parts[0]):
            parts = [part.removeprefix("และ").removeprefix("หรือ") for part in parts[0].split()]
        parts = [_AND.sub("", part).strip() for part in _split_last(parts)]
        if len(parts) > 2 and all(part.startswith("و") for part in parts[1:]):  # the Arabic `and` is written with its word
            parts = [parts[0], *(part[1:] for part in parts[1:])]
        if colon and 2 < len(parts) <= 7 and all(length_of(part) <= 60 for part in parts):
            return [DesignItem(label=_upper(phrase(part, longest=46))) for part in parts[:6]]
        if len(parts) >= 4 and all(length_of(part) <= 30 for part in parts[1:]):
            return [DesignItem(label=_upper(phrase(_last_words(part), longest=40))) for part in parts[:5]]
    return []


def partitioned(sentence: str) -> tuple[str, str, str]:
    """A sentence before its first colon, the colon, and what follows it; a full-width colon is one."""
    found = re.search(r"[:：]", sentence)
    return (sentence[: found.start()], found[0], sentence[found.end() :]) if found else (sentence, "", "")


def _split_last(parts: list[str]) -> list[str]:
    if not parts:
        return []
    last = re.split(r"\s+(?:and|or|y|und|oder|और|و)\s+", parts[-1], maxsplit=1)
    return [*parts[:-1], *last] if len(parts) >= 2 else parts


def _last_words(part: str) -> str:
    words = part.split()
    return " ".join(words[-3:]) if len(words) > 5 else part


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def versus(heading: str, text: str, language: str) -> list[DesignItem]:
    """The two sides of a comparison that is called one, such as `Tea versus coffee`."""
    for candidate in (heading, *sentences(text, language)[:2]):
        sides = _VERSUS.split(candidate)
        if len(sides) == 2 and all(2 <= length_of(side.strip(" ?!.,;:")) <= 34 for side in sides):
            said = sentences(text, language)
            return [DesignItem(label=_upper(side.strip(" ?!.,;:")), detail=_about(side, said)) for side in sides]
    return []


def opposites(text: str, language: str) -> list[DesignItem]:
    """The two sides of a sentence that sets one thing against another (`... but ...`)."""
    for sentence in sentences(text, language):
        match = _AGAINST.match(sentence.strip(" .!?"))
        # `Not the wind, but the water` corrects: it has one side.
        if match and not _NOT.match(match["one"]) and length_of(match["one"]) <= 64 and length_of(match["two"]) <= 64:
            return [DesignItem(label="", detail=_upper(phrase(match[side], longest=64))) for side in ("one", "two")]
    return []


def _about(side: str, said: list[str]) -> str:
    words = set(re.findall(r"\w{3,}", side.casefold()))
    for sentence in said:
        if any(word in sentence.casefold() for word in words) and not _VERSUS.search(sentence):
            return phrase(sentence, longest=70)
    return ""


def steps(text: str, language: str) -> list[DesignItem]:
    """A chain of causes (`A becomes B, then C`), three links at least; empty where there is none."""
    for sentence in sentences(text, language):
        parts = [part.strip(" ,.;:") for part in _STEP.split(sentence) if part.strip(" ,.;:")]
        # `A led to B, B led to C`: what follows is named once.
        parts = [_REPEATED.sub(r"\1", part) for part in parts]
        if 3 <= len(parts) <= 5 and all(length_of(part) <= 34 for part in parts):
            return [DesignItem(label=_upper(_AND.sub("", part))) for part in parts]
    return []
