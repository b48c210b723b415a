"""Captions are cut as a reader reads, keep the voice's times, and are written as players expect."""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate, pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from activities.artifacts import ArtifactStore
from activities.footage.media import look_at
from activities.render.captioning import CaptionsActivity
from activities.render.captions import HORIZONTAL, VERTICAL, CaptionRules, SpokenScene, pages_of
from activities.render.phrases import is_rtl, join_words, width
from activities.render.subtitles import read_srt, srt_of, vtt_of
from activities.render.timeline import CaptionPage, CaptionPages, CaptionWord
from models.videos.contracts import (
    ArtifactRef,
    CaptionsTask,
    Script,
    ScriptScene,
    Speech,
    VideoFormat,
    VideoInput,
    VideoRequest,
    Word,
)
from models.videos.formats import scene_frames, scene_starts

SAID = {
    "en": "Every morning you look up and see the same blue dome. But sunlight is white, so where does all that blue come from?",
    "es": "El cielo es azul porque las moléculas del aire dispersan la luz. ¿Y por qué no es violeta?",
    "de": "Der Himmel ist blau, weil die Luftmoleküle das kurzwellige Licht viel stärker streuen als das langwellige.",
    "ar": "السماء زرقاء لأن جزيئات الهواء تشتت الضوء الأزرق أكثر من الضوء الأحمر. كتب رايلي ذلك في عام 1871.",
    "hi": "आसमान नीला इसलिए दिखता है क्योंकि हवा के अणु नीली रोशनी को लाल रोशनी से कहीं ज़्यादा बिखेरते हैं।",
    "ja": "空が青い理由は、太陽の光が大気の分子によって散乱されるからです。波長の短い青い光は、赤い光よりもずっと強く散乱されます。"
    "YouTubeで見てください。",
    "th": "วันนี้อากาศดีมากและท้องฟ้าเป็นสีฟ้าเพราะแสงแดดกระเจิงในบรรยากาศ",
}


def spoken(text: str, columns_a_second: float = 15.0) -> list[Word]:
    """The words of a text, said one after the other without a pause."""
    at, words = 0.0, []
    for part in text.split():
        seconds = max(1, width(part)) / columns_a_second
        words.append(Word(text=part, start=round(at, 3), end=round(at + seconds, 3)))
        at += seconds
    return words


def one_scene(text: str, language: str, rules: CaptionRules = HORIZONTAL) -> CaptionPages:
    words = spoken(text)
    return pages_of([SpokenScene(words, 0.0, words[-1].end, language)], rules)


def lines_of(captions: CaptionPages) -> list[str]:
    return [join_words([word.text for word in line], page.language) for page in captions.pages for line in page.lines]


def letters(text: str) -> str:
    return "".join(char for char in text if not char.isspace() and char != "-" and unicodedata.category(char)[0] not in "CZ")


def check_pages(captions: CaptionPages, rules: CaptionRules) -> None:
    for page in captions.pages:
        assert 1 <= len(page.lines) <= 2
        assert all(width(join_words([word.text for word in line], page.language)) <= rules.widest for line in page.lines)
        words = [word for line in page.lines for word in line]
        assert page.start == words[0].start and page.end >= words[-1].end
        assert all(word.start <= word.end for word in words)
        assert all(left.end <= right.start for left, right in pairwise(words))
    assert all(left.end <= right.start for left, right in pairwise(captions.pages))


@pytest.mark.parametrize("rules", [HORIZONTAL, VERTICAL], ids=["horizontal", "vertical"])
@pytest.mark.parametrize("language", sorted(SAID))
def test_every_language_fits_its_lines_and_keeps_every_letter(language: str, rules: CaptionRules) -> None:
    captions = one_scene(SAID[language], language, rules)
    check_pages(captions, rules)
    assert letters("".join(lines_of(captions))) == letters(SAID[language])


any_text = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=0, max_size=30)
words_of_a_voice = st.lists(
    st.tuples(any_text, st.floats(0, 3), st.floats(-0.5, 3)), max_size=40
)  # gaps and lengths; a length below zero is a voice that errs


@settings(max_examples=150, deadline=None)
@given(words_of_a_voice, st.sampled_from(sorted(SAID)), st.sampled_from([HORIZONTAL, VERTICAL]))
@example([("0", 0.0, 0.0), ("(", 0.0, 0.0), ("\\", 0.0, 0.0)], "ar", HORIZONTAL)
def test_any_words_give_pages_that_fit_follow_each_other_and_lose_nothing(
    said: list[tuple[str, float, float]], language: str, rules: CaptionRules
) -> None:
    at, words = 0.0, []
    for text, gap, length in said:
        at += gap
        words.append(Word(text=text, start=at, end=at + length))
    captions = pages_of([SpokenScene(words, 2.0, at + 10, language)], rules)
    check_pages(captions, rules)
    kept, given_text = letters("".join(lines_of(captions))), letters("".join(word.text for word in words))
    marks_alone = all(unicodedata.category(char)[0] in "PCS" for char in given_text)
    assert kept == given_text or marks_alone


def test_a_sentence_is_cut_at_its_phrases() -> None:
    assert lines_of(one_scene(SAID["en"], "en"))[:2] == ["Every morning you look up", "and see the same blue dome."]


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_no_line_ends_with_an_article(language: str) -> None:
    ends = {line.split()[-1].lower() for line in lines_of(one_scene(SAID[language], language))}
    assert not ends & {"the", "a", "an", "der", "die", "das", "el", "la", "las", "los"}


def test_no_page_or_line_ends_with_an_abbreviation_or_the_number_of_a_day() -> None:
    said = "Am 20. Juli 1969 betrat Dr. Armstrong, z. B. mit links, den Mond. Alle sahen zu. Im 21. Jahrhundert war niemand dort."
    for rules in (HORIZONTAL, VERTICAL):
        ends = [line.split()[-1] for line in lines_of(one_scene(said, "de", rules))]
        assert not {"20.", "Dr.", "z.", "21."} & set(ends) and "zu." in ends


def test_a_number_is_not_cut_from_what_it_counts() -> None:
    said = "He bought some 12 apples and 300 oranges, then gave 25 pears away to all of the 16 children."
    ends = [line.split()[-1] for line in lines_of(one_scene(said, "en", VERTICAL))]
    assert not {"12", "300", "25", "16"} & set(ends)


def test_no_page_is_a_lone_short_word() -> None:
    text = "This sentence is just a little bit too long to fit on the two lines of one single page, is it so"
    assert all(sum(len(line) for line in page.lines) > 1 for page in one_scene(text, "en").pages)


def test_japanese_given_by_the_character_is_the_same_as_given_by_the_sentence() -> None:
    whole = one_scene(SAID["ja"], "ja")
    seconds = spoken(SAID["ja"])[-1].end
    each = seconds / len(SAID["ja"])
    parts = re.findall("[A-Za-z]+|.", SAID["ja"])
    ends = list(accumulate(len(part) * each for part in parts))
    single = [Word(text=part, start=end - len(part) * each, end=end) for part, end in zip(parts, ends, strict=True)]
    assert lines_of(pages_of([SpokenScene(single, 0, seconds, "ja")])) == lines_of(whole)


def test_no_japanese_line_begins_with_closing_punctuation_or_a_small_kana() -> None:
    for rules in (HORIZONTAL, VERTICAL):
        assert not [line for line in lines_of(one_scene(SAID["ja"], "ja", rules)) if line[0] in "。、」』）ぁぃぅぇぉっゃゅょー"]


def test_conjuncts_and_joined_emoji_are_never_torn() -> None:
    family = "👩\u200d👩\u200d👧\u200d👦"
    assert letters(family * 30) == letters("".join(lines_of(one_scene(family * 30, "en", VERTICAL))))
    for line in lines_of(one_scene(family * 30, "en", VERTICAL)):
        assert line.count("👦") == line.count("👧") and line.startswith("👩")
    assert not any(unicodedata.category(line[0])[0] == "M" for line in lines_of(one_scene("क्षत्रिय" * 20, "hi", VERTICAL)))


@pytest.mark.parametrize(
    "said",
    [
        "1859年:ティンダルが実験で青い光を見る。",
        "2024年5月3日、東京で100人が3.14を見た。",
        "価格は¥1,980で、10:30に始まります。",
        "OK、Googleマップで検索。",
    ],
)
def test_a_japanese_number_or_latin_word_is_never_torn_and_has_no_space_beside_it(said: str) -> None:
    captions = one_scene(said, "ja", VERTICAL)
    words = [word.text for page in captions.pages for line in page.lines for word in line]
    whole = set(re.findall(r"[A-Za-z]+|\d+(?:[.,:]\d+)*", said))
    assert whole == set(re.findall(r"[A-Za-z]+|\d+(?:[.,:]\d+)*", "|".join(words)))
    assert "".join(lines_of(captions)) == said and "".join(read_srt(srt_of(captions))[0][2].split("\n")) in said


def test_a_long_japanese_phrase_is_highlighted_in_parts() -> None:
    said = "青い光：波長およそ450ナノメートルで、約30万キロメートル進みます。"
    units = [word.text for page in one_scene(said, "ja").pages for line in page.lines for word in line]
    assert "".join(units) == said and "光：" in units and max(map(width, units)) <= 20


def test_a_japanese_word_in_an_english_sentence_has_its_spaces() -> None:
    assert lines_of(one_scene("The word 空 means sky.", "en")) == ["The word 空 means sky."]


def test_an_address_in_captions_is_cut_at_its_separators_and_a_word_between_syllables() -> None:
    address = "https://www.example.org/health/cycling-in-the-city?ref=video&lang=en"
    parts = [line.split()[-1] for line in lines_of(one_scene(f"Visit {address}", "en", VERTICAL))]
    assert "".join(parts).removeprefix("Visit") == address and all(part[-1] in "/.-?&=t" for part in parts[:-1])
    words = "".join(f"{line} " for line in lines_of(one_scene("Straßenverkehrszulassungsordnung", "de", VERTICAL))).split()
    assert words == ["Straßenverkehrs-", "zulassungsordnung"]


@pytest.mark.parametrize("said", ["Tom & Jerry and C++ & C# are 50 % fun.", "Bread / butter + jam = happiness."])
def test_a_sign_between_words_keeps_its_spaces(said: str) -> None:
    assert " ".join(lines_of(one_scene(said, "en"))) == said


@pytest.mark.parametrize(
    ("line", "language", "rtl"),
    [
        ("iPhone 15 Pro هو 999$", "ar", True), ("بالعالم and left.", "en", False), ("www.example.com/", "ar", False),
        ("2005.", "ar", True), ("שלום עולם", "en", True), ("The word שלום means peace", "he", True), ("42", "en", False),
    ],
)  # fmt: skip
def test_the_language_decides_which_way_a_mixed_line_runs(line: str, language: str, rtl: bool) -> None:
    assert is_rtl(line, language) is rtl


def test_a_mark_alone_joins_its_neighbour() -> None:
    words = [
        Word(text=text, start=place, end=place + 1) for place, text in enumerate(["«", "Oui", "!", "»", "dit-il", "—", "puis"])
    ]
    shown = [word for page in pages_of([SpokenScene(words, 0, 9, "fr")]).pages for line in page.lines for word in line]
    assert [(word.text, word.start) for word in shown] == [("«Oui!»", 1.0), ("dit-il —", 4.0), ("puis", 6.0)]


def test_words_keep_the_times_of_the_voice_moved_by_their_scene() -> None:
    words = [Word(text="One", start=0.1, end=0.4), Word(text="two.", start=0.4, end=0.9)]
    captions = pages_of([SpokenScene(words, 0, 2), SpokenScene(words, 2.5, 5)])
    assert [(word.start, word.end) for word in captions.pages[1].lines[0]] == [(2.6, 2.9), (2.9, 3.4)]


def test_a_page_stays_a_little_leaves_in_a_long_pause_and_bridges_a_short_one() -> None:
    words = [Word(text="First.", start=0, end=1.5), Word(text="Second.", start=1.9, end=3.4), Word(text="Third.", start=8, end=9.5)]
    rules = CaptionRules(widest=8, lines=1)
    first, second, third = pages_of([SpokenScene(words, 0, 20)], rules).pages
    assert first.end == second.start
    assert second.end == pytest.approx(3.4 + rules.linger)
    assert third.end == pytest.approx(9.5 + rules.linger)


def test_ten_thousand_words_in_one_scene_are_paged() -> None:
    captions = one_scene("alpha beta of gamma, " * 2500, "en")
    check_pages(captions, HORIZONTAL)
    assert sum(len(line) for page in captions.pages for line in page.lines) == 10_000


def page(*lines: str, start: float = 0.0, end: float = 1.0) -> CaptionPages:
    return CaptionPages(
        pages=(CaptionPage(start=start, end=end, lines=tuple((CaptionWord(text=line, start=start, end=end),) for line in lines)),)
    )


def test_srt_is_exact_to_the_letter() -> None:
    assert srt_of(page("Hello,", "world", start=3661.0015, end=3662.9996)) == ("1\n01:01:01,002 --> 01:01:03,000\nHello,\nworld\n")


def test_vtt_escapes_what_a_player_would_take_for_a_tag() -> None:
    assert vtt_of(page("a <b> & c --> d")) == ("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na &lt;b&gt; &amp; c --&gt; d\n")


def test_srt_text_can_not_be_taken_for_a_tag_or_a_time() -> None:
    text = srt_of(page("<i>x</i> {\\an8} -->"))
    assert text.count("-->") == 1 and "<i" not in text and "{\\" not in text


def test_right_to_left_lines_are_marked_at_both_ends() -> None:
    text = read_srt(srt_of(one_scene(SAID["ar"], "ar")))[0][2]
    assert all(line.startswith("\u200f") and line.endswith("\u200f") for line in text.splitlines())
    assert "\u200f" not in srt_of(one_scene(SAID["en"], "en"))


def test_cues_of_the_same_millisecond_do_not_overlap_and_have_a_length() -> None:
    cues = read_srt(srt_of(CaptionPages(pages=page("a", start=1.0, end=1.0001).pages + page("b", start=1.002, end=2).pages)))
    assert cues[0][0] < cues[0][1] <= cues[1][0]


def test_scenes_are_laid_in_whole_frames_without_drift() -> None:
    seconds = [1.0166] * 600
    assert scene_frames(0.001, 30) == 1
    assert scene_starts(seconds, 30)[-1] == sum(scene_frames(one, 30) for one in seconds) / 30


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(MemoryStore(), tmp_path)


def test_the_step_keeps_pages_srt_and_vtt_with_scenes_at_whole_frames(store: ArtifactStore) -> None:
    sound = ArtifactRef(kind="speech-audio", digest="0" * 64, media_type="audio/flac", size=1)
    refs = []
    for scene in range(3):
        speech = Speech(
            scene=scene, audio=sound, seconds=1.0166, words=tuple(spoken("Blue light.")), provider="p", voice="v", language="en"
        )
        refs.append(store.put_model("speech", f"{scene}" * 64, speech))
    video = VideoInput(
        video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="x", format=VideoFormat.SHORT)
    )
    script = store.put_model("script", "5" * 64, Script(title="Blue", scenes=(ScriptScene(index=0, narration="Blue light."),)))
    task = CaptionsTask(video=video, script=script, speech=tuple(refs))
    made = CaptionsActivity(store, look_at).make_captions(task)
    pages = store.read_model(made.pages, CaptionPages).pages
    assert [page.start for page in pages] == [0.0, 1.0, 2.0]  # 1.0166 s are 30.498 frames: 30
    assert made.seconds == 3.0
    assert len(read_srt(store.read_bytes(made.srt).decode())) == 3
    assert store.read_bytes(made.vtt).startswith(b"WEBVTT")
    assert CaptionsActivity(store, look_at).make_captions(task) == made
