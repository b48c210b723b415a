"""Sentences end where their language ends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.videos.scenes import split_narration
from models.videos.sentences import sentence_ends, sentences_of


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Mr. Smith met Mrs. Jones at 5 p.m. in St. Louis. | It rained."),
        ("en", "J. R. R. Tolkien wrote it, i.e. all of it. | Version 2.0 is out."),
        ("en", "“Why?” she asked. | He was 12. | Then he left."),
        ("de", "Am 20. Juli 1969 war es so, z. B. in Rom. | Dr. Müller sagte nichts."),
        ("de-AT", "Rom fiel 476 n. Chr. und nicht früher. | Im 21. Jahrhundert ist es ca. 5 Euro wert."),
        ("es", "El Sr. García vive en EE. UU. desde 1990. | ¿Por qué? | No se sabe."),
        ("ar", "قال د. أحمد ذلك. | لماذا؟ | ثم ذهب."),
        ("hi", "डॉ. शर्मा आए। | वे गए।"),
        ("ja", "空は青い。| なぜ？| 光です。"),
        ("en", "1. First of all. | 2. Then this."),
        ("", "One. | Two."),
    ],
)
def test_an_abbreviation_an_initial_or_a_day_ends_no_sentence(language: str, text: str) -> None:
    expected = [part.strip() for part in text.split("|")]
    assert sentences_of(text.replace("| " if language == "ja" else "|", ""), language) == expected


def test_a_long_quotation_is_told_apart_and_a_short_one_stays_whole() -> None:
    short, long = (
        "He said: “Stop. Now.” Then he left.",
        "“" + "It rained and rained all day long in the town. " * 6 + "Then it ended.”",
    )
    assert sentences_of(short, "en") == ["He said: “Stop. Now.”", "Then he left."]
    assert len(sentences_of(long, "en")) == 7
    told = "“He told us all he knew, as Dr. Watson had asked him to do on the evening before. Nobody was there. (It was late.) "
    told += "I went home, e.g. past the station, and so on and on until the very end of the night. Then it rained.” So he said."
    assert [one.split()[-1] for one in sentences_of(told, "en")] == ["before.", "there.", "late.)", "night.", "rained.”", "said."]
    assert all(one in told for one in sentences_of(told, "en"))
    assert sentences_of(told, "en")[2].startswith("(It")


@given(st.text(alphabet='ab1.!?…।؟。 \n"“”()', max_size=300), st.sampled_from(["en", "de", "hi", "ar", "ja", "xx"]))
def test_sentences_lose_nothing_but_space(text: str, language: str) -> None:
    assert "".join("".join(sentences_of(text, language)).split()) == "".join(text.split())


def test_the_words_that_end_sentences_are_found() -> None:
    assert sentence_ends(["Am", "20.", "Juli", "kam", "Dr.", "Müller.", "Alle", "sahen", "zu."], "de") == {5, 8}
    assert sentence_ends(["It", "cost", "5\u00a0000 €.", "So", "it", "is."], "en") == {2, 5}


def test_no_scene_begins_within_an_abbreviation() -> None:
    text = "Im Jahr 1969 landeten sie. " * 5 + "Am 20. Juli ging Dr. Armstrong, d. h. ein Mensch, auf den Mond und sah zurück."
    assert all(not piece.startswith(("Juli", "Armstrong", "h.")) for piece in split_narration(text, "de"))
