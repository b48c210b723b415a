"""The bytes of an operator's file -> text, or a refusal that says what it is and what to do."""

from __future__ import annotations

import codecs
import unicodedata
from itertools import pairwise

from models.errors import InvalidRequest

LARGEST = 1_000_000
"""Bytes of a script; a film of twenty minutes has about 20,000."""

_KNOWN = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive (a Word or OpenDocument file is one)",
    b"\xd0\xcf\x11\xe0": "an old Word file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a WAV, AVI or WebP file",
    b"ID3": "an MP3",
    b"\x7fELF": "a program",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "an RTF document",
    b"OggS": "an Ogg file",
    b"fLaC": "a FLAC file",
    b"\x1aE\xdf\xa3": "a Matroska or WebM film",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_SAVE = "Save it as plain text in UTF-8 and try again."


def decoded_text(data: bytes, *, name: str) -> tuple[str, str]:
    """The text with `\\n` line ends, and the name of the encoding that it was read as.

    Raises:
        InvalidRequest: empty, too large, binary, or in an encoding that cannot be told.
    """
    if not data.strip(b" \t\r\n\x00"):
        raise InvalidRequest(f"{name} is empty.", hint="Write the script into it, a paragraph for each scene.", field="script")
    if len(data) > LARGEST:
        raise InvalidRequest(
            f"{name} has {len(data) / 1_000_000:.1f} MB; a script has at most {LARGEST / 1_000_000:.0f} MB.",
            hint="Is it the right file? Split a very long script into several videos.",
            field="script",
        )
    known = "an MP4 film" if data[4:8] == b"ftyp" else next((kind for magic, kind in _KNOWN.items() if data.startswith(magic)), "")
    if known:
        raise InvalidRequest(f"{name} is {known}, not text.", hint=_SAVE, field="script")
    text, encoding = _decoded(data, name)
    if sum(_unwanted(char) for char in text) > max(2, len(text) // 200):
        raise InvalidRequest(f"{name} is not text: it is full of control characters.", hint=_SAVE, field="script")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return without_controls(text), encoding


def without_controls(text: str) -> str:
    """The text without control characters and characters of private use; line ends and tabs stay."""
    return "".join(char for char in text if not _unwanted(char))


def _unwanted(char: str) -> bool:
    return (unicodedata.category(char) in ("Cc", "Co") and char not in "\n\r\t") or char == "\ufeff"


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise InvalidRequest(
                    f"{name} says that it is {encoding.upper()}, but is broken at byte {error.start + len(mark)}.",
                    hint=_SAVE,
                    field="script",
                ) from error
    if b"\x00" in data:
        return _without_mark(data, name), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        return _western(data, name, error), "windows-1252"


def _without_mark(data: bytes, name: str) -> str:
    """UTF-16 of mostly Latin text without a byte order mark: every other byte is zero."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 == 0 and max(even, odd) > 0.3 * len(data) / 2 and min(even, odd) < 0.02 * len(data):
        try:
            return data.decode("utf-16-le" if odd > even else "utf-16-be")
        except UnicodeDecodeError:
            pass
    raise InvalidRequest(f"{name} is binary data, not text.", hint=_SAVE, field="script")


def _western(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    """Text of an older Western program, when it really looks like that; else a refusal that names the first bad line."""
    line = data[: error.start].count(b"\n") + 1
    refusal = InvalidRequest(
        f"{name} is not UTF-8 (line {line} has a byte that does not belong there) and its encoding cannot be told.",
        hint=_SAVE,
        field="script",
    )
    try:
        text = data.decode("windows-1252")
    except UnicodeDecodeError:
        raise refusal from error
    high = [char for char in text if ord(char) > 127]
    letters = sum(char in "äöüÄÖÜßéèêëàâáíìîïóòôúùûñçÉÀÑÇåæøÅÆØ¿¡–—‘’“”„…«»°€£ " for char in high)
    # Two such letters in a row are rare in the West and the rule in Cyrillic, Arabic or broken UTF-8.
    pairs = sum(ord(a) > 191 and ord(b) > 127 for a, b in pairwise(text))
    if letters < 0.9 * len(high) or pairs > max(2, len(high) // 4) or len(high) > 0.2 * len(text):
        raise refusal from error
    return text
