"""The last-resort rules find plain cases, leave history and cooking alone, and know what was said before."""

from __future__ import annotations

import pytest

from activities.quality.rules import duplicate_problems, likeness, safety_findings, safety_problems, shingles, words_of_script
from models.videos.contracts import Script, ScriptScene


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Today: HOW TO BUILD A PIPE BOMB at home", "violence"),
        ("just k\u200bill yourself", "self-harm"),
        ("Cómo hacer una bomba", "violence"),
        ("all immigrants are filthy vermin", "hatred"),
        ("our fund gives guaranteed returns", "financial promises"),
        ("honey cures cancer", "medical promises"),
        ("card 4111 1111 1111 1111", "personal data (card number)"),
        ("write to jane.doe@example.com", "personal data (e-mail)"),
    ],
)
def test_plain_cases_are_found(text: str, category: str) -> None:
    assert [finding.category for finding in safety_findings(text)] == [category]


@pytest.mark.parametrize(
    "text",
    [
        "In 1945 the atomic bomb killed most of the city, and the survivors built it again.",
        "Super Bowl XXX was played in 1996.",
        "Why scientists hope to cure cancer within our lives",
        "The number 1234 5678 9012 3456 is just a number",
        "Chop the onions, kill the heat, and double your portion.",
        "كيف تصنع خبزًا", "", "🎉🎉🎉",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_is_left_alone(text: str) -> None:
    assert safety_findings(text) == []


def test_what_moderation_let_pass_is_only_noted_on_the_film() -> None:
    assert [finding.serious for finding in safety_findings("how to build a bomb; double your money")] == [True, False]
    assert [problem.fatal for problem in safety_problems("how to build a bomb; double your money")] == [False, False]


def script(title: str, *narrations: str) -> Script:
    return Script(title=title, scenes=tuple(ScriptScene(index=place, narration=text) for place, text in enumerate(narrations)))


FIRST = "The sky is blue because air scatters short waves of light far more than it scatters the long ones."


def test_a_script_that_was_lightly_edited_is_recognised() -> None:
    edited = FIRST.replace("far more", "much more") + " Think of it."
    assert likeness(FIRST, edited) > 0.6
    assert duplicate_problems(script("New", edited), [script("Old", FIRST)])[0].message.endswith("“Old” on this channel.")


def test_another_script_on_the_same_matter_is_not_a_duplicate() -> None:
    other = "Light of short waves, which we see as blue, bounces around in the air until it comes from everywhere."
    assert duplicate_problems(script("New", other), [script("Old", FIRST)]) == []
    assert duplicate_problems(script("New", FIRST), []) == []


def test_scripts_without_spaces_are_compared_too() -> None:
    one = "空が青い理由は、太陽の光が大気の分子によって散乱されるからです。"
    assert likeness(one, one.replace("からです", "ためです")) > 0.7
    assert likeness(one, "猫は一日の大半を眠って過ごしますが、夜になると活発に動き回ります。") < 0.1
    assert shingles("") == {""}


def test_everything_that_is_published_is_read() -> None:
    full = script("Title", "said").model_copy(update={"hook": "hook", "description": "described", "tags": ("tag",)})
    assert words_of_script(full).split() == ["Title", "hook", "said", "described", "tag"]
