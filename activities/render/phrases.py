"""Where a text may be cut: its clusters, widths, words and phrases, for any script.

Pure rules. Latin-like scripts are cut at spaces; Japanese, Chinese and Thai at the phrase boundaries of BudouX (a small
model of the language, loaded on first use); what no rule knows, between grapheme clusters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from activities.render.hyphens import cuts_of, is_address
from models.videos.contracts import Word

ZERO_WIDTH_JOINER = "\u200d"
WORD_JOINER = "\u2060"
"""No line breaks beside it."""
OPENING = "([{«“‘„¿¡「『（【《〈"
SENTENCE_END = ".!?…。！？؟।॥։።"
CLAUSE_END = ",;:—–、，；：،؛·"
CLOSERS = "\"'”’»)]}」』）】》〉\u200f\u200e"

SPACELESS = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3000, 0x30FF),  # CJK punctuation, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x3FFFF),
)
"""Blocks of the scripts that write no spaces between words."""

BEFORE = {
    "en": "and but or nor so because although though while when where which who that if unless until after before than as to in on "
    "at by for from with without into over under through between about of since during",
    "es": "y e o u pero sino porque aunque mientras cuando donde que quien si hasta desde para por con sin en entre sobre de como",
    "de": "und oder aber denn sondern weil dass wenn als obwohl während damit bis bevor nachdem der die das welche wer wo in im an "
    "am auf mit ohne für von vom zu zum zur über unter durch zwischen bei nach aus wie um",
    "fr": "et ou mais donc car que qui dont où si quand lorsque parce puisque comme pour par avec sans dans en sur sous entre de à",
    "pt": "e ou mas porque embora enquanto quando onde que quem se até desde para por com sem em entre sobre de como",
    "it": "e o ma perché sebbene mentre quando dove che chi se fino da per con senza in tra fra su di come",
    "hi": "और या लेकिन क्योंकि कि जब जहाँ जो अगर तो ताकि मगर परंतु",
    "ar": "أو ثم لكن لأن حين عندما حيث الذي التي إذا حتى في من على إلى عن مع بين بعد قبل",
}
"""Words that begin a phrase: a cut before them reads well."""

HANGING = {
    "en": "a an the and but or nor of to in on at by for from with without into over under through between about my your his "
    "her its our their this these those that which who is are was were be been has have had will would can could not no very as "
    "if than because when while where how what why although so",
    "es": "el la los las un una unos unas y e o u de del a al en con sin por para que mi tu su sus este esta se no es son muy como "
    "porque cuando",
    "de": "der die das den dem des ein eine einen einem einer und oder aber in im an am auf mit ohne für von vom zu zum zur über "
    "unter bei nach aus mein dein sein ihr ihre diese dieser nicht ist sind sehr wie als dass "
    "weil wenn obwohl während bevor sondern denn bis damit",
    "fr": "le la les un une des du de d l et ou à au aux en dans sur avec sans par pour que qui mon ton son sa ses ce cette "
    "ne très",
    "pt": "o a os as um uma uns umas e ou de do da dos das em no na com sem por para que meu seu sua este esta não é muito como",
    "it": "il lo la i gli le un uno una e o di del della a al alla in con senza per che mio tuo suo questo questa non è molto come",
    "hi": "और या कि जो बहुत एक यह वह इस उस",
    "ar": "في من على إلى عن مع بين أو ثم أن إن لا ما لم لن هذا هذه كل",
}
"""Words that a reader expects to be followed: a cut after them reads badly."""

CLINGING = {"hi": "का के की को से में पर ने तक है हैं था थे थी ही भी", "ja": "", "de": "", "en": ""}
"""Words that belong to the one before them (postpositions): no cut before them."""


JOINING = "のない"
"""Kana with which a Japanese phrase mostly leans on the next one (a genitive, an adjective)."""


RTL_LANGUAGES = frozenset({"ar", "he", "fa", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"})


def is_rtl(text: str, language: str) -> bool:
    """Whether a line runs from right to left. In a language that does, one with any such letter does, whatever it begins with; in
    another, only one that is mostly of such letters. A line without letters follows its language."""
    kinds = [unicodedata.bidirectional(char) for char in text]
    right, left = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    if language_of(language) in RTL_LANGUAGES:
        return right > 0 or left == 0
    return right > left


def language_of(tag: str) -> str:
    """The primary language of a BCP 47 tag, in lower case."""
    return tag.replace("_", "-").split("-")[0].lower()


@lru_cache(maxsize=64)
def _words(table: str, language: str) -> frozenset[str]:
    return frozenset({"before": BEFORE, "hanging": HANGING, "clinging": CLINGING}[table].get(language, "").split())


def clusters(text: str) -> list[str]:
    """What a reader sees as single characters: a base with its marks, a joined emoji, a conjunct, a flag."""
    found: list[str] = []
    for char in text:
        if found and _continues(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(cluster: str, char: str) -> bool:
    if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf"):
        return True
    if cluster[-1] == ZERO_WIDTH_JOINER or 0x1F3FB <= ord(char) <= 0x1F3FF:
        return True
    if unicodedata.combining(cluster[-1]) == 9 and unicodedata.category(char) == "Lo":  # virama: the next letter joins
        return True
    flags = [0x1F1E6 <= ord(one) <= 0x1F1FF for one in (*cluster, char)]
    return all(flags) and len(cluster) == 1


def width(text: str) -> int:
    """Columns that a text takes: two for a wide character (CJK, emoji), one for another, none for what lies over its neighbour."""
    return len(text) if text.isascii() else sum(_columns(one) for one in clusters(text))


def _columns(cluster: str) -> int:
    if any(unicodedata.east_asian_width(char) in "WF" for char in cluster):
        return 2
    return max(1, sum(unicodedata.category(char) not in ("Mn", "Me", "Cf") for char in cluster))


def spaceless(char: str) -> bool:
    """Whether the character is of a script that writes no spaces between words."""
    return any(first <= ord(char) <= last for first, last in SPACELESS)


def _cjk(char: str) -> bool:
    return spaceless(char) and ord(char) >= 0x3000


def spacer(left: str, right: str, language: str) -> str:
    """What stands between two neighbouring words of a line: a space, or nothing in scripts that write none.

    Japanese and Chinese write none beside Latin letters and figures either; a Japanese word in another language has its spaces.
    """
    if not left or not right or (spaceless(left[-1]) and spaceless(right[0])):
        return ""
    return "" if language_of(language) in ("ja", "zh") and (_cjk(left[-1]) or _cjk(right[0])) else " "


def join_words(texts: Sequence[str], language: str) -> str:
    """A line of words as it is written in the language."""
    line = ""
    for text in texts:
        line += spacer(line, text, language) + text
    return line


_COUNT = re.compile(r"[$€£¥₹]?\d{1,3}(?:[.,]\d+)*")
"""A number that counts what follows it; four digits in a row are mostly a year."""


def cut_cost(left: str, right: str, language: str) -> float:
    """How badly a cut between two words reads: 0 after a sentence, 3 after a clause, up to 30 inside a tight phrase."""
    bare = left.rstrip(CLOSERS)
    if bare and bare[-1] in SENTENCE_END:
        return 0.0
    if bare and bare[-1] in CLAUSE_END:
        return 3.0
    if right[0] in OPENING:
        return 6.0
    last, first = left.strip(OPENING + CLOSERS).casefold(), right.strip(OPENING + CLOSERS + SENTENCE_END + CLAUSE_END).casefold()
    if last in _words("hanging", language) or first in _words("clinging", language) or left[-1] in OPENING:
        return 30.0
    if not spacer(left, right, language):
        return 12.0 if left[-1] in JOINING else 7.0
    if _COUNT.fullmatch(last) and first[:1].isalpha() and first not in _words("before", language):
        return 24.0
    return 6.0 if first in _words("before", language) else 14.0


# --- from the words of a voice to the units of a caption --------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """What is highlighted at once and never cut: a word, or a phrase of a script without spaces. Times are the voice's."""

    text: str
    start: float
    end: float


def units_of(words: Sequence[Word], language: str, widest: int) -> list[Unit]:
    """The words of one scene as units no wider than `widest`, in order, each with a time of its own that overlaps no other.

    Words of scripts without spaces are joined and cut again at the language's phrases, so it does not matter whether a
    voice reports characters, words or sentences. A mark alone joins its neighbour.
    """
    pieces = [piece for word in _in_order(words) for piece in _at_spaces(word)]
    units: list[Unit] = []
    for run in _runs(_marks_joined(pieces, language), language):
        known = any(spaceless(char) for unit in run for char in unit.text)
        for unit in _phrases(run, language) if known else run:
            units.extend(_narrowed(unit, widest))
    return units


def _in_order(words: Sequence[Word]) -> Iterator[Unit]:
    """Words with times that never run backwards: a voice may report a word of no length, or one that ends after the next began."""
    at = 0.0
    for place, word in enumerate(words):
        start = max(at, word.start)
        end = max(start, word.end)
        if place + 1 < len(words):
            end = min(end, max(start, words[place + 1].start))
        at = end
        yield Unit(word.text, start, end)


def _timed(texts: Sequence[str], start: float, end: float) -> Iterator[Unit]:
    """Parts of a word, each with its share of the word's time."""
    shares = [max(1, width(text)) for text in texts]
    whole, done = sum(shares), 0
    for text, share in zip(texts, shares, strict=True):
        first, done = start + (end - start) * done / whole, done + share
        yield Unit(text, first, end if done == whole else start + (end - start) * done / whole)


def _at_spaces(word: Unit) -> Iterator[Unit]:
    parts = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Zs") else char for char in word.text).split()
    return _timed(parts, word.start, word.end) if parts else iter(())


def _is_mark(text: str) -> bool:
    return all(unicodedata.category(char)[0] in "PC" or unicodedata.category(char) == "Sk" for char in text)


def _marks_joined(pieces: Sequence[Unit], language: str) -> list[Unit]:
    found: list[Unit] = []
    waiting = ""
    for piece in pieces:
        if _is_mark(piece.text) and (waiting or piece.text[-1] in OPENING or not found):
            waiting += piece.text
        elif _is_mark(piece.text):
            left = found[-1]
            # A closing mark that a voice reports alone stands at its word; a sign (`Tom & Jerry`) has its spaces.
            closes = piece.text[0] in SENTENCE_END + CLAUSE_END + CLOSERS and piece.text[0] not in "—–-"
            gap = "" if closes else spacer(left.text, piece.text, language)
            found[-1] = Unit(left.text + gap + piece.text, left.start, left.end)
        else:
            found.append(Unit(waiting + piece.text, piece.start, piece.end))
            waiting = ""
    if waiting and found:
        found[-1] = Unit(found[-1].text + waiting, found[-1].start, found[-1].end)
    return found


LONGEST_RUN = 400
"""Characters that are cut into phrases at once; bounds the time that a pathological text takes."""


def _runs(units: Sequence[Unit], language: str) -> Iterator[list[Unit]]:
    """Neighbours that are written without a space belong together, unless the voice paused between them."""
    run: list[Unit] = []
    length = 0
    for unit in units:
        written = run and spacer(run[-1].text, unit.text, language) == ""
        together = written and unit.start - run[-1].end < 0.35 and length < LONGEST_RUN
        if run and not together:
            yield run
            run, length = [], 0
        run.append(unit)
        length += len(unit.text)
    if run:
        yield run


@lru_cache(maxsize=8)
def _segmenter(language: str, text_is_kana: bool) -> Callable[[str], list[str]] | None:
    import budoux  # loads its model: only for the languages that need it

    if language == "th":
        return budoux.load_default_thai_parser().parse
    if language == "zh":
        return budoux.load_default_simplified_chinese_parser().parse
    return budoux.load_default_japanese_parser().parse if language == "ja" or text_is_kana else None


@lru_cache(maxsize=512)
def phrases_of(text: str, language: str) -> tuple[str, ...]:
    """The phrases of a text in a script without spaces, between which a line may break; nothing for other scripts."""
    cut = _segmenter(language_of(language), False) if any(map(spaceless, text)) else None
    return tuple(_whole_clusters(_refined(cut(text)))) if cut else ()


def bound(text: str, language: str) -> str:
    """The text with the phrases of a script without spaces kept whole: a line then breaks where a reader pauses."""
    return "".join(WORD_JOINER.join(_solid(phrase)) for phrase in phrases_of(text, language)) or text


def _solid(phrase: str) -> list[str]:
    """The clusters of a phrase: nothing may stand inside one (a joined emoji, a flag, a letter with its marks). A space stays
    with its neighbours, so that a line may break there."""
    parts: list[str] = []
    for one in clusters(phrase):
        if parts and (one.isspace() or parts[-1][-1].isspace()):
            parts[-1] += one
        else:
            parts.append(one)
    return parts


def _phrases(run: Sequence[Unit], language: str) -> Iterator[Unit]:
    text = "".join(unit.text for unit in run)
    thai = any(0x0E00 <= ord(char) <= 0x0E7F for char in text)
    cjk = any(0x3000 <= ord(char) <= 0x9FFF for char in text)
    known = language if language in ("ja", "zh", "th") else "th" if thai else "ja"
    cut = _segmenter(known, cjk) if thai or cjk else None
    times = [unit for whole in run for unit in _timed(list(whole.text), whole.start, whole.end)]
    place = 0
    for phrase in _whole_clusters(_refined(cut(text)) if cut else [unit.text for unit in run]):
        last = times[place + len(phrase) - 1]
        yield Unit(phrase, times[place].start, last.end)
        place += len(phrase)


LONGEST_PHRASE = 14
"""Columns of a phrase that is highlighted at once; a longer one is cut where its script changes."""
_MARKED = re.compile(rf"(?<=[{re.escape(SENTENCE_END + CLAUSE_END)}])(?=[^{re.escape(SENTENCE_END + CLAUSE_END + CLOSERS)}])")
_CHANGED = re.compile(r"(?<=[\u3040-\u309f])(?=[^\u3040-\u309f\u30fc])|(?<=[\u30a0-\u30ff])(?=[\u4e00-\u9fff])")
"""After kana before anything else, after katakana before an ideograph."""


def _refined(phrases: Sequence[str]) -> Iterator[str]:
    """The model's phrases, cut at their marks too, and long ones where the script changes. A number is not cut at its point."""
    for phrase in phrases:
        for part in _MARKED.split(phrase):
            yield from _CHANGED.split(part) if width(part) > LONGEST_PHRASE else [part]


def _one_word(left: str, right: str) -> bool:
    """Whether a cut between two characters would tear a number or a word that is written with an alphabet."""
    if spaceless(left) or spaceless(right):
        return False
    return (left.isalnum() or left in ".,:/-'’") and right.isalnum()


def _whole_clusters(phrases: Iterable[str]) -> Iterator[str]:
    """Phrases again, none of which begins inside a cluster, number or Latin word, or with a mark that must not begin a line."""
    held = ""
    for phrase in phrases:
        closing = _is_mark(phrase[0]) and phrase[0] not in OPENING
        if held and (closing or _one_word(held[-1], phrase[0]) or _continues(clusters(held)[-1], phrase[0])):
            held += phrase
        else:
            if held:
                yield held
            held = phrase
    if held:
        yield held


def _narrowed(unit: Unit, widest: int) -> Iterator[Unit]:
    """The unit, or parts of about equal width where it alone is wider than a line."""
    wide = width(unit.text)
    if wide <= widest:
        yield unit
        return
    parts = _parts_of(unit.text, widest - 1)
    hyphened = not is_address(unit.text)
    hyphen = [part + "-" if hyphened and _latin(part[-1]) and _latin(after[0]) else part for part, after in pairwise(parts)]
    yield from _timed([*hyphen, parts[-1]], unit.start, unit.end)


def _parts_of(text: str, widest: int) -> list[str]:
    """A long word in parts of about equal width, none wider than asked: between syllables where there is such a place."""
    good, parts = set(cuts_of(text)), [""]
    share = width(text) / -(-width(text) // widest)
    ends = list(accumulate(clusters(text), initial=""))[1:]
    begin = 0
    while width(text[begin:]) > widest:
        fitting = [len(end) for end in ends if len(end) > begin and width(text[begin : len(end)]) <= widest]
        nice = [end for end in fitting if end in good and width(text[begin:end]) >= 0.5 * share]
        hard = [end for end in fitting if width(text[begin:end]) <= share + 1]
        cut = min(nice, key=lambda end: abs(width(text[begin:end]) - share)) if nice else (hard or fitting or [begin + 1])[-1]
        parts[-1] = text[begin:cut]
        parts.append("")
        begin = cut
    parts[-1] = text[begin:]
    return parts


def _latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN")
