"""What a film is described with keeps YouTube's limits and tells the truth about the film."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.videos.contracts import Script, ScriptScene, Take, VideoRequest
from models.videos.metadata import FilmTimes, build_metadata, chapters_of, fit_title, tags_length


def _script(headings: list[str], **more: object) -> Script:
    scenes = tuple(
        ScriptScene(index=index, heading=heading, narration=f"Light scatters in the {heading} atmosphere.")
        for index, heading in enumerate(headings)
    )
    return Script.model_validate({"title": "Why the sky is blue", "scenes": scenes, **more})


def _times(*seconds: float) -> FilmTimes:
    scenes, at = [], 0
    for length in seconds:
        scenes.append({"first_frame": at, "frames": int(length * 30)})
        at += int(length * 30)
    return FilmTimes.model_validate({"output": {"fps": 30, "width": 320}, "scenes": scenes})


def test_chapters_begin_at_zero_and_each_lasts_ten_seconds() -> None:
    script = _script(["", "Light", "Air", "Dusk", "Mars", "End"])
    chapters = chapters_of(script, _times(4, 12, 5, 20, 15, 3))
    assert [(chapter.start, chapter.name) for chapter in chapters] == [(0.0, "Light"), (16.0, "Air"), (41.0, "Mars")]


def test_a_film_too_short_for_three_chapters_has_none() -> None:
    assert chapters_of(_script(["Light", "Air"]), _times(30, 30)) == []
    assert "Chapters" not in build_metadata(VideoRequest(), _script(["Light", "Air"]), _times(30, 30), []).description


def test_the_description_opens_with_two_lines_then_chapters_sources_and_credits() -> None:
    script = _script(
        ["Light", "Air", "Dusk"],
        hook="Blue is not a colour of the air.",
        description="In three minutes.",
        sources=("Rayleigh, 1871",),
    )
    takes = [
        Take(scene=0, kind="clip", credit="Video by Ann on Pexels"),
        Take(scene=1, kind="clip", author="Bo", licence="CC BY 4.0", page="https://example.org/bo"),
        Take(scene=2, kind="clip", credit="Video by Ann on Pexels"),
        Take(scene=3, kind="design"),
    ]
    assert build_metadata(VideoRequest(), script, _times(20, 20, 20), takes).description == (
        "Blue is not a colour of the air.\nIn three minutes.\n\n"
        "Chapters:\n0:00 Light\n0:20 Air\n0:40 Dusk\n\n"
        "Sources:\n- Rayleigh, 1871\n\n"
        "Credits:\n- Video by Ann on Pexels\n- Bo · CC BY 4.0 · https://example.org/bo"
    )


@pytest.mark.parametrize(
    "sources", [("A work " * 900,), ("A work, 1871",) * 400, ("海" * 2_000,) * 20], ids=["one", "many", "wide"]
)
def test_sources_without_end_leave_the_credits_and_the_opening(sources: tuple[str, ...]) -> None:
    script = _script(["Light", "Air", "Dusk"], hook="Blue is not a colour of the air.", sources=sources)
    takes = [Take(scene=number, kind="clip", credit=f"Video by author {number} on Pexels") for number in range(30)]
    lines = build_metadata(VideoRequest(), script, _times(20, 20, 20), takes).description.splitlines()
    assert lines[0] == "Blue is not a colour of the air."
    assert "- Video by author 0 on Pexels" in lines and "- Video by author 29 on Pexels" in lines
    assert "Sources:" in lines and "0:40 Dusk" in lines
    assert len("\n".join(lines).encode()) <= 5000


def test_tags_are_at_least_eight_where_the_script_has_the_words() -> None:
    script = _script(["Rayleigh scattering", "Sunlight spectrum", "Evening colours"], tags=("physics",))
    tags = build_metadata(VideoRequest(topic="Why the sky is blue", tags=("#sky",)), script, _times(20, 20, 20), []).tags
    assert tags[:3] == ("sky", "physics", "Why the sky is blue")
    assert 8 <= len(tags) <= 15
    assert "that" not in tags


def test_a_long_title_is_cut_at_a_word() -> None:
    assert fit_title("word " * 40) == "word " * 18 + "word…"
    assert fit_title("a <b> c") == "a ‹b› c"
    assert fit_title("  ") == "Video"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=6000), st.lists(st.text(max_size=60), max_size=40), st.text(max_size=3000))
def test_whatever_is_written_the_limits_hold(text: str, tags: list[str], credit: str) -> None:
    script = _script(["One", "Two", "Three"], title=text, description=text, hook=text[:300], tags=tuple(tags))
    made = build_metadata(VideoRequest(), script, _times(20, 20, 20), [Take(scene=0, kind="still", credit=credit)])
    assert 0 < len(made.title) <= 100
    assert len(made.description.encode()) <= 5000
    assert tags_length(made.tags) <= 500 and len(made.tags) <= 15
    assert not {"<", ">"} & set(made.title + made.description)
    assert "0:00 One" in made.description
