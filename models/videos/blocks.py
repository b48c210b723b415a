"""Markdown -> the blocks of a script: what is said under which heading, with the instructions that stand beside it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

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
_TOGETHER = 26
"""Words up to which paragraphs under one heading are one scene."""


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
    reader = _Reader(name, first_line)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    at = 0
    while at < len(tokens):
        at = reader.take(tokens, at)
    reader.end_section()
    return reader.title, [block for block in reader.blocks if block.text or block.items], tuple(reader.warnings)


class _Reader:
    """Walks the tokens and gathers blocks."""

    def __init__(self, name: str, first_line: int) -> None:
        self.title = ""
        self.blocks: list[Block] = []
        self.warnings: list[str] = []
        self._name = name
        self._first_line = first_line
        self._heading = ""
        self._under_heading = False
        self._waiting: dict[str, str] = {}
        """Instructions that stand before the text they belong to."""
        self._section_from = 0

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
        line = self._first_line + (token.map[0] if token.map else 0) + 1
        if token.type == "heading_open":
            self._take_heading(inside, token.tag)
        elif token.type == "paragraph_open":
            self._take_text(_plain(inside[1]), line)
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self._take_list(_items(inside), line)
        elif token.type == "blockquote_open":
            self._take_quote([_plain(part) for part in inside if part.type == "inline"], line)
        elif token.type == "table_open":
            self._take_list(_rows(inside), line)
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

    def _take_heading(self, inside: list[Token], tag: str) -> None:
        text = clean_line(_plain(inside[1]))
        if tag == "h1" and not self.title and not self.blocks:
            self.title = text
            return
        self.end_section()
        self._heading, self._under_heading = text, True

    def _take_text(self, text: str, line: int) -> None:
        said: list[str] = []
        instructions: dict[str, str] = {}
        for part in text.split("\n"):
            found = _DIRECTIVE.match(part)
            if found:
                name = found[1].lower().replace(" ", "-").replace("onscreen", "on-screen")
                before = f"{instructions[name].partition(_LINE)[0]}\n" if name == "on-screen" and name in instructions else ""
                instructions[name] = f"{before}{found[2].strip()}{_LINE}{line}"
            elif part.startswith("\0visual:"):
                instructions.setdefault("visual", f"{part[8:]}{_LINE}{line}")
            else:
                said.append(part)
            line += 1
        spoken = clean_line(" ".join(said))
        if spoken and any(char.isalnum() for char in spoken):
            self._add(Block(line=line, text=spoken), instructions)
        elif instructions:
            if len(self.blocks) > self._section_from and not self._waiting and not self._has_its_own(instructions):
                self._instruct(self.blocks[-1], instructions)
            else:
                self._waiting |= instructions

    def _has_its_own(self, instructions: dict[str, str]) -> bool:
        """Whether the last block shows something already, a quotation or list, that these would overwrite: they are for what
        comes next."""
        return bool(self.blocks[-1].quoted or self.blocks[-1].items) and not instructions.keys().isdisjoint(("on-screen", "kind"))

    def _add(self, block: Block, instructions: dict[str, str]) -> None:
        inside = len(self.blocks) > self._section_from
        before = self.blocks[-1] if inside else None
        self._instruct(block, self._waiting | instructions)
        self._waiting = {}
        together = before and self._under_heading and before.plain and block.plain
        if before and together and word_count(before.text) + word_count(block.text) <= _TOGETHER:
            before.text = f"{before.text} {block.text}"
            return
        if not inside:
            block.heading = self._heading
        self.blocks.append(block)

    def _take_list(self, items: list[str], line: int) -> None:
        items = [item for item in map(clean_line, items) if any(char.isalnum() for char in item)]
        if not items:
            return
        before = self.blocks[-1] if len(self.blocks) > self._section_from else None
        if before and not before.items and not before.quoted and not before.on_screen and word_count(before.text) <= _TOGETHER:
            before.items = items
            return
        self._add(Block(line=line, items=items), {})

    def _take_quote(self, parts: list[str], line: int) -> None:
        lines = [part for text in parts for part in text.split("\n") if part.strip()]
        author = _AUTHOR.match(lines[-1]) if len(lines) > 1 else None
        text = clean_line(" ".join(lines[:-1] if author else lines))
        if any(char.isalnum() for char in text):
            said_by = clean_line(author[1]) if author else ""
            self._add(Block(line=line, text=text, quoted=True, author=said_by), {})

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
        try:
            return SceneKind(value.strip().lower().replace(" ", "_").replace("-", "_"))
        except ValueError:
            raise InvalidRequest(
                f"{self._name}, line {line}: there is no kind of scene {value!r}.",
                hint=f"Choose one of {', '.join(kind.value for kind in SceneKind)}.",
                field="script",
            ) from None

    def _pause(self, value: str, line: str) -> float:
        found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(ms|s|seconds?)?", value.strip())
        seconds = float(found[1].replace(",", ".")) / (1000 if found[2] == "ms" else 1) if found else -1.0
        if not 0 <= seconds <= 5:
            raise InvalidRequest(
                f"{self._name}, line {line}: {value!r} is not a pause.",
                hint="Write seconds from 0 to 5: `pause: 0.8`.",
                field="script",
            )
        return seconds


def _plain(inline: Token) -> str:
    """The text of an inline token without its marks; an image stands as a line `\\0visual:NAME`."""
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(f"\n\0visual:{child.attrs.get('src', '')}\n")
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
    return html.unescape("".join(parts))


def _items(tokens: list[Token]) -> list[str]:
    """The points of a list, those of lists inside it after their own."""
    return [
        " ".join(part for part in _plain(token).split("\n") if not part.startswith("\0"))
        for token in tokens
        if token.type == "inline"
    ]


def _rows(tokens: list[Token]) -> list[str]:
    """A table as points: `first cell: the others`, without its head."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(clean_line(_plain(token)))
    return [f"{row[0]}: {', '.join(filter(None, row[1:]))}" if any(row[1:]) else row[0] for row in rows[1:] if row and row[0]]
