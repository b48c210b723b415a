"""Instructions, pictures and rules beside lists, quotations and tables: followed, and never read aloud."""

from __future__ import annotations

import pytest

from models.errors import InvalidRequest
from models.videos.contracts import SceneKind, ScriptScene
from models.videos.markdown import parse_script


def scenes_of(text: str) -> tuple[ScriptScene, ...]:
    """The scenes of a part that stands after an opening."""
    return parse_script(f"Hello there.\n\n## Part\n\n{text}\n".encode(), name="s.md").scenes[1:]


@pytest.mark.parametrize("between", ["", "\n", "  ", "\n  "])
@pytest.mark.parametrize(
    ("above", "said"),
    [
        ("- red\n- green\n- blue", "red. green. blue."),
        ("1. red\n2. blue", "red. blue."),
        ("> It is so.\n> It was so.", "It is so. It was so."),
        ("| colour | length |\n|---|---|\n| red | long |", "red: long."),
        ("colour | length\n--- | ---\nred | long", "red: long."),
    ],
)
def test_instructions_right_under_a_list_table_or_quotation_are_followed(above: str, said: str, between: str) -> None:
    (scene,) = scenes_of(f"{above}\n{between}visual: prism.jpg\n{between}pause: 2")
    assert (scene.narration, scene.visual, scene.pause_after) == (said, "prism.jpg", 2.0)


@pytest.mark.parametrize("above", ["- red\n- blue", "> It is so.", "| a | b |\n|---|---|\n| c | d |"])
def test_what_is_put_on_the_picture_right_under_them_belongs_to_what_follows(above: str) -> None:
    _, following = scenes_of(f"{above}\non-screen: Cat: fast | Human: slow\n\nCats turn quickly.")
    assert (following.narration, following.on_screen) == ("Cats turn quickly.", ("Cat: fast", "Human: slow"))
    assert following.kind is SceneKind.COMPARISON


def test_a_quotation_keeps_its_author_beside_an_instruction() -> None:
    for text in ("> It is so.\n> — Nora\nvisual: a bird", "> It is so.\n> visual: a bird\n> — Nora"):
        (scene,) = scenes_of(text)
        assert (scene.kind, scene.on_screen, scene.visual) == (SceneKind.QUOTATION, ("It is so.", "Nora"), "a bird")


def test_pictures_of_points_quotations_headings_and_cells_are_shown() -> None:
    assert [(one.narration, one.visual) for one in scenes_of("- ![](a.jpg) red\n- blue")] == [("red. blue.", "a.jpg")]
    assert [(one.narration, one.visual) for one in scenes_of("- ![](a.jpg) red\n- blue\n  visual: b.jpg")] == [
        ("red.", "a.jpg"), ("blue.", "b.jpg"),
    ]  # fmt: skip
    assert [(one.narration, one.visual) for one in scenes_of("> It is so. ![](a.jpg)")] == [("It is so.", "a.jpg")]
    assert [(one.narration, one.visual) for one in scenes_of("| a | b |\n|-|-|\n| red ![](a.jpg) | long |")] == [
        ("red: long.", "a.jpg"),
    ]  # fmt: skip
    (scene,) = scenes_of("## ![](a.jpg) The sea\n\nIt is deep.")[1:]
    assert (scene.heading, scene.visual) == ("The sea", "a.jpg")


def test_points_and_quotations_that_merely_look_like_instructions_are_said() -> None:
    assert [one.narration for one in scenes_of("- Kind: warm and gentle\n- Pause: a moment of rest")] == [
        "Kind: warm and gentle. Pause: a moment of rest."
    ]
    assert [one.narration for one in scenes_of("> Kind: that is what she was.")] == ["Kind: that is what she was."]
    assert [one.narration for one in scenes_of("word | meaning\n--- | ---\nKind: | gentle")] == ["Kind:: gentle."]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("- First point\n\n  Pause: the crowd waits.\n- b", "First point. Pause: the crowd waits. b."),
        ("1. Look at it\n   Kind: as always\n2. b", "Look at it Kind: as always. b."),
        ("> He said nothing.\n> Pause: then he left.", "He said nothing. Pause: then he left."),
    ],
)
def test_text_inside_a_point_or_quotation_that_no_instruction_can_be_is_said(script: str, said: str) -> None:
    assert [one.narration for one in scenes_of(script)] == [said]


def test_a_wrong_instruction_under_a_list_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidRequest, match=r"line 7: there is no kind of scene 'circus'"):
        scenes_of("- red\n- blue\nkind: circus")


@pytest.mark.parametrize("rule", ["---", "-----------", "***"])
def test_a_rule_under_text_makes_no_heading_of_it_and_begins_a_scene(rule: str) -> None:
    scenes = scenes_of(f"The sea is deep.\n{rule}\nThe sea is wide.\nvisual: waves\n{rule}\n\nvisual: foam\n\nIt is cold.")
    assert [(one.narration, one.visual) for one in scenes] == [
        ("The sea is deep.", ""), ("The sea is wide.", "waves"), ("It is cold.", "foam"),
    ]  # fmt: skip
    assert [one.heading for one in scenes] == ["Part", "", scenes[-1].heading]


def test_a_heading_may_be_underlined() -> None:
    parsed = parse_script(b"The title\n=========\n\nHello there.\n\nThe sea\n-------\n\nIt is deep and wide.\n", name="s.md")
    assert parsed.title == "The title"
    assert [one.narration for one in parsed.scenes] == ["Hello there.", "It is deep and wide."]
    assert parsed.scenes[1].heading == "The sea"


@pytest.mark.parametrize(
    ("heading", "rule"), [("History", "---"), ("What is water?", "--------------"), ("Part 1: Why?", "------")]
)
def test_a_heading_underlined_with_dashes_stays_one(heading: str, rule: str) -> None:
    parsed = parse_script(f"# T\n\nHello there.\n\n{heading}\n{rule}\n\nIt is deep and wide.\n".encode(), name="s.md")
    assert [(one.heading, one.narration) for one in parsed.scenes][-1] == (heading, "It is deep and wide.")


@pytest.mark.parametrize(
    ("written", "name"),
    [("größe.jpg", "größe.jpg"), ("<my photo.jpg>", "my photo.jpg"), ("my%20photo.jpg", "my photo.jpg"), ("海.png", "海.png")],
)
def test_an_image_is_named_as_it_was_written(written: str, name: str) -> None:
    assert parse_script(f"Look at this.\n\n![]({written})\n".encode(), name="s.md").media == (name,)
