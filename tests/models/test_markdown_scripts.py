"""What an operator may hand in as a script, and what is refused with words that help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import InvalidRequest
from models.settings import ROOT
from models.videos.contracts import SceneKind, VideoFormat
from models.videos.markdown import parse_script, require_fit
from models.videos.pace import word_count

SKY = """---
title: Why the sky is blue
tags: [sky, light]
language: en
voice: m7
format: short
niche: science
---
# Not the title

What colour is sunlight? Most people say *yellow*. They are wrong.
visual: sun over the sea

## The experiment

Isaac Newton held a prism in a ray of light. It fell apart into colours:

- red
- green: the one our eyes see best
- blue

visual: prism.jpg

> If I have seen further, it is by standing on the shoulders of giants.
> — Isaac Newton

About 71% of the Earth is covered by water.

## Two dates

1. 1666: the prism of Newton
2. 1871: the theory of Rayleigh

## Follow us

Write your question below.
pause: 1.5
"""


def test_a_script_becomes_scenes_with_kinds_that_follow_its_content() -> None:
    parsed = parse_script(SKY.encode(), name="sky.md")
    assert (parsed.title, parsed.tags, parsed.language) == ("Why the sky is blue", ("sky", "light"), "en")
    assert (parsed.voice, parsed.format, parsed.niche) == ("m7", VideoFormat.SHORT, "science")
    assert [scene.kind for scene in parsed.scenes] == [
        SceneKind.TITLE,
        SceneKind.PICTURE,
        SceneKind.QUOTATION,
        SceneKind.NUMBER,
        SceneKind.TIMELINE,
        SceneKind.END_CARD,
    ]
    assert [scene.index for scene in parsed.scenes] == list(range(6))
    title, experiment, quotation, number, _, end = parsed.scenes
    assert title.narration == "What colour is sunlight? Most people say yellow. They are wrong."
    assert title.visual == "sun over the sea"
    assert experiment.heading == "The experiment"
    assert experiment.on_screen == ("red", "green: the one our eyes see best", "blue")
    assert parsed.media == ("prism.jpg",)
    assert quotation.on_screen[1] == "Isaac Newton"
    assert number.on_screen == ("71 %", "of the Earth is covered by water")
    assert end.pause_after == 1.5


def test_marks_and_instructions_are_never_read_aloud() -> None:
    text = (
        "# T\n\nSee [the page](http://x.y), **bold**, <b>html</b> and `code`.\non-screen: A | B\n\n"
        "```\nrm -rf\n```\n\n<script>evil()</script>\n"
    )
    parsed = parse_script(text.encode(), name="t.md")
    assert [scene.narration for scene in parsed.scenes] == ["See the page, bold, html and code."]
    assert parsed.scenes[0].on_screen == ("A", "B")
    assert any("line 6" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"x " * 600_000, "1.2 MB"),
        (bytes(range(256)) * 20, "binary data"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "Word"),
        (b"\x00\x00\x00\x18ftypmp42", "an MP4 film"),
        ("Привет, как дела? Всё хорошо.".encode("cp1251"), "line 1"),
        ("ok\nこれは日本語です".encode("shift-jis"), "line 2"),
        (b"\xef\xbb\xbfbroken \xc3", "UTF-8, but is broken at byte"),
        ("🐙🌊".encode(), "no text to read aloud"),
        (b"# Only a title\n", "no text to read aloud"),
        (b"visual: a picture\n", "no text to read aloud"),
        (b"---\ntitle: a: b\n---\nHello.", "line 2: the front matter is not valid YAML"),
        (b"---\nformat: huge\n---\nHello.", "no format 'huge'"),
        (b"---\nlanguage: the english one\n---\nHello.", "not a language"),
        (b"Hello.\n\nkind: circus\n", "line 3: there is no kind of scene 'circus'"),
        (b"Hello.\npause: forever\n", "is not a pause"),
    ],
)
def test_what_cannot_be_a_script_is_refused_with_its_reason(data: bytes, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_script(data, name="given.md")
    assert said in str(refused.value)
    assert "given.md" in refused.value.what
    assert refused.value.hint
    assert refused.value.field == "script"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1252"])
def test_every_common_encoding_gives_the_same_words(encoding: str) -> None:
    text = "Größe ist nicht alles.\r\n\r\nEin schöner Tag – für „Anführungszeichen“ und Übermut."
    parsed = parse_script(text.encode(encoding), name="t.md")
    assert [scene.narration for scene in parsed.scenes] == [
        "Größe ist nicht alles.",
        "Ein schöner Tag – für „Anführungszeichen“ und Übermut.",
    ]
    assert bool(parsed.warnings) == (encoding == "windows-1252")


def test_a_scene_of_ten_thousand_words_is_refused_saying_how_many_fit() -> None:
    parsed = parse_script(b"One two three four five. " * 2_000, name="long.md")
    with pytest.raises(
        InvalidRequest, match=r"10,000 words, about \d+ min when spoken; a standard film is at most 10 min, about 1,"
    ):
        require_fit(parsed, VideoFormat.STANDARD)


def test_a_script_too_long_for_a_short_names_the_format_that_takes_it() -> None:
    parsed = parse_script(b"One two three four five. " * 60, name="long.md")
    with pytest.raises(InvalidRequest, match=r"at most 60 s, about 1\d\d words.*'standard'"):
        require_fit(parsed, VideoFormat.SHORT)
    require_fit(parsed, VideoFormat.STANDARD)


def test_a_long_paragraph_is_cut_into_scenes_of_spoken_length_without_losing_a_word() -> None:
    text = " ".join(f"This is sentence number {n}, and it says a little more than the last." for n in range(40))
    parsed = parse_script(text.encode(), name="t.md")
    assert " ".join(scene.narration for scene in parsed.scenes) == text
    assert all(word_count(scene.narration) <= 42 for scene in parsed.scenes)


def test_text_without_any_full_stop_is_cut_all_the_same() -> None:
    parsed = parse_script(("word " * 300).encode(), name="t.md")
    assert all(word_count(scene.narration) <= 42 for scene in parsed.scenes)
    assert sum(word_count(scene.narration) for scene in parsed.scenes) == 300


def test_right_to_left_and_mixed_text_keeps_its_letters_and_order() -> None:
    text = "مرحبا hello שלום، كيف الحال؟"
    assert parse_script(text.encode(), name="t.md").scenes[0].narration == text


def test_no_kind_but_the_operators_own_stands_three_times_in_a_row() -> None:
    text = "\n\n".join(f"Paragraph {name} says something." for name in "abcdefgh")
    kinds = [scene.kind for scene in parse_script(text.encode(), name="t.md").scenes]
    assert all(len(set(kinds[at : at + 3])) > 1 for at in range(len(kinds) - 2))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400) | st.binary(max_size=400))
def test_anything_is_either_a_script_or_a_refusal(given_text: str | bytes) -> None:
    data = given_text.encode("utf-8", "surrogatepass") if isinstance(given_text, str) else given_text
    try:
        parsed = parse_script(data, name="t.md")
    except InvalidRequest:
        return
    assert parsed.scenes
    assert parsed.title
    assert all(any(char.isalnum() for char in scene.narration) for scene in parsed.scenes)
    assert all(char.isprintable() or char in "\u200c\u200d\u200e\u200f" for scene in parsed.scenes for char in scene.narration)


@pytest.mark.parametrize(
    ("lines", "kind", "shown"),
    [
        ("on-screen: Red: long\non-screen: Blue: short; restless", SceneKind.COMPARISON, ("Red: long", "Blue: short; restless")),
        ("on-screen: 5 times\non-screen: more strongly", SceneKind.NUMBER, ("5 times", "more strongly")),
        ("on-screen: one | two; three", SceneKind.LIST, ("one", "two", "three")),
        ("on-screen: 1859: Tyndall\n\non-screen: 1871: Rayleigh", SceneKind.TIMELINE, ("1859: Tyndall", "1871: Rayleigh")),
        ("On-Screen: alone", SceneKind.STATEMENT, ("alone",)),
        ("kind: diagram\non-screen: a | b", SceneKind.DIAGRAM, ("a", "b")),
    ],
)
def test_lines_on_screen_add_up_and_decide_the_kind(lines: str, kind: SceneKind, shown: tuple[str, ...]) -> None:
    parsed = parse_script(f"First.\n\nSecond is said.\n\n{lines}\n\nLast.".encode(), name="t.md")
    scene = parsed.scenes[1]
    assert (scene.narration, scene.kind, scene.on_screen) == ("Second is said.", kind, shown)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.md")), ids=lambda path: path.stem)
def test_every_example_fits_a_short_and_reads_without_a_warning(path: Path) -> None:
    parsed = parse_script(path.read_bytes(), name=path.name)
    require_fit(parsed, VideoFormat.SHORT)
    assert parsed.warnings == ()
    assert parsed.seconds() > 28
    assert len({scene.kind for scene in parsed.scenes}) >= 4


@pytest.mark.parametrize("text", [">|>", "> !!!\n\nSaid.", "> \u0316", "- ...\n- !"])
def test_marks_alone_are_no_scene(text: str) -> None:
    parsed = parse_script(f"First is said.\n\n{text}\n".encode(), name="t.md")
    assert all(any(char.isalnum() for char in scene.narration) for scene in parsed.scenes)


def test_points_are_shown_in_the_scene_that_speaks_them_and_nowhere_else() -> None:
    points = [f"Point {number} says something that takes ten words to be said" for number in range(1, 8)]
    parsed = parse_script(
        ("Here they are.\n\n## Points\n\n" + "A long beginning. " * 12 + "\n\n- " + "\n- ".join(points)).encode(), name="s"
    )
    shown = [point for scene in parsed.scenes for point in scene.on_screen]
    assert len(shown) == len(set(shown)) == 7
    for scene in parsed.scenes:
        assert all(point in scene.narration for point in scene.on_screen)


def test_a_list_of_single_words_is_cut_where_a_picture_is_full() -> None:
    parsed = parse_script(("Buy this.\n\n## List\n\n- " + "\n- ".join(f"Thing{n}" for n in range(12))).encode(), name="s.md")
    counts = [len(scene.on_screen) for scene in parsed.scenes if scene.on_screen]
    assert sum(counts) == 12 and max(counts) <= 8


@pytest.mark.parametrize(
    ("points", "language", "kind"),
    [
        ("- 1859年: 実験\n- 1871年: 計算", "ja", SceneKind.TIMELINE),
        ("- 1969 Moon landing\n- 1972 Last walk", "en", SceneKind.TIMELINE),
        ("- 500 BC: Confucius\n- 44 BC: Caesar dies\n- 476: Rome falls", "en", SceneKind.LIST),
        ("- 500 g of flour\n- 250 ml of water\n- 100 g of butter", "en", SceneKind.LIST),
    ],
)
def test_points_with_years_are_a_timeline_and_amounts_are_a_list(points: str, language: str, kind: SceneKind) -> None:
    parsed = parse_script(f"---\nlanguage: {language}\n---\nOne two three.\n\n## A\n\n{points}\n".encode(), name="s.md")
    assert next(scene.kind for scene in parsed.scenes if scene.on_screen) is kind


def test_a_hindi_point_ends_as_hindi_sentences_end() -> None:
    parsed = parse_script("---\nlanguage: hi\n---\nसुनिए।\n\n## क\n\n- चाँद नहीं दिखता\n- पूरा चाँद\n".encode(), name="s.md")
    assert "चाँद नहीं दिखता। पूरा चाँद।" in " ".join(scene.narration for scene in parsed.scenes)


@pytest.mark.parametrize("name", ["IMG_2041.HEIC", "my logo.svg", "slides.pdf"])
def test_a_file_that_no_film_can_show_is_refused_by_name_instead_of_being_taken_for_words(name: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(name)) as refused:
        parse_script(f"Look at this.\n\nvisual: {name}\n".encode(), name="s.md")
    assert "cannot show" in refused.value.what and "PNG or JPEG" in refused.value.hint


@pytest.mark.parametrize("written", ['"my photo.jpg"', "`my photo.jpg`", "my photo.jpg", "'my photo.jpg'"])
def test_a_file_may_be_named_in_quotes(written: str) -> None:
    assert parse_script(f"Look at this.\n\nvisual: {written}\n".encode(), name="s.md").media == ("my photo.jpg",)


@pytest.mark.parametrize("name", ["scan.tiff", "tape.mpg", "old.wmv"])
def test_every_kind_of_file_that_can_be_shown_is_asked_for(name: str) -> None:
    assert parse_script(f"Look.\n\nvisual: {name}\n".encode(), name="s.md").media == (name,)


@pytest.mark.parametrize("before", ["> A cat is never wrong.\n> — Anna", "- One point here\n- Another point there"])
def test_instructions_after_a_quotation_or_list_belong_to_what_comes_next(before: str) -> None:
    text = f"Hello there, everyone.\n\n## Part\n\n{before}\n\non-screen: Cat: fast; Human: slow\n\nCats turn quickly.\n"
    own, following = parse_script(text.encode(), name="s.md").scenes[1:]
    assert following.on_screen == ("Cat: fast", "Human: slow") and following.kind is SceneKind.COMPARISON
    assert own.kind in (SceneKind.QUOTATION, SceneKind.LIST) and "Cat: fast" not in own.on_screen


def test_instructions_at_the_end_of_a_part_belong_to_what_came_before() -> None:
    scenes = parse_script(b"Hello.\n\n## Part\n\n> It is so.\n\non-screen: Shown instead\n\n## Next\n\nMore.\n", name="s.md").scenes
    assert scenes[1].on_screen == ("Shown instead",)


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("title: [a, b]", "title .* list"), ("description: {a: b}", "description .* mapping"), ("voice: [m1]", "voice .* list"),
        ("language: [de, en]", "language .* list"), ("title: " + "[" * 3000, "nested too deeply|not valid YAML"),
    ],
)  # fmt: skip
def test_front_matter_of_the_wrong_kind_is_refused_with_its_name(front: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        parse_script(f"---\n{front}\n---\nText.\n".encode(), name="s.md")


@pytest.mark.parametrize("title", ["Yes", "No", "2024-01-01", "1_000", "0x10", "On", "3.10"])
def test_a_title_is_the_text_that_was_written(title: str) -> None:
    assert parse_script(f"---\ntitle: {title}\nlanguage: no\n---\nText.\n".encode(), name="s.md").title == title


def test_front_matter_without_an_end_is_refused_and_not_read_aloud() -> None:
    with pytest.raises(InvalidRequest, match=r"line 1.*no end"):
        parse_script(b"---\ntitle: Hello\ntags: a\n\nText goes on.\n", name="s.md")
    assert parse_script(b"---\n\nA line above is only a line.\n", name="s.md").scenes


@pytest.mark.parametrize("inside", ["", "\n", "# title: later\n", "~\n"])
def test_front_matter_may_be_empty(inside: str) -> None:
    assert parse_script(f"---\n{inside}---\nText.\n".encode(), name="s.md").scenes[0].narration == "Text."


def test_tags_are_texts_and_nothing_else() -> None:
    assert parse_script(b"---\ntags: [2024, yes, [a, b], c]\n---\nText.\n", name="s.md").tags == ("2024", "yes", "c")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("A −40 °C, el termómetro marca lo mismo en Fahrenheit.", ("−40 °C",)),
        ("It was -25 °C outside that night.", ("-25 °C", "outside that night")),
        ("El Titanic chocó contra un iceberg de unas 1.500.000 toneladas, es decir, un bloque enorme.", ("1.500.000", "toneladas")),
        ("Between 2010-2015 it grew by 350 percent a year.", ("350 percent",)),
    ],
)
def test_a_figure_found_in_the_text_keeps_its_sign_and_says_what_it_counts(said: str, shown: tuple[str, ...]) -> None:
    assert parse_script(f"One. Two three.\n\n{said}\n\nThe end of it.\n".encode(), name="s.md").scenes[1].on_screen == shown


def test_a_film_opens_with_its_title_and_closes_with_its_card_whatever_its_words_hold() -> None:
    """A number, or a list that follows, does not take the title's place; nor two plain scenes before it the end card's."""
    text = b"""# The bridge

It is 240 metres long and nobody paid for it.

- Steel
- Stone
- Rope

The river is wide here.

The wind is strong here.

Look at it again tomorrow.
"""
    scenes = parse_script(text, name="s.md").scenes
    assert (scenes[0].kind, scenes[0].heading, scenes[0].on_screen) == (SceneKind.TITLE, "The bridge", ())
    assert (scenes[1].kind, scenes[1].on_screen) == (SceneKind.LIST, ("Steel", "Stone", "Rope"))
    assert scenes[-1].kind is SceneKind.END_CARD
