"""From a script to its pictures: which kind of design each scene becomes, by what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from models.ids import digest_of
from models.videos.contracts import DesignItem, Palette, SceneDesign, SceneKind, Script, ScriptScene
from models.videos.scene_content import (
    clauses,
    dates,
    figures,
    length_of,
    listed,
    only_named,
    opposites,
    partitioned,
    phrase,
    quotation,
    sentences,
    steps,
    versus,
    whole_figure,
)
from models.videos.scenes import MOST_LINKED, MOST_SHOWN
from models.videos.symbols import symbol_for

VERSION = 7
"""Raised when the same script shall give other designs; part of the digest of what is made from them."""

VARIANTS: dict[SceneKind, int] = {
    SceneKind.TITLE: 3, SceneKind.STATEMENT: 4, SceneKind.NUMBER: 3, SceneKind.LIST: 3, SceneKind.QUOTATION: 2,
    SceneKind.COMPARISON: 2, SceneKind.TIMELINE: 2, SceneKind.DIAGRAM: 2, SceneKind.PICTURE: 3, SceneKind.CLIP: 2,
    SceneKind.END_CARD: 2,
}  # fmt: skip
"""How many layouts each kind has."""

_SPACELESS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_UNCUT = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_DAY = re.compile(r"\d{1,2}\.\s+[^\W\d_]|\d{1,2}\s+(?:de\s+)?[^\W\d_]+\s+(?:de\s+)?(?:1\d{3}|20\d{2})\b")
"""A day of a month in a year; in German an ordinal."""
_COMPOUND = r"[\u4e00-\u9fff々]{2,6}|[\u30a0-\u30ff]{3,10}"
_SEVERAL = {SceneKind.COMPARISON, SceneKind.TIMELINE, SceneKind.DIAGRAM, SceneKind.NUMBER}
"""What becomes a list where it was asked for texts that do not make one: each of them is to be seen."""
_ASIDE = {SceneKind.TITLE, SceneKind.END_CARD}
_YEARS = re.compile(
    r"(?:\d{1,2}\.?\s(?:de\s)?[^\W\d_]+\.?\s(?:de\s)?)?"
    r"\d{3,4}(?:\s?[-–—/]\s?\d{2,4}|年代?|년|s|ern?|\s?(?:BCE?|CE|AD|[vn]\.\s?Chr\.?|م|هـ|ई\.?))?",
    re.IGNORECASE,
)
"""A year, a span of years or a day in one; `500 g` is none."""
_SIGNS = {
    **dict.fromkeys(("times", "veces", "x"), "×"),
    **dict.fromkeys(("percent", "per cent", "por ciento", "prozent", "パーセント", "पतिशत", "प्रतिशत", "بالمئة", "٪"), "%"),
}
"""Units that are written as a sign."""


def seed_of(script: Script, index: int) -> int:
    """The seed of a scene: the same script gives the same pictures."""
    return int(digest_of(script.title, script.language, index)[:8], 16) & 0x7FFFFFFF


def design_script(script: Script, palette: Palette) -> tuple[SceneDesign, ...]:
    """A design for every scene: by its content, in no kind three times in a row, and no symbol twice in four scenes."""
    made: list[SceneDesign] = []
    for place, scene in enumerate(script.scenes):
        seed = seed_of(script, place)
        design = next(
            candidate
            for candidate in _candidates(script, scene, place, palette, seed)
            if [candidate.kind] * 2 != [one.kind for one in made[-2:]]
        )
        before = next((one.variant for one in reversed(made) if one.kind is design.kind), None)
        avoid = frozenset(one.icon for one in made[-3:])
        words = " ".join((scene.heading, *scene.on_screen, scene.visual, scene.narration))
        icon = symbol_for(script.title if design.kind is SceneKind.TITLE else words, seed=seed, avoid=avoid)
        start = seed_of(script, -1 - list(SceneKind).index(design.kind))
        count = VARIANTS[design.kind]
        variant = (start + place) % count
        variant = (variant + 1) % count if variant == before else variant
        made.append(design.model_copy(update={"icon": icon, "variant": variant}))
    return tuple(made)


def _candidates(script: Script, scene: ScriptScene, place: int, palette: Palette, seed: int) -> Iterator[SceneDesign]:
    """Designs that fit a scene, the best first; the last two always fit."""
    language = scene.language or script.language
    base = SceneDesign(kind=SceneKind.STATEMENT, seed=seed, palette=palette, language=language, heading=scene.heading.strip())
    last = place == len(script.scenes) - 1
    if place == 0 and scene.kind in (SceneKind.TITLE, SceneKind.STATEMENT) and not scene.on_screen:
        yield _title(script, scene, base)
    if scene.kind is SceneKind.TITLE:
        yield _title(script, scene, base)
    if scene.kind is SceneKind.END_CARD or (last and place >= 2 and scene.kind is SceneKind.STATEMENT and not scene.on_screen):
        yield _end_card(script, scene, base)
    open_kind = scene.kind in _ASIDE or scene.kind in (SceneKind.STATEMENT, SceneKind.PICTURE)
    asked = SceneKind.STATEMENT if open_kind else scene.kind
    for kind, maker in _MAKERS:
        design = maker(scene, base) if asked in (kind, SceneKind.STATEMENT) else None
        if design is not None:
            yield design
    if len(scene.on_screen) > 2 and asked in _SEVERAL and (points := _list(scene, base)) is not None:
        yield points
    statement, picture = _statement(scene, base), _picture(scene, base)
    drawn = scene.kind in (SceneKind.PICTURE, SceneKind.CLIP) or (seed % 3 == 0 and scene.kind is not SceneKind.STATEMENT)
    yield from (picture, statement) if drawn else (statement, picture)


def _title(script: Script, scene: ScriptScene, base: SceneDesign) -> SceneDesign:
    title = scene.on_screen[0] if scene.on_screen else script.title or scene.heading
    said = [scene.on_screen[1]] if len(scene.on_screen) > 1 else sentences(f"{script.hook}\n{scene.narration}", base.language)
    plain = title.casefold().strip(" .?!。؟")
    fresh = [one for one in dict.fromkeys(said) if plain not in one.casefold()]
    while len(fresh) > 1 and length_of(fresh[0]) < 16:  # `One burns.` says little without what follows
        fresh[:2] = [f"{fresh[0]} {fresh[1]}"]
    text = phrase(fresh[0], longest=90) if fresh and length_of(fresh[0]) >= 12 else ""
    if text.endswith("…") and length_of(text) < 16:  # a word longer than the screen follows: what is left says nothing
        text = ""
    return base.model_copy(update={"kind": SceneKind.TITLE, "heading": title, "text": text})


def _end_card(script: Script, scene: ScriptScene, base: SceneDesign) -> SceneDesign:
    said = [one for one in sentences(scene.narration, base.language) if any(map(str.isalnum, one))] or [scene.heading]
    said = [one for one in said if length_of(one) >= 8] or said
    named = scene.heading if scene.heading != script.title else ""
    heading = scene.on_screen[0] if scene.on_screen else named or phrase(said[0], longest=60)
    text = (
        scene.on_screen[1] if len(scene.on_screen) > 1 else phrase(said[-1], longest=80) if len(said) > 1 or scene.heading else ""
    )
    repeated = text.casefold().strip(" .?!") in heading.casefold()
    return base.model_copy(update={"kind": SceneKind.END_CARD, "heading": heading, "text": "" if repeated else text})


def _quotation(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    found = quotation(scene.narration)
    if found is None and scene.kind is SceneKind.QUOTATION:
        text = scene.on_screen[0] if scene.on_screen else scene.narration
        found = (text.strip(' "“”«»„「」'), scene.on_screen[1] if len(scene.on_screen) > 1 else scene.heading)
    if found is None or not found[0]:
        return None
    items = (DesignItem(label=found[1]),) if found[1] else ()
    return base.model_copy(update={"kind": SceneKind.QUOTATION, "text": found[0], "items": items})


def _comparison(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    shown = [_labelled(text) for text in scene.on_screen]
    told = scene.kind is SceneKind.COMPARISON
    if len(shown) == 2 and (told or (all(item.detail for item in shown) and not _years(shown))):
        items = shown
    else:
        items = [] if scene.on_screen else versus(scene.heading, scene.narration, base.language)
    return base.model_copy(update={"kind": SceneKind.COMPARISON, "items": tuple(items)}) if len(items) == 2 else None


def _contrast(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    items = [] if scene.on_screen else opposites(scene.narration, base.language)
    return base.model_copy(update={"kind": SceneKind.COMPARISON, "items": tuple(items)}) if len(items) == 2 else None


def _timeline(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    shown = [_labelled(text) for text in scene.on_screen if re.match(r"\s*\S*\d", text)]
    items = (
        shown if len(shown) >= 2 and (scene.kind is SceneKind.TIMELINE or _years(shown)) else dates(scene.narration, base.language)
    )
    if not items:
        return None
    return base.model_copy(update={"kind": SceneKind.TIMELINE, "items": tuple(items[:MOST_SHOWN])})


def _years(items: list[DesignItem]) -> bool:
    return all(_YEARS.fullmatch(item.label) for item in items)


def _list(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    first = scene.on_screen[0] if scene.on_screen else ""
    if len(scene.on_screen) == 2 and scene.kind is not SceneKind.LIST and (figures(first, base.language) or only_named(first)):
        return None
    items = [_labelled(text) for text in scene.on_screen] if scene.on_screen else listed(scene.narration, base.language)
    if not items and scene.kind is SceneKind.LIST:
        items = [DesignItem(label=phrase(text, longest=46)) for text in sentences(scene.narration, base.language)][:5]
    if len(items) < 2:
        return None
    heading = base.heading or _lead(scene, base.language)
    return base.model_copy(update={"kind": SceneKind.LIST, "heading": heading, "items": tuple(items[:MOST_SHOWN])})


def _lead(scene: ScriptScene, language: str) -> str:
    """What introduces a list: the sentence that is said before its first point, or the words before its colon; else nothing."""
    if scene.on_screen:
        place = scene.narration.casefold().find(scene.on_screen[0].casefold().strip(" .?!"))
        head = scene.narration[: max(place, 0)].rstrip(" :：")
    else:
        head, colon, _ = partitioned(scene.narration)
        head = head if colon else ""
    said = sentences(head, language)
    return phrase(said[-1], longest=54) if said and length_of(said[-1]) >= 8 else ""


def _diagram(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    arrows = [part for text in scene.on_screen if re.search("→|->", text) for part in re.split(r"\s*(?:→|->)\s*", text) if part]
    items = (
        [DesignItem(label=part) for part in arrows]
        if len(arrows) >= 3
        else []
        if scene.on_screen
        else steps(scene.narration, base.language)
    )
    if not items and scene.kind is SceneKind.DIAGRAM:
        items = [_labelled(text) for text in scene.on_screen] or [
            DesignItem(label=phrase(part, longest=34)) for part in clauses(scene.narration) if length_of(part) <= 60
        ][:4]
    if len(items) < 2:
        return None
    return base.model_copy(update={"kind": SceneKind.DIAGRAM, "items": tuple(items[:MOST_LINKED])})


def _number(scene: ScriptScene, base: SceneDesign) -> SceneDesign | None:
    source = scene.on_screen[0] if scene.on_screen else scene.narration
    if scene.on_screen and only_named(source):
        return None
    whole = whole_figure(source, base.language) if scene.on_screen else None
    found = [whole] if whole else figures(source, base.language)
    if not found or (not scene.on_screen and not (found[0].unit or found[0].prefix) and found[0].value < 100):
        return None
    if len(scene.on_screen) > 2:
        return None
    figure = found[0]
    around = next(
        (one for one in sentences(source, base.language) if source.find(one) <= figure.start < source.find(one) + len(one)), source
    )
    label = _around(scene, base.language, source, around, figure.start, figure.end)
    unit = figure.prefix or _SIGNS.get(figure.unit.casefold(), figure.unit)
    if not figure.prefix and unit[:1] in "$€£¥₹":
        unit = f" {unit}"  # a currency stays on its side of the number
    item = DesignItem(label=label, value=figure.value, unit=unit, detail=str(figure.decimals))
    if figure.prefix and figure.unit:
        item = item.model_copy(update={"unit": f"{figure.prefix} {figure.unit}"})
    return base.model_copy(update={"kind": SceneKind.NUMBER, "items": (item,), "text": label})


def _around(scene: ScriptScene, language: str, source: str, sentence: str, start: int, end: int) -> str:
    if scene.on_screen and start > 2 and len(scene.on_screen) == 1:
        return phrase(source, longest=70)
    if scene.on_screen:
        rest = (source[:start] + " " + source[end:]).strip(" ,.:;–—-")
        if len(scene.on_screen) > 1:
            return f"{rest} {scene.on_screen[1]}".strip()
        said = sentences(scene.narration, language) or [""]
        return phrase(rest, longest=70) if rest else _about(next((one for one in said if source in one), said[0]), source)
    return _about(sentence, source[start:end].strip())


def _about(sentence: str, figure: str) -> str:
    """The words of a sentence about a figure in it."""
    shown = phrase(sentence, longest=80)
    if figure in shown:
        return shown
    # A phrase without its number would name another thing: what stands about the number is shown.
    parts = clauses(sentence)
    holding = next((place for place, clause in enumerate(parts) if figure in clause), 0)
    return phrase(", ".join(parts[holding:]), longest=80) if parts else shown


def _statement(scene: ScriptScene, base: SceneDesign) -> SceneDesign:
    said = sentences(scene.narration, base.language)
    texts = (
        [text for text in scene.on_screen if text.strip()]
        or [phrase(one, longest=72) for one in [one for one in said if length_of(one) >= 8][:3] or said[:3]]
        or [scene.heading or "…"]
    )
    if len(scene.on_screen) == 1 and len(said) > 1 and texts[0].casefold().strip(" .?!") not in said[-1].casefold():
        texts.append(phrase(said[-1], longest=72))
    beats = tuple(DesignItem(label=text, detail=_emphasis(text, scene, base.language)) for text in texts[:3])
    repeated = base.heading.casefold().strip(" .?!") == beats[0].label.casefold().strip(" .?!")
    heading = "" if repeated else base.heading
    return base.model_copy(update={"kind": SceneKind.STATEMENT, "heading": heading, "text": beats[0].label, "items": beats})


def _picture(scene: ScriptScene, base: SceneDesign) -> SceneDesign:
    said = sentences(scene.narration, base.language)
    telling = [one for one in said if length_of(one) >= 8] or said
    text = scene.on_screen[0] if scene.on_screen else phrase(telling[0], longest=78) if telling else scene.heading
    return base.model_copy(update={"kind": SceneKind.PICTURE, "text": text})


def lower_third(scene: ScriptScene, design: SceneDesign) -> SceneDesign:
    """What is written over a clip or still of the scene: its on-screen text, else its heading, else nothing."""
    text = scene.on_screen[0] if scene.on_screen else ""
    items = tuple(DesignItem(label=more) for more in scene.on_screen[1:4])
    return design.model_copy(update={"kind": SceneKind.CLIP, "heading": scene.heading, "text": text, "items": items})


def _labelled(text: str) -> DesignItem:
    """`Label: detail` (or with a dash) as an item."""
    match = re.match(r"^(.{1,40}?)\s*(?:[:：]|\s[–—-]\s)\s*(.+)$", text.strip())
    return DesignItem(label=match[1], detail=match[2]) if match else DesignItem(label=text.strip())


def _emphasis(text: str, scene: ScriptScene, language: str) -> str:
    """The words of a phrase that carry it: a number with its unit, else a word of the heading, else its longest word."""
    if _UNCUT.search(text):
        return ""  # nothing here knows where its words begin
    for figure in figures(text, language):
        if not _DAY.match(text[figure.start :].lstrip()):
            return text[figure.start : figure.end].strip()
    words = re.findall(_COMPOUND if _SPACELESS.search(text) else r"[\w\u0900-\u097f’'-]{4,}", text)
    key = {word.casefold() for word in re.findall(r"[\w\u0900-\u097f]{4,}", f"{scene.heading} {scene.visual}")}
    shared = [word for word in words if word.casefold() in key]
    return max(shared or words, key=len, default="")


_MAKERS: tuple[tuple[SceneKind, Callable[[ScriptScene, SceneDesign], SceneDesign | None]], ...] = (
    (SceneKind.QUOTATION, _quotation),
    (SceneKind.COMPARISON, _comparison),
    (SceneKind.TIMELINE, _timeline),
    (SceneKind.DIAGRAM, _diagram),
    (SceneKind.LIST, _list),
    (SceneKind.NUMBER, _number),
    (SceneKind.COMPARISON, _contrast),
)
"""Kinds that need something in the scene, the most telling first."""
