"""The built-in writer: whole scripts of the wished length in six languages, honest about what it is."""

from __future__ import annotations

import pytest

from activities.script.template import LANGUAGES, template_script
from models.errors import InvalidRequest, NotServed
from models.videos.contracts import SceneKind, VideoFormat, VideoRequest
from models.videos.formats import PROFILES
from models.videos.pace import spoken_seconds, word_count

TOPICS = {
    "en": "Why the sky is blue",
    "es": "Por qué el cielo es azul",
    "de": "Warum der Himmel blau ist",
    "ar": "لماذا السماء زرقاء",
    "hi": "आसमान नीला क्यों है",
    "ja": "なぜ空は青いのか",
}


def test_there_are_texts_for_the_six_languages() -> None:
    assert set(LANGUAGES) == set(TOPICS)


@pytest.mark.parametrize("language", TOPICS)
@pytest.mark.parametrize("format", [VideoFormat.SHORT, VideoFormat.STANDARD, VideoFormat.LONG])
def test_a_script_has_the_structure_and_length_of_its_format(language: str, format: VideoFormat) -> None:
    script = template_script(VideoRequest(topic=TOPICS[language], language=language, format=format))
    seconds = sum(spoken_seconds(scene.narration, language) + scene.pause_after for scene in script.scenes)
    profile = PROFILES[format]
    assert profile.shortest * 0.97 <= seconds <= min(profile.longest * 0.95, profile.wished * 1.3)
    first, last = script.scenes[0], script.scenes[-1]
    assert first.kind is SceneKind.TITLE
    assert script.hook == first.narration
    assert last.kind is SceneKind.END_CARD
    assert 3 <= sum(1 for scene in script.scenes[1:-1] if scene.heading) <= 7
    assert all(spoken_seconds(scene.narration, language) <= 12.5 for scene in script.scenes)
    assert 8 <= len(script.tags) <= 15
    assert len(script.title) <= 70


def test_words_that_tell_nothing_are_no_tags() -> None:
    tags = template_script(VideoRequest(topic="Why octopuses have three hearts", language="en")).tags
    assert {"octopuses", "hearts"} <= set(tags)
    assert not {"why", "have"} & set(tags)


@pytest.mark.parametrize("language", TOPICS)
@pytest.mark.parametrize("seconds", [15, 20, 25, 30, 40, 60, 90])
def test_a_wished_length_is_met_even_where_it_is_short(language: str, seconds: int) -> None:
    request = VideoRequest(topic=TOPICS[language], language=language, format=VideoFormat.ECONOMY, seconds=seconds)
    script = template_script(request)
    length = sum(spoken_seconds(scene.narration, language) + scene.pause_after for scene in script.scenes)
    assert abs(length - seconds) <= 2.5
    assert (script.scenes[0].kind, script.scenes[-1].kind) == (SceneKind.TITLE, SceneKind.END_CARD)


@pytest.mark.parametrize("language", TOPICS)
def test_no_kind_of_scene_stands_three_times_in_a_row(language: str) -> None:
    script = template_script(VideoRequest(topic=TOPICS[language], language=language, format=VideoFormat.LONG))
    kinds = [scene.kind for scene in script.scenes]
    assert all(len(set(kinds[at : at + 3])) > 1 for at in range(len(kinds) - 2))


@pytest.mark.parametrize("language", TOPICS)
def test_the_topic_is_named_and_no_placeholder_is_left(language: str) -> None:
    script = template_script(VideoRequest(topic=TOPICS[language], language=language))
    said = " ".join(scene.narration for scene in script.scenes)
    assert TOPICS[language] in said
    assert "{" not in said + script.description + "".join(text for scene in script.scenes for text in scene.on_screen)


def test_it_says_that_it_is_a_template_and_knows_nothing_of_the_topic() -> None:
    script = template_script(VideoRequest(topic="Octopuses"))
    assert "built-in template, which knows nothing of the topic" in script.description
    assert script.source == "template"


def test_the_same_request_gives_the_same_script_and_another_topic_another_opening() -> None:
    topics = [f"Topic number {n}" for n in range(12)]
    scripts = [template_script(VideoRequest(topic=topic)) for topic in topics]
    assert scripts == [template_script(VideoRequest(topic=topic)) for topic in topics]
    assert len({script.hook.replace(topic, "") for script, topic in zip(scripts, topics, strict=True)}) >= 2


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("🐙🌊", "octopus, water wave"),
        ("  Why\x00 the\n sky?! ", "Why the sky"),
        ("مرحبا hello שלום", "مرحبا hello שלום"),
        ("{n} {topic}", "{n} {topic}"),
    ],
)
def test_odd_topics_are_said_as_well_as_they_can_be(topic: str, said: str) -> None:
    script = template_script(VideoRequest(topic=topic, format=VideoFormat.SHORT))
    assert said.casefold() in " ".join(scene.narration for scene in script.scenes).casefold()
    assert all(word_count(scene.narration) for scene in script.scenes)


def test_a_topic_of_a_thousand_words_is_shortened_in_title_and_speech() -> None:
    script = template_script(VideoRequest(topic="word " * 1000, format=VideoFormat.SHORT))
    assert len(script.title) <= 70
    assert all(len(scene.narration) < 400 for scene in script.scenes)


@pytest.mark.parametrize("topic", ["", " \n\t", "\x00\x1b"])
def test_an_empty_topic_is_refused(topic: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        template_script(VideoRequest(topic=topic))
    assert refused.value.field == "topic"


def test_a_language_without_texts_is_refused_naming_those_there_are() -> None:
    with pytest.raises(NotServed, match=r"ar, de, en, es, hi, ja\. Give a script of your own"):
        template_script(VideoRequest(topic="Le ciel", language="fr"))


@pytest.mark.parametrize(
    ("topic", "language", "asked"),
    [
        ("¿Por qué flota el hielo?", "es", "¿Por qué flota el hielo?"),
        ("Warum schwimmt Eis?", "de", "Warum schwimmt Eis?"),
        ("なぜ氷は浮くのか？", "ja", "なぜ氷は浮くのか？"),
    ],
)
def test_a_topic_that_asks_is_read_as_a_question(topic: str, language: str, asked: str) -> None:
    script = template_script(VideoRequest(topic=topic, language=language))
    told = [scene.narration for scene in script.scenes if asked[1:-1].casefold() in scene.narration.casefold()]
    assert told and all(asked.casefold() in narration.casefold() for narration in told)


@pytest.mark.parametrize("format", [VideoFormat.SHORT, VideoFormat.ECONOMY])
def test_no_scene_says_the_topic_alone(format: VideoFormat) -> None:
    topic = "how to save money on groceries in a town without a market"
    for scene in template_script(VideoRequest(topic=topic, format=format)).scenes:
        assert scene.narration.casefold().strip(".") != topic
