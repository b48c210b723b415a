"""The operator's own script in Markdown -> scenes, or a refusal that names the line and says what to do.

Front matter (YAML) may give title, tags, language, voice, format, niche, description and brand. A scene is a heading with what
stands under it, or a paragraph; lists are built up on the picture, quotations stand alone. Lines inside a scene that begin with
`visual:`, `on-screen:`, `kind:` or `pause:` are instructions and are not read aloud.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import yaml

from models.errors import InvalidRequest
from models.videos.blocks import Block, blocks_of
from models.videos.brand import KEYS, AskedBrand, brand_in
from models.videos.contracts import Contract, SceneKind, ScriptScene, VideoFormat
from models.videos.decoding import decoded_text
from models.videos.formats import PROFILES
from models.videos.pace import spoken_seconds, word_count, words_in
from models.videos.scenes import MOST_SHOWN, MOST_WORDS, kind_of, repeats, shown, split_narration
from models.videos.topics import LONGEST_TITLE, clean_line, shortened

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif", ".tif", ".tiff")
CLIPS = (".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".mpg", ".mpeg", ".wmv", ".3gp", ".mts", ".m2ts")
_UNREADABLE = re.compile(r"\S.*\.(heic|heif|svg|pdf|psd|eps|ai|dng|cr2|cr3|nef|arw|raw|jxl|pptx?|docx?)", re.IGNORECASE)
_KNOWN = {"title", "tags", "language", "voice", "format", "niche", "description"} | KEYS
_TEXTS = {"title", "tags", "language", "lang", "voice", "format", "niche", "description"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATED = re.compile(
    r"(?:\d{1,2}\.?\s(?:de\s)?[^\W\d_]+\.?\s(?:de\s)?|\D{0,8})"
    r"(?:\d{3,4}\s?(?:[:：–—-]|年|년|BCE?\b|CE\b|AD\b|[vn]\.\s?Chr)|(?:1\d{3}|20\d\d)\b)"
)
"""A point that begins with a year: `500 g of flour` does not."""
_STOPS = {"ja": "。", "zh": "。", "hi": "।"}
_PAUSE, _PAUSE_AFTER_SECTION = 0.3, 0.7
_END_CARD_WORDS = 16
_SHORT_MARGIN = 0.95
"""A short may never be longer than its limit, and a voice may be slower than the estimate."""


class ParsedScript(Contract):
    """What an operator's script says. Fields that the front matter does not give are empty."""

    title: str
    scenes: tuple[ScriptScene, ...]
    language: str = ""
    voice: str = ""
    format: VideoFormat | None = None
    niche: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    words: int
    encoding: str
    media: tuple[str, ...] = ()
    """Names of the operator's own files that scenes and the brand ask for."""
    brand: AskedBrand = AskedBrand()
    warnings: tuple[str, ...] = ()

    def seconds(self, language: str = "") -> float:
        """How long the film will be, about."""
        spoken = language or self.language or "en"
        return sum(spoken_seconds(scene.narration, spoken) + scene.pause_after for scene in self.scenes)


def parse_script(data: bytes, *, name: str) -> ParsedScript:
    """The script in the file `name`.

    Raises:
        InvalidRequest: empty, huge, binary, wrongly encoded, with broken front matter, or with nothing to say; the message names
            the line, `field` is `script`.
    """
    text, encoding = decoded_text(data, name=name)
    front, body, offset = _front_matter(text, name)
    _require_texts(front, name)
    language = _language(front, name)
    brand = brand_in(front, name)
    title, blocks, warnings = blocks_of(body, name=name, first_line=offset)
    _require_readable(blocks, name)
    scenes, plain = _scenes(_with_opening(blocks), language or "en")
    if not scenes:
        raise InvalidRequest(
            f"{name} has no text to read aloud.", hint="Write what is to be said, a paragraph for each scene.", field="script"
        )
    title = clean_line(str(front.get("title") or "")) or title or _first_heading(scenes) or clean_line(PurePath(name).stem)
    scenes = _opened_and_closed(scenes, plain, title)
    if encoding == "windows-1252":
        warnings = (*warnings, f"{name} is not UTF-8; it was read as Windows-1252. Check accented letters in the captions.")
    unknown = sorted(set(front) - _KNOWN)
    if unknown:
        warnings = (*warnings, f"Front matter that means nothing here: {', '.join(unknown)}.")
    return ParsedScript(
        title=shortened(title, LONGEST_TITLE),
        scenes=scenes,
        language=language,
        voice=clean_line(str(front.get("voice") or "")),
        format=_format(front, name),
        niche=clean_line(str(front.get("niche") or "")),
        description=str(front.get("description") or "").strip(),
        tags=_tags(front),
        words=sum(word_count(scene.narration) for scene in scenes),
        encoding=encoding,
        media=tuple(dict.fromkeys((*(scene.visual for scene in scenes if is_media(scene.visual)), *brand.files()))),
        brand=brand,
        warnings=warnings,
    )


def require_fit(parsed: ParsedScript, format: VideoFormat, language: str = "", *, name: str = "The script") -> None:
    """Refuse a script that is too long for the format.

    Raises:
        InvalidRequest: says how long it would be, and how many words fit.
    """
    longest = PROFILES[format].longest
    allowed = longest * (_SHORT_MARGIN if format is VideoFormat.SHORT else 1.0)
    seconds = parsed.seconds(language)
    if seconds <= allowed:
        return
    pauses = sum(scene.pause_after for scene in parsed.scenes) * allowed / seconds
    spoken = language or parsed.language or "en"
    fitting = words_in(allowed - pauses, spoken) // 5 * 5
    others = [other.value for other in (VideoFormat.STANDARD, VideoFormat.LONG) if PROFILES[other].longest >= seconds]
    instead = f", or ask for the format {others[0]!r}" if others else ", or split it into several videos"
    raise InvalidRequest(
        f"{name} has {parsed.words:,} words, about {_duration(seconds)} when spoken; a {format.value} film is at most "
        f"{_duration(longest)}, about {fitting:,} words.",
        hint=f"Shorten it{instead}.",
        field="script",
    )


def is_media(visual: str) -> bool:
    """Whether a scene's `visual` names a file rather than describing a picture."""
    return visual.lower().endswith((*PICTURES, *CLIPS)) and "\n" not in visual


def _require_readable(blocks: list[Block], name: str) -> None:
    for block in blocks:
        kind = _UNREADABLE.fullmatch(block.visual)
        if kind:
            raise InvalidRequest(
                f"{name}: {block.visual!r} is a {kind[1].upper()} file, which a film cannot show.",
                hint="Save it as PNG or JPEG (clips as MP4) and name the new file.",
                field="script",
            )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _front_matter(text: str, name: str) -> tuple[dict[str, Any], str, int]:
    """The front matter, the rest, and how many lines the front matter took."""
    lines = text.lstrip("\n").split("\n")
    offset = text.count("\n") - (len(lines) - 1)
    if lines[0].strip() != "---":
        return {}, text, 0
    ends = [index for index, line in enumerate(lines[1:], 1) if line.strip() in ("---", "...")]
    if not ends or ends[0] > 60:
        if len(lines) > 1 and lines[1].partition(":")[0].strip().lower() in _KNOWN and ":" in lines[1]:
            raise InvalidRequest(
                f"{name}, line {offset + 1}: the front matter that begins here has no end.",
                hint="Write `---` on a line of its own after its last entry.",
                field="script",
            )
        return {}, text, 0
    try:
        front = _loaded("\n".join(lines[1 : ends[0]]))
    except RecursionError:
        raise InvalidRequest(
            f"{name}: the front matter is nested too deeply to be read.", hint="Write it as `name: value`.", field="script"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = offset + 2 + (mark.line if mark else 0)
        raise InvalidRequest(
            f"{name}, line {line}: the front matter is not valid YAML ({getattr(error, 'problem', None) or 'it cannot be read'}).",
            hint="Write it as `name: value`, and put values that hold a colon in quotes.",
            field="script",
        ) from error
    if not isinstance(front, dict):
        return {}, text, 0
    return {str(key).strip().lower(): value for key, value in front.items()}, "\n".join(lines[ends[0] + 1 :]), offset + ends[0] + 1


def _loaded(text: str) -> Any:
    """The front matter; what shall be text is text as it is written (`title: Yes`, `title: 2024-01-01`)."""
    front = yaml.safe_load(text) or {}
    if not isinstance(front, dict) or not front:
        return front
    written = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes nothing but text, lists and mappings
    texts = {key: value for key, value in written.items() if str(key).strip().lower() in _TEXTS and front.get(key) is not None}
    return {key: value for key, value in front.items() if str(key).strip().lower() not in _TEXTS} | texts


def _require_texts(front: dict[str, Any], name: str) -> None:
    for key in sorted(_TEXTS - {"tags"} & set(front)):
        if isinstance(front[key], list | dict):
            raise InvalidRequest(
                f"{name}: the {key} in the front matter is a {'list' if isinstance(front[key], list) else 'mapping'}, not text.",
                hint=f"Write one value after `{key}:`, in quotes where it holds brackets or a colon.",
                field="script",
            )


def _language(front: dict[str, Any], name: str) -> str:
    language = front.get("language", front.get("lang", ""))
    language = str(language or "").strip()
    if language and not _LANGUAGE.fullmatch(language):
        raise InvalidRequest(
            f"{name}: {language!r} is not a language.", hint="Write its code, such as en, es, de, ar, hi or ja.", field="script"
        )
    return language


def _format(front: dict[str, Any], name: str) -> VideoFormat | None:
    wished = str(front.get("format") or "").strip().lower()
    if not wished:
        return None
    try:
        return VideoFormat(wished)
    except ValueError:
        raise InvalidRequest(
            f"{name}: there is no format {wished!r}.",
            hint=f"Choose one of {', '.join(format.value for format in VideoFormat)}.",
            field="script",
        ) from None


def _tags(front: dict[str, Any]) -> tuple[str, ...]:
    tags = front.get("tags") or []
    listed = tags.split(",") if isinstance(tags, str) else list(tags)
    listed = [tag for tag in listed if isinstance(tag, str)]
    return tuple(dict.fromkeys(filter(None, (shortened(clean_line(str(tag)).lstrip("#"), 60) for tag in listed))))[:30]


def _with_opening(blocks: list[Block]) -> list[Block]:
    """A text before the first list opens the film by itself: its title is not shown beside points that come later."""
    first = blocks[0] if blocks else None
    if first is None or not (first.items and first.text) or first.heading or first.on_screen or first.kind:
        return blocks
    return [replace(first, items=[], pause=None, ends=False), replace(first, text=""), *blocks[1:]]


def _scenes(blocks: list[Block], language: str) -> tuple[tuple[ScriptScene, ...], frozenset[int]]:
    """The scenes, and which of them hold text alone: what their kind is, their words decided."""
    scenes: list[ScriptScene] = []
    plain: set[int] = set()
    kinds: list[SceneKind] = []
    for block in blocks:
        pieces = [(said, items) for said, items in _pieces(block, language) if any(char.isalnum() for char in said)]
        for index, (narration, items) in enumerate(pieces):
            kind, on_screen = _kind(block, narration, items)
            if repeats(kinds, kind) and not block.kind and kind in (SceneKind.STATEMENT, SceneKind.NUMBER):
                kind = SceneKind.PICTURE if kind is SceneKind.STATEMENT else SceneKind.STATEMENT
            kinds.append(kind)
            if not (block.items or block.quoted or block.on_screen or block.kind or is_media(block.visual)):
                plain.add(len(scenes))
            last = index == len(pieces) - 1
            pause = block.pause if block.pause is not None and last else _PAUSE_AFTER_SECTION if block.ends and last else _PAUSE
            scenes.append(
                ScriptScene(
                    index=len(scenes),
                    kind=kind,
                    heading=block.heading if index == 0 else "",
                    narration=narration,
                    visual=block.visual,
                    on_screen=on_screen,
                    pause_after=pause,
                )
            )
    return tuple(scenes), frozenset(plain)


def _pieces(block: Block, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """The narration of each scene that a block becomes, with the list points it builds."""
    if not block.items:
        return [(piece, ()) for piece in split_narration(block.text, language)]
    stop = _STOPS.get(language.replace("_", "-").split("-")[0].lower(), ".")
    parts: list[tuple[str, tuple[str, ...]]] = [(piece, ()) for piece in split_narration(block.text, language)]
    for item in block.items:
        said = item if item[-1:] in ".!?…。！？؟।:;" else f"{item}{stop}"
        parts += [(piece, (shown(item),)) for piece in split_narration(said, language)]
    return _gathered(parts)


def _gathered(parts: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """Pieces of a list joined into scenes of about equal length, each with the points that are spoken in it."""
    words = sum(word_count(said) for said, _ in parts)
    scenes = max(1, -(-words // MOST_WORDS), -(-sum(len(items) for _, items in parts) // MOST_SHOWN))
    pieces: list[tuple[str, tuple[str, ...]]] = []
    for said, items in parts:
        before, points = pieces[-1] if pieces else ("", ())
        full = (len(pieces) < scenes and word_count(before) >= 0.9 * words / scenes) or len(points) == MOST_SHOWN
        if pieces and not full and word_count(before) + word_count(said) <= MOST_WORDS:
            gap = "" if before[-1] in "。！？、，" else " "
            pieces[-1] = (f"{before}{gap}{said}", tuple(dict.fromkeys((*points, *items))))
        else:
            pieces.append((said, items))
    return pieces


def _kind(block: Block, narration: str, items: tuple[str, ...]) -> tuple[SceneKind, tuple[str, ...]]:
    on_screen = block.on_screen or items
    if block.kind:
        return block.kind, on_screen
    if is_media(block.visual):
        return (SceneKind.CLIP if block.visual.lower().endswith(CLIPS) else SceneKind.PICTURE), on_screen
    if block.quoted:
        return SceneKind.QUOTATION, block.on_screen or (shortened(block.text, 180), *filter(None, [block.author]))
    if block.on_screen:
        if re.match(r"[$€£]?\d", on_screen[0]) and len(on_screen) <= 2 and ":" not in on_screen[0]:
            return SceneKind.NUMBER, on_screen
        if len(on_screen) > 1 and all(_DATED.match(text) for text in on_screen):
            return SceneKind.TIMELINE, on_screen
        if len(on_screen) == 2 and all(": " in text for text in on_screen):
            return SceneKind.COMPARISON, on_screen
        return (SceneKind.LIST if len(on_screen) > 1 else SceneKind.STATEMENT), on_screen
    if items:
        dated = len(items) > 1 and all(_DATED.match(item) for item in items)
        return (SceneKind.TIMELINE if dated else SceneKind.LIST), items
    return kind_of(narration)


def _first_heading(scenes: tuple[ScriptScene, ...]) -> str:
    return next((scene.heading for scene in scenes if scene.heading), "")


def _opened_and_closed(scenes: tuple[ScriptScene, ...], plain: frozenset[int], title: str) -> tuple[ScriptScene, ...]:
    """A plain first scene is the film's title, a short plain last one its end card."""
    first, last = scenes[0], scenes[-1]
    if first.index in plain:
        first = first.model_copy(update={"kind": SceneKind.TITLE, "heading": first.heading or title, "on_screen": ()})
    drawn = last.kind in (SceneKind.STATEMENT, SceneKind.PICTURE)
    if len(scenes) > 2 and last.index in plain and drawn and word_count(last.narration) <= _END_CARD_WORDS:
        last = last.model_copy(update={"kind": SceneKind.END_CARD, "heading": last.heading or title})
    return (first,) if len(scenes) == 1 else (first, *scenes[1:-1], last)
