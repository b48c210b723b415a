"""Text is shaped as its script asks, fits where it is told to, and captions stay in two lines within their margins."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.render.designs import Frame
from activities.render.fonts import CJK, FAMILIES, demand_fonts, missing_packages
from activities.render.phrases import join_words
from activities.render.plan import caption_style
from activities.render.text import caption_states, measure, rasterise_text
from activities.render.timeline import CaptionPage, CaptionWord, Font, TextContent
from models.errors import Misconfigured
from models.videos.numerals import format_number
from models.videos.palettes import PALETTES

PAGES = {
    "en": [["Sunlight", "looks", "white,"], ["but", "it", "holds", "every", "colour"]],
    "es": [["¿Por", "qué", "es", "azul"], ["el", "cielo?"]],
    "de": [["Donaudampfschifffahrtsgesellschaftskapitän"], ["und", "Straßenbahn"]],
    "ar": [["ضوء", "الشمس", "يبدو"], ["أبيض", "Rayleigh", "لكنه"]],
    "hi": [["सूरज", "की", "रोशनी"], ["क्षण", "भर", "में"]],
    "ja": [["太陽", "の", "光", "は"], ["白く", "見え", "ます。"]],
    "mixed": [["🚀", "Mars", "2030"], ["महान", "शुक्रिया", "谢谢"]],
}


def content(
    text: str, *, width: float = 0.0, lines: int = 3, size: float = 40, language: str = "en", **font: object
) -> TextContent:
    return TextContent(text=text, font=Font(size=size, **font), width=width, max_lines=lines, language=language)  # type: ignore[arg-type]


def ink(picture: np.ndarray) -> np.ndarray:
    """Where a picture has any colour, as shares of its width: first and last inked column, and each inked column's weight."""
    return picture[..., 3].sum(axis=0)


def page_of(lines: list[list[str]], language: str = "en", start: float = 2.0) -> CaptionPage:
    at, built = start, []
    for line in lines:
        words = []
        for word in line:
            words.append(CaptionWord(text=word, start=at + 0.05, end=at + 0.25))
            at += 0.3
        built.append(tuple(words))
    return CaptionPage(start=start, end=at + 0.4, lines=tuple(built), language=language)


def test_devanagari_conjuncts_are_joined() -> None:
    """क + virama + ष is one sign: narrower than its parts set apart by a non-joiner."""
    joined_up, apart = measure(content("क्ष" * 5, language="hi")), measure(content("क्\u200cष" * 5, language="hi"))
    assert joined_up.width < 0.9 * apart.width


def test_arabic_letters_join_within_a_word() -> None:
    assert (
        measure(content("ببببب", language="ar")).width
        < 0.75 * measure(content("ب\u200cب\u200cب\u200cب\u200cب", language="ar")).width
    )


def test_arabic_begins_at_the_right_and_latin_in_it_keeps_its_own_order() -> None:
    """In a right-to-left line the first word is the rightmost: here the short coloured one."""
    picture = rasterise_text(
        TextContent(
            text="ضوء Rayleigh 42", font=Font(size=40, colour="#000000"), language="ar", accent="ضوء", accent_colour="#ff0000"
        )
    )
    red = picture[..., 0].astype(int).sum(axis=0)
    first, last = np.nonzero(red)[0][[0, -1]]
    assert first > picture.shape[1] * 0.6
    assert last > picture.shape[1] * 0.9


def test_emoji_are_in_colour() -> None:
    picture = rasterise_text(content("❤️ 🇩🇪", size=60))
    solid = picture[picture[..., 3] > 200][:, :3].astype(int)
    assert (solid.max(axis=1) - solid.min(axis=1)).max() > 150


@pytest.mark.parametrize("text", ["Why?", "لماذا؟", "क्यों?", "なぜ？", "Γιατί;", "Почему?", "ทำไม", "왜?", "为什么？", "∑ → ½ €"])
def test_every_script_has_glyphs(text: str) -> None:
    """No text falls to the box that stands for a missing glyph: that has the same picture for any character."""
    shown = rasterise_text(content(text))
    missing = rasterise_text(content("\U000e0fff" + "".join("\U0001fbff" for _ in text)))
    assert ink(shown).sum() > 0
    assert shown.shape != missing.shape or not np.array_equal(shown, missing)


def test_a_text_too_long_shrinks_then_breaks_and_is_cut_at_last() -> None:
    short = measure(content("A few words", width=300, lines=2))
    long = measure(content("A good many more words than two lines can hold at this size", width=300, lines=2))
    endless = measure(content("word " * 200, width=300, lines=2))
    assert short.size == 40
    assert long.size < 40
    assert long.lines <= 2
    assert endless.text.endswith("…")
    for box in (short, long, endless):
        assert box.text_width <= 300


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Co", "Cn"]), max_size=120),
    st.integers(60, 500),
    st.integers(1, 4),
)
def test_any_text_stays_in_its_width_and_lines(text: str, width: int, lines: int) -> None:
    box = measure(content(text, width=width, lines=lines, size=36))
    assert box.text_width <= width + 1
    assert box.lines <= lines


def test_the_same_text_is_the_same_picture() -> None:
    one = content("आकाश 空 sky 🌍", width=200, outline=2, shadow=4)
    assert np.array_equal(rasterise_text(one), rasterise_text(one))


@pytest.mark.parametrize("shadow", [3, 24])
def test_a_shadow_is_black_soft_and_lies_below_the_letters(shadow: int) -> None:
    with_it = content("Sky", size=120, shadow=shadow)
    plain, box = rasterise_text(content("Sky", size=120)), measure(with_it)
    edge = (box.width - plain.shape[1]) // 2
    letters = np.pad(plain[..., 3], edge)
    picture = rasterise_text(with_it)
    assert picture.shape[:2] == letters.shape
    under = np.where(letters == 0, picture[..., 3], 0).astype(int)
    assert 20 < under.max() <= 180  # seven tenths of 255
    assert (picture[letters == 0][:, :3] == 0).all()
    assert np.abs(np.diff(under.max(axis=1))).max() < 180 / max(shadow / 8, 1)
    rows = np.arange(len(under))
    assert (picture[..., 3] * rows[:, None]).sum() / picture[..., 3].sum() > (letters * rows[:, None]).sum() / letters.sum() + 0.5


def test_an_accent_colours_whole_words_only() -> None:
    plain = content("Interesting interest", size=40).model_copy(update={"accent": "interest", "accent_colour": "#ff0000"})
    torn = content("Interesting", size=40).model_copy(update={"accent": "Interest", "accent_colour": "#ff0000"})
    picture = rasterise_text(plain)
    red = (picture[..., 0].astype(int) - picture[..., 1]).clip(0).sum(axis=0)
    assert np.nonzero(red)[0][0] > picture.shape[1] * 0.4
    assert (rasterise_text(torn)[..., 0] == rasterise_text(torn)[..., 1]).all()


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1280, 720)])
def test_captions_lie_in_two_lines_inside_their_margins(language: str, size: tuple[int, int]) -> None:
    frame = Frame(*size)
    style = caption_style(frame, PALETTES["science"][0])
    states = caption_states(page_of(PAGES[language], language), style)
    vertical = frame.vertical
    for _, _, picture, left, top in states:
        rows, columns = np.nonzero(picture[..., 3].max(axis=1) > 8)[0], np.nonzero(picture[..., 3].max(axis=0) > 8)[0]
        assert top + rows[0] >= (0.55 if vertical else 0.78) * size[1]
        assert top + rows[-1] < (0.70 if vertical else 0.92) * size[1] + 1
        assert left + columns[0] >= 0.02 * size[0]
        assert left + columns[-1] < (0.87 if vertical else 0.98) * size[0]
        assert picture.shape[0] < 3.4 * style.font.size * 1.3


def test_each_spoken_word_is_lit_in_its_own_time_and_nothing_flickers_between() -> None:
    page = page_of(PAGES["en"])
    style = caption_style(Frame(640, 360), PALETTES["general"][0])
    states = caption_states(page, style)
    words = [word for line in page.lines for word in line]
    assert len(states) == len(words)
    assert states[0][0] == page.start
    assert states[-1][1] == page.end
    for (_, end, one, *_), (start, _, other, *_) in pairwise(states):
        assert end == start
        assert not np.array_equal(one, other)
    for state, word in zip(states[1:], words[1:], strict=True):
        assert abs(state[0] - word.start) < 0.08


def test_a_caption_line_that_is_too_wide_is_set_smaller() -> None:
    style = caption_style(Frame(640, 360), PALETTES["general"][0])
    wide = caption_states(page_of([["Incomprehensibilities"] * 6]), style)[0][2]
    ink_columns = np.nonzero(wide[..., 3].max(axis=0) > 8)[0]
    assert ink_columns[-1] - ink_columns[0] <= style.width + 2 * style.font.size


def test_words_are_joined_as_their_script_joins_them() -> None:
    assert join_words(["太陽", "の", "光"], "ja") == "太陽の光"
    assert join_words(["光は", "1秒間に"], "ja") == "光は1秒間に"
    assert join_words(["blue", "light"], "en") == "blue light"


@pytest.mark.parametrize(
    ("text", "language", "whole"),
    [("空の家族👨\u200d👩\u200d👧です", "ja", "👨\u200d👩\u200d👧"),
     ("日本🇯🇵の空", "ja", "🇯🇵"), ("赤いハート❤\ufe0fと光", "ja", "❤\ufe0f"),
     ("ที่นี่มีน้ำทะเลสีฟ้า", "th", "ที่"), ("が\u3099ん", "ja", "が\u3099")],
)  # fmt: skip
def test_what_binds_a_phrase_stands_inside_no_letter_and_no_emoji(text: str, language: str, whole: str) -> None:
    set_text = measure(TextContent(text=text, font=Font(size=40), width=300, language=language)).text
    assert unicodedata.normalize("NFC", whole) in set_text


@pytest.mark.parametrize(
    ("value", "decimals", "language", "written"),
    [(1234567.5, 1, "en", "1,234,567.5"), (1234567.5, 1, "de", "1.234.567,5"), (1234567, 0, "hi", "12,34,567"),
     (1.618, 3, "en", "1.618"), (1234.567, 3, "da", "1.234,567"), (1234.5, 1, "cs", "1\u202f234,5"),
     (-3.2, 1, "en", "−3.2"),
     (-0.2, 0, "en", "0"), (999, 0, "es", "999")],
)  # fmt: skip
def test_numbers_are_written_as_their_language_writes_them(value: float, decimals: int, language: str, written: str) -> None:
    assert format_number(value, decimals, language) == written


def test_missing_fonts_are_named_with_the_command_that_brings_them() -> None:
    have = [file for family in FAMILIES.values() if family.package != CJK for file in (family.regular, family.bold)]
    assert missing_packages(have) == [CJK]
    with pytest.raises(Misconfigured, match=r"fonts-noto-cjk.*apt-get install fonts-noto-cjk"):
        demand_fonts(have)
    demand_fonts()


@pytest.mark.parametrize(
    ("word", "width"),
    [("Donaudampfschifffahrtsgesellschaftskapitänswitwe", 400), ("Widerspruchsverfahren", 172), ("Genehmigungsbescheid", 172),
     ("electroencefalografista", 200), ("Incomprehensibilities", 172)],
)  # fmt: skip
def test_a_long_word_is_cut_between_syllables_with_a_hyphen_at_the_line_s_end(word: str, width: int) -> None:
    box = measure(TextContent(text=word, font=Font(size=42, weight=700), width=width, max_lines=3, language="de"))
    parts = box.text.split("\u200b")
    assert box.lines == len(parts) > 1 and box.text_width <= width
    assert all(part.endswith("\u2060-") for part in parts[:-1]) and "".join(part.strip("\u2060-") for part in parts) == word
    vowels = set("aeiouyäöüáéíóú")
    assert all(vowels & set(part.lower()) for part in parts)


def test_an_address_is_cut_at_its_separators_and_gets_no_hyphen() -> None:
    address = "https://www.example.org/health/cycling-in-the-city?ref=video&lang=en"
    box = measure(TextContent(text=address, font=Font(size=80), width=400, max_lines=6))
    assert box.text.replace("\u200b", "").replace("\u2060", "") == address
    assert all(part[-1] in "/.-?&=" for part in box.text.split("\u200b")[:-1])


@pytest.mark.parametrize("size", [132.0, 110.0, 95.0])
def test_a_word_cut_by_hyphens_is_broken_nowhere_else(size: float) -> None:
    """Lines are balanced and drawn no narrower than the parts of the word."""
    font = Font(family="display", size=size, weight=700, line_height=1.1)
    text = "Warum Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz…"
    box = measure(TextContent(text=text, font=font, width=1436.0, max_lines=3, language="de"))
    assert "\u200b" in box.text
    set_alone = font.model_copy(update={"size": box.size})
    parts = [TextContent(text=part, font=set_alone, max_lines=1, language="de") for part in re.split(r"[\s\u200b]+", box.text)]
    assert max(measure(part).text_width for part in parts) <= min(box.wrap, box.text_width)
