"""How a film is described where it is published: title, description with chapters and credits, tags.

YouTube's limits (title 100 characters, description 5,000 bytes, tags 500 characters in all, chapters from 0:00, at least
three of at least ten seconds, no angle brackets) hold for every publisher, so that a folder can be uploaded by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel, Field

from models.videos.contracts import Script, Take, VideoRequest
from models.videos.finishing import FilmMetadata
from models.videos.metadata_words import CATEGORIES, STOP_WORDS, WORDS
from models.videos.sentences import sentences_of

BUILDER_VERSION = 1
"""Part of the artifact's digest: raise it when the rules below change."""

TITLE_CHARACTERS = 100
TITLE_WISHED = 70
"""A search result shows about this much of a title."""
DESCRIPTION_BYTES = 5_000
SOURCES_BYTES, SOURCE_BYTES, OPENING_BYTES = 1_500, 300, 500
"""What all sources and one of them may take of it, and what they leave for the opening."""
TAG_CHARACTERS = 500
TAG_LENGTH = 30
TAGS_FEWEST, TAGS_MOST = 8, 15
CHAPTER_SECONDS = 10.0
CHAPTERS_FEWEST = 3


class SceneTimes(BaseModel):
    """A scene's place in the film, in frames."""

    first_frame: int
    frames: int


class OutputTimes(BaseModel):
    """Frames a second."""

    fps: int


class FilmTimes(BaseModel):
    """What a description needs of a timeline; the rest of it is ignored."""

    output: OutputTimes
    scenes: tuple[SceneTimes, ...] = Field(min_length=1)
    first_scene: int = 0

    def starts(self) -> list[float]:
        """The start in seconds of each scene of the script; an intro before them counts as none."""
        return [scene.first_frame / self.output.fps for scene in self.scenes[self.first_scene :]]

    @property
    def seconds(self) -> float:
        """Length of the film."""
        last = self.scenes[-1]
        return (last.first_frame + last.frames) / self.output.fps


class Chapter(NamedTuple):
    """A chapter's start in seconds and its name."""

    start: float
    name: str


def build_metadata(
    request: VideoRequest, script: Script, times: FilmTimes, takes: Sequence[Take], *, playlist: str = ""
) -> FilmMetadata:
    """What is published with the film."""
    title = fit_title(request.title or script.title or request.topic)
    tags = choose_tags(request, script)
    owed = [
        _listed("chapters", [f"{_clock(chapter.start)} {chapter.name}" for chapter in chapters_of(script, times)], script.language),
        _listed("credits", credits_of(takes), script.language),
    ]
    return FilmMetadata(
        title=title,
        description=_fit_description(_opening(script, title), owed, script),
        tags=tags,
        language=script.language or request.language,
        category=CATEGORIES.get(request.niche.casefold(), CATEGORIES["general"]),
        playlist=playlist,
    )


def fit_title(text: str) -> str:
    """A title without what YouTube refuses, cut at a word within 100 characters."""
    text = _clean(text) or "Video"
    if len(text) <= TITLE_CHARACTERS:
        return text
    cut = text[: TITLE_CHARACTERS - 1]
    head, _, tail = cut.rpartition(" ")
    if head and len(tail) < TITLE_CHARACTERS - TITLE_WISHED:
        cut = head
    return cut.rstrip(" ,;:.-–—") + "…"


def chapters_of(script: Script, times: FilmTimes) -> list[Chapter]:
    """The scenes that carry a heading as chapters; empty when the film is too short to have three.

    The first begins at 0:00; a scene that would make a chapter of under ten seconds belongs to the one before it.
    """
    starts = times.starts()
    chapters: list[Chapter] = []
    for scene in script.scenes:
        name = _clean(scene.heading)[:80]
        if not name or scene.index >= len(starts):
            continue
        start = starts[scene.index] if chapters else 0.0
        if chapters and (name == chapters[-1].name or start - chapters[-1].start < CHAPTER_SECONDS):
            continue
        chapters.append(Chapter(start, name))
    while len(chapters) > 1 and times.seconds - chapters[-1].start < CHAPTER_SECONDS:
        chapters.pop()
    return chapters if len(chapters) >= CHAPTERS_FEWEST else []


def credits_of(takes: Iterable[Take]) -> list[str]:
    """One line a work: the line its licence wants, or author, licence and page, each once, in the order of the film."""
    lines: dict[str, None] = {}
    for take in takes:
        named = " · ".join(part for part in (take.author, take.licence, take.page) if part)
        line = take.credit or (named if take.author or take.page else "")
        if line:
            lines.setdefault(f"- {_clean(line)}")
    return list(lines)


def choose_tags(request: VideoRequest, script: Script) -> tuple[str, ...]:
    """8 to 15 tags where the words allow: the operator's and the script's, then the words the script speaks of most."""
    given = [*request.tags, *script.tags, request.topic if len(request.topic) <= TAG_LENGTH else ""]
    chosen: list[str] = []
    for tag in given:
        _add_tag(chosen, tag)
    if request.niche != "general":
        _add_tag(chosen, request.niche)
    for word in _telling_words(script):
        if len(chosen) >= TAGS_FEWEST:
            break
        _add_tag(chosen, word)
    return tuple(chosen[:TAGS_MOST])


def tags_length(tags: Iterable[str]) -> int:
    """Length as YouTube counts it: with the commas between tags, and quotation marks around those with a space."""
    lengths = [len(tag) + (2 if " " in tag else 0) for tag in tags]
    return sum(lengths) + max(0, len(lengths) - 1)


def _add_tag(chosen: list[str], tag: str) -> None:
    tag = _clean(tag.replace(",", " ").replace('"', " ").lstrip("#"))
    known = {known.casefold() for known in chosen}
    if tag and len(tag) <= TAG_LENGTH and tag.casefold() not in known and tags_length([*chosen, tag]) <= TAG_CHARACTERS:
        chosen.append(tag)


def stop_words(language: str) -> frozenset[str]:
    """Words of four letters and more that tell nothing of a topic: those of the language, and English ones."""
    return STOP_WORDS.get(language.split("-")[0], frozenset()) | STOP_WORDS["en"]


def _telling_words(script: Script) -> list[str]:
    """Words of headings and narration, most frequent first; headings count threefold."""
    stop = stop_words(script.language)
    counts: dict[str, int] = {}
    texts = [
        (script.title, 3),
        *((scene.heading, 3) for scene in script.scenes),
        *((scene.narration, 1) for scene in script.scenes),
    ]
    for text, weight in texts:
        for word in re.findall(r"[^\W\d_]+(?:[\u0300-\u036f\u0900-\u097f][^\W\d_]*)*", text.casefold()):
            if len(word) >= 4 and word not in stop:
                counts[word] = counts.get(word, 0) + weight
    return sorted(counts, key=lambda word: (-counts[word], word))


def _opening(script: Script, title: str) -> str:
    """Two lines that are seen before "more": the promise of the film, and what it is."""
    hook = _clean(script.hook)
    about = "\n".join(_clean(line) for line in script.description.splitlines()).strip()
    if not hook and not about:
        first = next((scene.narration for scene in script.scenes if scene.narration.strip()), "")
        hook = next(iter(sentences_of(_clean(first), script.language)), "")[:200]
    lines = [line for line in (hook or title, about) if line]
    return "\n".join(dict.fromkeys(lines))


def _listed(heading: str, lines: Sequence[str], language: str) -> str:
    if not lines:
        return ""
    words = WORDS.get(language.split("-")[0], WORDS["en"])
    return "\n".join([f"{words[heading]}:", *lines])


def _fit_description(opening: str, owed: Sequence[str], script: Script) -> str:
    """Opening, chapters, sources and credits with empty lines between them, within 5,000 bytes.

    Chapters and credits are `owed`: sources give way to them, and the opening to both. Sources come whole or not at all, and
    leave room for an opening.
    """
    chapters, credited = [_no_brackets(part).strip() for part in owed]
    tail = "\n\n".join(part for part in (chapters, credited) if part)
    room = DESCRIPTION_BYTES - len(tail.encode()) - (2 if tail else 0)
    if room < 0:
        return _cut(tail, DESCRIPTION_BYTES)
    opening = _no_brackets(opening).strip()
    sources = _sources(script, min(SOURCES_BYTES, room - min(len(opening.encode()), OPENING_BYTES) - 4))
    if sources:
        room -= len(sources.encode()) + 2
    return "\n\n".join(part for part in (_cut(opening, room), chapters, sources, credited) if part)


def _sources(script: Script, room: int) -> str:
    """The first sources that fit into `room` bytes under their heading."""
    lines = [f"- {_cut(_no_brackets(source).strip(), SOURCE_BYTES)}" for source in script.sources]
    while lines and len(_listed("sources", lines, script.language).encode()) > room:
        lines.pop()
    return _listed("sources", lines, script.language)


def _cut(text: str, size: int) -> str:
    """At most `size` bytes of UTF-8, never half a character, preferably whole lines or words."""
    if len(text.encode()) <= size:
        return text
    short = text.encode()[: max(0, size - 3)].decode(errors="ignore")
    for mark in ("\n", " "):
        head = short.rpartition(mark)[0]
        if len(head) > len(short) * 0.8:
            short = head
            break
    return f"{short.rstrip()}…" if short else ""


def _clean(text: str) -> str:
    """One line without control characters, angle brackets or runs of spaces."""
    plain = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in unicodedata.normalize("NFC", text)
    )
    return " ".join(_no_brackets(plain).split())


def _no_brackets(text: str) -> str:
    """YouTube refuses angle brackets in titles and descriptions; these look alike."""
    return text.replace("<", "‹").replace(">", "›")


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
