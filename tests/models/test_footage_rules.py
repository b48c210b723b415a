"""What to look for, and which clip fits: pure rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.videos.contracts import Script, ScriptScene
from models.videos.footage_choice import Rendition, StockItem, Wish, best_rendition, fits, ranked
from models.videos.footage_words import MOST_WORDS, SEARCHES, keywords, searches

WIDE = Wish(width=1920, height=1080, seconds=6, words=("waves", "beach"))


def _clip(number: int, *, size: tuple[int, int] = (1920, 1080), seconds: float = 12, words: tuple[str, ...] = ()) -> StockItem:
    files = (Rendition(url="a", width=size[0], height=size[1]),)
    return StockItem(source_id=str(number), kind="clip", seconds=seconds, renditions=files, words=words)


def _script(language: str = "en", **scene: str) -> Script:
    given = {"narration": "The sea rises."} | scene
    return Script(title="Tides", language=language, scenes=(ScriptScene(index=0, **given),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "An aerial shot of the waves, and of the Earth's beaches", ("aerial", "waves", "earth", "beaches")),
        ("es", "Las olas de una playa en la costa", ("olas", "playa", "costa")),
        ("de-AT", "Die Wellen an dem Strand und der Leuchtturm", ("wellen", "strand", "leuchtturm")),
        ("fr", "Les vagues de l'océan sur une plage", ("océan", "vagues", "plage")),
        ("it", "Le onde dell’oceano sulla spiaggia", ("onde", "oceano", "spiaggia")),
        ("ja", "夜の海に流れる溶岩とカメラ", ("夜", "海", "流", "溶岩", "カメラ")),
        ("hi", "समुद्र की लहरें और तट", ("समुद्र", "लहरें", "तट")),
        ("ar", "أمواج البحر على الشاطئ", ("أمواج", "البحر", "الشاطئ")),
        ("sw", "the waves of the sea", ("waves", "sea")),
        ("en", "2024 100", ()),
        ("en", "🌊 !!!", ()),
    ],
)
def test_words_that_every_sentence_has_are_left_out_in_each_language(language: str, text: str, words: tuple[str, ...]) -> None:
    assert sorted(keywords(text, language)) == sorted(words)


def test_what_a_scene_shows_is_looked_for_before_what_it_says() -> None:
    script = _script(visual="a lighthouse in heavy fog", narration="Sailors feared this coast.")
    asked = [search.text for search in searches(script, script.scenes[0])]
    assert asked[:2] == ["lighthouse heavy fog", "lighthouse heavy"]
    assert "sailors" in asked[2]


def test_english_descriptions_of_a_film_in_another_script_are_searched_in_english() -> None:
    script = _script("hi", visual="a lighthouse in heavy fog", narration="समुद्र उठता है")
    assert [search.language for search in searches(script, script.scenes[0])] == ["en", "en", "hi"]


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["en", "ja", "ar", "hi", "de", "xx", ""]))
def test_no_text_breaks_the_search(visual: str, narration: str, language: str) -> None:
    script = _script(language, visual=visual, narration=narration)
    found = searches(script, script.scenes[0])
    assert len(found) <= SEARCHES and len(set(found)) == len(found)
    assert all(0 < len(search.words) <= MOST_WORDS and search.text.strip() for search in found)


@pytest.mark.parametrize(
    ("clip", "fit"),
    [
        (_clip(1), True),
        (_clip(1, seconds=5.9), False),
        (_clip(1, size=(1280, 720)), True),
        (_clip(1, size=(640, 360)), False),
        (_clip(1, size=(1080, 1920)), False),
        (_clip(1, size=(2000, 2000)), True),
        (_clip(1, size=(1440, 1080)), True),
    ],
)
def test_shape_length_and_resolution_must_suffice(clip: StockItem, fit: bool) -> None:
    assert fits(clip, WIDE) is fit


def test_of_those_that_fit_the_words_decide_then_the_librarys_order() -> None:
    plain, other, telling = _clip(1), _clip(2), _clip(3, words=("beaches", "wave"))
    assert [item.source_id for item in ranked([plain, other, telling], WIDE)] == ["3", "1", "2"]
    assert [item.source_id for item in ranked([plain, other, telling], WIDE, {"3"})] == ["1", "2"]


def test_the_smallest_file_that_fills_the_frame_is_fetched() -> None:
    sizes = [(640, 360), (3840, 2160), (1920, 1080), (1280, 720)]
    files = tuple(Rendition(url=f"{width}", width=width, height=height) for width, height in sizes)
    item = StockItem(source_id="1", kind="clip", seconds=9, renditions=files)
    assert best_rendition(item, WIDE).url == "1920"
    assert best_rendition(item.model_copy(update={"renditions": files[:1] + files[3:]}), WIDE).url == "1280"
