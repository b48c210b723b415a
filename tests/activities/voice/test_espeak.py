"""The local voice: the script's own words come back with the times at which they are heard."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from activities.voice.alignment import aligned, runs_of
from activities.voice.espeak import EspeakVoice
from activities.voice.port import SAMPLE_RATE, Spoken, Voice
from activities.voice.silence import SilentVoice
from activities.voice.sound import FlacRecorder
from activities.voice.text import tokens_of
from models.errors import BadOutput, Unavailable

TEXTS = {
    "en": "In 1969, about 42% of people watched. Really? Yes: it's true. Now look up, and ask one simple question.",
    "es": "¿Por qué el cielo es azul? Es una pregunta corta con una respuesta larga. Vamos a mirarla con calma.",
    "de": "Warum ist der Himmel blau? Es ist eine kurze Frage mit einer langen Antwort. Wir sehen sie uns an.",
    "ar": "لماذا السماء زرقاء؟ سؤال قصير له جواب طويل. هيا ننظر إليه معا، خطوة خطوة.",
    "hi": "आसमान नीला क्यों है? यह एक छोटा सवाल है, लेकिन जवाब लंबा है।",
    "ja": "空はなぜ青いのでしょうか？ 短い質問ですが、答えは長いです。",
}


def _speak(language: str, text: str = "") -> Spoken:
    port = EspeakVoice()
    voice = port.voice_for(language, "")
    assert voice is not None
    return asyncio.run(port.synthesise(text or TEXTS[language], voice))


@pytest.mark.parametrize("language", TEXTS)
def test_every_word_of_the_script_comes_back_in_order_inside_the_sound(language: str) -> None:
    spoken = _speak(language)
    length = len(spoken.samples) / SAMPLE_RATE
    glue = "" if language == "ja" else " "
    assert glue.join(word.text for word in spoken.words).replace(" ", "") == TEXTS[language].replace(" ", "")
    times = [time for word in spoken.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= length + 0.02


@pytest.mark.parametrize("language", TEXTS)
def test_after_each_pause_a_word_begins_within_eighty_milliseconds_of_the_sound(language: str) -> None:
    spoken = _speak(language)
    runs = runs_of(spoken.samples)
    onsets = [start for (_, before), (start, _) in pairwise(runs) if start - before > 0.25]
    assert onsets
    assert all(min(abs(word.start - onset) for word in spoken.words) <= 0.08 for onset in onsets)


def test_the_same_text_gives_the_same_sound_and_times() -> None:
    first, again = _speak("en"), _speak("en")
    assert np.array_equal(first.samples, again.samples)
    assert first.words == again.words


@pytest.mark.parametrize("language", TEXTS)
def test_a_narrator_is_neither_rushed_nor_silent_nor_clipped(language: str) -> None:
    spoken = _speak(language)
    peak = float(np.abs(spoken.samples).max())
    assert 0.2 < peak < 0.95
    read = sum(len(token.spoken) for token in tokens_of(TEXTS[language], language))
    assert 6 <= read / (len(spoken.samples) / SAMPLE_RATE) <= 17


def test_text_without_anything_to_read_is_refused() -> None:
    with pytest.raises(BadOutput, match="nothing to read aloud"):
        _speak("en", "🎉 — …")


def test_british_english_and_a_wished_timbre_are_found_and_unknown_languages_are_not() -> None:
    port = EspeakVoice()
    british, female, unknown = port.voice_for("en-GB", ""), port.voice_for("en", "f2"), port.voice_for("tlh", "")
    assert british and british.name.startswith("gmw/en-GB")
    assert female and female.name == "en-us+f2"
    assert unknown is None
    assert len(asyncio.run(port.synthesise("Good morning.", british)).samples) > SAMPLE_RATE / 2


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("$5 million, €3.50 & 7 km/h", "5 million dollars, 3.50 euros and 7 kilometres per hour"),
        ("the 1960s — in 1969.", "the nineteen sixties, in nineteen sixty-nine."),
        ("3–7 °C vs. 42%", "3 to 7 degrees C versus 42 percent"),
        ("Great 🎉 (e.g. this)", "Great for example this)"),
        ("See https://www.example.org/health/study?ref=1&lang=en, or www.example.com/a.", "See example.org, or example.com."),
    ],
)
def test_signs_and_numbers_are_read_as_a_person_would(text: str, read: str) -> None:
    tokens = tokens_of(text, "en")
    assert " ".join(token.spoken for token in tokens) == read
    assert " ".join(token.text for token in tokens) == text


@pytest.mark.parametrize(
    ("text", "read"), [("A -40 °C", "A −40 grados C"), ("de 3-7 km", "de 3 a 7 kilómetros"), ("COVID-19", "COVID-19")]
)
def test_a_minus_is_read_in_every_language(text: str, read: str) -> None:
    assert " ".join(token.spoken for token in tokens_of(text, "es")) == read


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "Is coffee bad? No. It is good.", "Is coffee bad? No. It is good."),
        (
            "en",
            "It was No. 5 (No. 6), # 7 and #1, not #fun, C#7.",
            "It was number 5 number 6), number 7 and number 1, not #fun, C#7.",
        ),
        ("de", "Die Nr. eins: Nr. 3, Nr.4 und No. 5", "Die Nummer eins: Nummer 3, Nummer 4 und No. 5"),
        ("de", "Der Ratgeber How to Cook: 3-4 Tipps", "Der Ratgeber How to Cook: 3 bis 4 Tipps"),
        ("ja", "How to Cookの#1とC#", "ハウツーcookノナンバー1トc#"),
    ],
)
def test_a_sign_is_read_as_a_word_where_it_means_one_alone(language: str, text: str, read: str) -> None:
    glue = "" if language == "ja" else " "
    assert glue.join(token.spoken for token in tokens_of(text, language)) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("10-20, 1914–1918 and 5-1234.", "10 to 20, 1914 to 1918 and 5 to 1234."),
        ("won 3-2, 1999-2000 (500-1500)", "won 3 to 2, 1999 to 2000 500 to 1500)"),
        ("08:00-09:30, 0.5-0.75 and $5-10", "08:00 to 09:30, 0.5 to 0.75 and 5 to 10 dollars"),
    ],
)
def test_a_range_is_read_as_one(text: str, read: str) -> None:
    assert " ".join(token.spoken for token in tokens_of(text, "en")) == read


@pytest.mark.parametrize(
    "text",
    ["2024-05-13", "2024–05–13.", "2024-05", "555-1234,", "030-123456", "1-800-555-1234", "978-3-16-148410-0", "call 867-5309"],
)
def test_a_date_or_telephone_number_is_no_range(text: str) -> None:
    for language in ("en", "de", "es", "ar", "hi"):
        assert " ".join(token.spoken for token in tokens_of(text, language)) == text


@pytest.mark.parametrize(("text", "read"), [("約30万人。", "ヤク30マンニン。"), ("3億5000万円", "3オク5000マンエン")])
def test_japanese_large_numbers_are_read_as_one_number(text: str, read: str) -> None:
    assert "".join(token.spoken for token in tokens_of(text, "ja")) == read


@pytest.mark.parametrize("language", ["en", "de", "es", "hi", "ja"])
def test_alignment_by_hand_agrees_with_the_engine_closely(language: str) -> None:
    spoken = _speak(language)
    by_hand = aligned(spoken.samples, tokens_of(TEXTS[language], language))
    apart = [abs(a.start - b.start) for a, b in zip(spoken.words, by_hand, strict=True)]
    assert max(apart) <= 0.45
    assert sum(apart) / len(apart) <= 0.1


def test_alignment_of_sound_without_pauses_and_of_no_sound_still_times_every_word() -> None:
    tokens = tokens_of("one two three four", "en")
    tone = np.sin(np.arange(SAMPLE_RATE * 2) * 0.05).astype(np.float32)
    for samples in (tone, np.zeros(SAMPLE_RATE, dtype=np.float32), np.zeros(0, dtype=np.float32)):
        words = aligned(samples, tokens)
        assert [word.text for word in words] == ["one", "two", "three", "four"]
        assert all(word.end > word.start for word in words)


def test_silence_leaves_time_to_read_every_word() -> None:
    port = SilentVoice()
    voice = port.voice_for("en", "")
    assert voice is not None
    spoken = asyncio.run(port.synthesise(TEXTS["en"], voice))
    assert not spoken.samples.any()
    assert len(spoken.words) == len(TEXTS["en"].split())
    assert spoken.words[-1].end == pytest.approx(len(spoken.samples) / SAMPLE_RATE, abs=0.01)


def test_flac_keeps_the_speech_to_a_sixteenth_bit() -> None:
    recorder, samples = FlacRecorder(), _speak("en", "Hello there.").samples
    heard = recorder.samples(recorder.flac(samples))
    assert len(heard) == len(samples)
    assert np.abs(heard - samples).max() < 1e-4


def test_an_engine_that_ends_badly_is_an_outage_of_this_provider() -> None:
    with pytest.raises(Unavailable, match=r"espeak-ng ended with status 3 \(voice no-such-voice\)") as failed:
        asyncio.run(EspeakVoice().synthesise("Hello.", Voice(name="no-such-voice", language="en")))
    assert failed.value.provider == "espeak"
