"""Markdown -> the blocks of a script: what is said under which heading, with the instructions that stand beside it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from models.errors import InvalidRequest
from models.videos.contracts import SceneKind
from models.videos.pace import word_count
from models.videos.topics import clean_line

_DIRECTIVE = re.compile(r"^\s*(visual|on[- ]?screen|kind|pause)\s*:\s*(.*)$", re.IGNORECASE)
_AUTHOR = re.compile(r"^\s*[—–-]{1,2}\s*(\S.*)$")
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]*>", re.DOTALL | re.IGNORECASE)
_LINE = "\0"
"""Between an instruction and the number of its line."""
_PICTURE = "\0visual:"
"""Begins the line as which an image stands."""
_NEW_LINE = re.compile(r"\r\n?|\n")
_SENTENCE = re.compile(r"[.!?…。！？।؟:;]\W*$")
_STATEMENT = re.compile(r"[.…。।:;]\W*$")
_HEADING = 8
"""Words that a heading with a line under it has at most."""
_TOGETHER = 26
"""Words up to which paragraphs under one heading are one scene."""


_Point = tuple[list[str], dict[str, str]]
"""The lines of a list's point or a quotation's paragraph, and the instructions that stand in it or below."""


@dataclass
class Block:
    """What becomes a scene, or several when it is long."""

    line: int
    heading: str = ""
    text: str = ""
    items: list[str] = field(default_factory=list)
    quoted: bool = False
    author: str = ""
    visual: str = ""
    on_screen: tuple[str, ...] = ()
    kind: SceneKind | None = None
    pause: float | None = None
    ends: bool = False
    """The last of its heading: a longer pause follows."""

    @property
    def plain(self) -> bool:
        """Text alone, without instructions of its own."""
        return not (self.items or self.quoted or self.on_screen or self.kind or self.visual or self.pause is not None)


def blocks_of(body: str, *, name: str, first_line: int) -> tuple[str, list[Block], tuple[str, ...]]:
    """The title (a heading of the first level, empty where there is none), the blocks, and warnings.

    Raises:
        InvalidRequest: an instruction that cannot be followed; names the line.
    """
    reader = _Reader(name, first_line, _NEW_LINE.split(body))
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    at = 0
    while at < len(tokens):
        at = reader.take(tokens, at)
    reader.end_section()
    return reader.title, [block for block in reader.blocks if block.text or block.items], tuple(reader.warnings)


class _Reader:
    """Walks the tokens and gathers blocks."""

    def __init__(self, name: str, first_line: int, lines: list[str]) -> None:
        self.title = ""
        self.blocks: list[Block] = []
        self.warnings: list[str] = []
        self._name = name
        self._first_line = first_line
        self._lines = lines
        self._heading = ""
        self._under_heading = False
        self._waiting: dict[str, str] = {}
        """Instructions that stand before the text they belong to."""
        self._section_from = 0
        self._apart = False
        """A rule was drawn: what follows is another scene."""

    def take(self, tokens: list[Token], at: int) -> int:
        """Take the construct that begins at `tokens[at]`; returns where the next one begins."""
        token = tokens[at]
        end = at + 1
        if token.nesting == 1:
            depth = 1
            while depth:
                depth += tokens[end].nesting
                end += 1
        inside = tokens[at:end]
        line = self._line(token)
        if token.type == "heading_open" and not self._is_underlined_text(token):
            self._take_heading(_plain(inside[1]), token.tag, line)
        elif token.type in ("heading_open", "paragraph_open"):
            self._take_text(_plain(inside[1]), line)
            self._apart = token.type == "heading_open" or self._apart
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self._take_points(self._items(inside), line)
        elif token.type == "blockquote_open":
            self._take_quote(self._items(inside), line)
        elif token.type == "table_open":
            self._take_points(self._rows(inside), line)
        elif token.type == "hr":
            self._apart = True
        elif token.type in ("fence", "code_block"):
            self.warnings.append(f"{self._name}, line {line}: program text is not read aloud and was left out.")
        elif token.type == "html_block":
            self._take_text(_TAG.sub(" ", token.content), line)
        return end

    def end_section(self) -> None:
        """A heading or the end of the text: what was gathered under the last heading is closed."""
        if self._waiting and len(self.blocks) > self._section_from:
            self._instruct(self.blocks[-1], self._waiting)
            self._waiting = {}
        if self._heading and len(self.blocks) == self._section_from:
            self.blocks.append(Block(line=self._first_line, heading=self._heading, text=self._heading))
        if len(self.blocks) > self._section_from:
            self.blocks[-1].ends = True
        self._section_from = len(self.blocks)
        self._apart = False

    def _take_heading(self, text: str, tag: str, line: int) -> None:
        said, pictures = _parted(text, line, begins=True)
        heading = clean_line(" ".join(said))
        if tag == "h1" and not self.title and not self.blocks:
            self.title = heading
        else:
            self.end_section()
            self._heading, self._under_heading = heading, True
        _join(self._waiting, pictures)

    def _line(self, token: Token) -> int:
        return self._first_line + (token.map[0] if token.map else 0) + 1

    def _is_underlined_text(self, token: Token) -> bool:
        """Whether a heading by the line under it is text with a rule below: under several lines, an instruction, many words or what
        ends as a sentence does; a longer rule may underline a question or a call."""
        if token.markup != "-" or token.map is None:
            return False
        *text, rule = self._lines[slice(*token.map)]
        ends = (_SENTENCE if rule.strip() == "---" else _STATEMENT).search(text[0])
        return len(text) > 1 or bool(ends or _DIRECTIVE.match(text[0])) or word_count(text[0]) > _HEADING

    def _take_text(self, text: str, line: int) -> None:
        said, instructions = _parted(text, line)
        spoken = clean_line(" ".join(said))
        if spoken and any(char.isalnum() for char in spoken):
            self._add(Block(line=line, text=spoken), instructions)
        else:
            self._take_instructions(instructions)

    def _take_instructions(self, instructions: dict[str, str]) -> None:
        """Those that stand alone or below something: they are for what is above, else for what follows."""
        if not instructions:
            return
        before = self._before()
        if before and not self._waiting and not self._has_its_own(before, instructions):
            self._instruct(before, instructions)
        else:
            _join(self._waiting, instructions)

    def _before(self) -> Block | None:
        """The block of the same heading that what comes now may belong to."""
        return self.blocks[-1] if len(self.blocks) > self._section_from and not self._apart else None

    def _has_its_own(self, block: Block, instructions: dict[str, str]) -> bool:
        """Whether a block shows something already, a quotation or list, that these would overwrite: they are for what comes
        next."""
        return bool(block.quoted or block.items) and not instructions.keys().isdisjoint(("on-screen", "kind"))

    def _add(self, block: Block, instructions: dict[str, str]) -> None:
        inside = len(self.blocks) > self._section_from
        before = self._before()
        self._apart = False
        self._instruct(block, self._waiting | instructions)
        self._waiting = {}
        together = before and self._under_heading and before.plain and block.plain
        if before and together and word_count(before.text) + word_count(block.text) <= _TOGETHER:
            before.text = f"{before.text} {block.text}"
            return
        if not inside:
            block.heading = self._heading
        self.blocks.append(block)

    def _take_points(self, points: list[_Point], line: int) -> None:
        """A list or table. Where several points have a picture of their own, each picture is shown with its points."""
        pictures = sum("visual" in instructions for _, instructions in points)
        items: list[str] = []
        below: dict[str, str] = {}
        for said, instructions in points:
            items.append(" ".join(said))
            _join(below, instructions)
            if pictures > 1 and "visual" in instructions:
                self._take_list(items, line)
                self._take_instructions(below)
                items, below = [], {}
        self._take_list(items, line)
        self._take_instructions(below)

    def _take_list(self, items: list[str], line: int) -> None:
        items = [item for item in map(clean_line, items) if any(char.isalnum() for char in item)]
        if not items:
            return
        before = self._before()
        if before and not before.items and not before.quoted and not before.on_screen and word_count(before.text) <= _TOGETHER:
            before.items = items
            return
        self._add(Block(line=line, items=items), {})

    def _take_quote(self, parts: list[_Point], line: int) -> None:
        lines = [text for said, _ in parts for text in said if text.strip()]
        below: dict[str, str] = {}
        for _, instructions in parts:
            _join(below, instructions)
        author = _AUTHOR.match(lines[-1]) if len(lines) > 1 else None
        text = clean_line(" ".join(lines[:-1] if author else lines))
        if any(char.isalnum() for char in text):
            said_by = clean_line(author[1]) if author else ""
            self._add(Block(line=line, text=text, quoted=True, author=said_by), {})
        self._take_instructions(below)

    def _items(self, tokens: list[Token]) -> list[_Point]:
        """The points of a list, those of lists inside it after their own, or the paragraphs of a quotation."""
        points: list[_Point] = []
        begins = False
        for token in tokens:
            if token.type in ("list_item_open", "blockquote_open"):
                begins = True
            elif token.type == "inline":
                source = self._lines[slice(*token.map)] if token.map else []
                points.append(_parted(_plain(token), self._line(token), begins=begins, source=source))
                begins = False
        return points

    def _rows(self, tokens: list[Token]) -> list[_Point]:
        """A table as points: `first cell: the others`, without its head. A line of instructions below it is taken for a row."""
        rows: list[tuple[list[str], dict[str, str]]] = []
        below = False
        for token in tokens:
            if token.type == "tr_open":
                source = self._lines[token.map[0]] if token.map else ""
                found = _DIRECTIVE.match(source)
                below = bool(found and ("|" not in source or found[1].lower().startswith("on")))
                rows.append(([], _parted(source, self._line(token))[1] if below else {}))
            elif token.type == "inline" and not below:
                said, pictures = _parted(_plain(token), self._line(token), begins=True)
                rows[-1][0].append(clean_line(" ".join(said)))
                _join(rows[-1][1], pictures)
        return [([], rows[0][1]), *(_row(cells, instructions) for cells, instructions in rows[1:])] if rows else []

    def _instruct(self, block: Block, instructions: dict[str, str]) -> None:
        for name, value in instructions.items():
            value, _, line = value.partition(_LINE)
            if name == "visual":
                block.visual = clean_line(value).strip("\"'`“”„«»").strip()
            elif name == "on-screen":
                # One line may hold several texts; of several lines, each is one.
                parts = re.split(r"\s*[|\n]\s*" if "\n" in value else r"\s*[|;]\s*", value)
                block.on_screen = (*block.on_screen, *filter(None, map(clean_line, parts)))
            elif name == "kind":
                block.kind = self._kind(value, line)
            else:
                block.pause = self._pause(value, line)

    def _kind(self, value: str, line: str) -> SceneKind:
        kind = _kind_of(value)
        if kind is None:
            raise InvalidRequest(
                f"{self._name}, line {line}: there is no kind of scene {value!r}.",
                hint=f"Choose one of {', '.join(kind.value for kind in SceneKind)}.",
                field="script",
            )
        return kind

    def _pause(self, value: str, line: str) -> float:
        seconds = _seconds_of(value)
        if seconds is None:
            raise InvalidRequest(
                f"{self._name}, line {line}: {value!r} is not a pause.",
                hint="Write seconds from 0 to 5: `pause: 0.8`.",
                field="script",
            )
        return seconds


def _kind_of(value: str) -> SceneKind | None:
    name = value.strip().lower().replace(" ", "_").replace("-", "_")
    return SceneKind(name) if name in set(SceneKind) else None


def _seconds_of(value: str) -> float | None:
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(ms|s|seconds?)?", value.strip())
    seconds = float(found[1].replace(",", ".")) / (1000 if found[2] == "ms" else 1) if found else -1.0
    return seconds if 0 <= seconds <= 5 else None


def _is_said(found: re.Match[str], written: str) -> bool:
    """Whether a line that looks like an instruction is text of the point or quotation that it is written in: `Pause: they wait.`"""
    name, value = found[1].lower(), found[2]
    unfit = (name == "kind" and _kind_of(value) is None) or (name == "pause" and _seconds_of(value) is None)
    return unfit and written[:1] in (" ", "\t", ">")


def _parted(text: str, line: int, *, begins: bool = False, source: Sequence[str] = ()) -> _Point:
    """The lines that are said, and the instructions among them; with `begins` the first line is said, whatever it looks like.
    `source`: the lines as they are written, in a list or quotation.
    """
    said: list[str] = []
    instructions: dict[str, str] = {}
    for at, part in enumerate(text.split("\n")):
        found = None if begins and at == 0 else _DIRECTIVE.match(part)
        if found and not _is_said(found, source[at] if at < len(source) else ""):
            name = found[1].lower().replace(" ", "-").replace("onscreen", "on-screen")
            _join(instructions, {name: f"{found[2].strip()}{_LINE}{line + at}"})
        elif part.startswith(_PICTURE):
            instructions.setdefault("visual", f"{part.removeprefix(_PICTURE)}{_LINE}{line + at}")
        else:
            said.append(part)
    return said, instructions


def _join(instructions: dict[str, str], more: dict[str, str]) -> None:
    """Add instructions to others: a later one replaces an earlier one, texts on the picture add up."""
    for name, value in more.items():
        before = f"{instructions[name].partition(_LINE)[0]}\n" if name == "on-screen" and name in instructions else ""
        instructions[name] = f"{before}{value}"


def _row(cells: list[str], instructions: dict[str, str]) -> _Point:
    """`first cell: the others`; nothing is said where the first is empty, unless a picture stands in it."""
    if cells and not cells[0] and instructions:
        cells = cells[1:]
    if not cells or not cells[0]:
        return [], instructions
    others = ", ".join(filter(None, cells[1:]))
    return [f"{cells[0]}: {others}" if others else cells[0]], instructions


def _plain(inline: Token) -> str:
    """The text of an inline token without its marks; an image stands as a line `\\0visual:NAME`."""
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(f"\n{_PICTURE}{clean_line(unquote(str(child.attrs.get('src', ''))))}\n")
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
    return html.unescape("".join(parts))
