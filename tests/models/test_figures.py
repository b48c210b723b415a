"""Which numbers are figures that are counted to on the picture, and which are shown as they are written."""

from __future__ import annotations

import pytest

from models.videos.contracts import SceneKind
from models.videos.numerals import format_number
from models.videos.scene_content import figures
from models.videos.scenes import kind_of
from tests.models.scenes import shown_for


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        ("It cost 500 € in all.", 500.0, "€"), ("Es brachte 2,5 Mrd. Dollar.", 2.5, "Mrd."), ("Ships rise 26 m here.", 26.0, "m"),
        ("लागत 615 करोड़ रुपये थी।", 615.0, "करोड़"), ("वज़न 1,749 किलो था।", 1749.0, "किलो"),
        ("Costó 40 mil millones.", 40.0, "mil millones"),
        ("Das neue Netz heißt 5G überall.", 5.0, ""), ("They weigh 3 men each.", 3.0, ""),
        ("The 200 CERN scientists came.", 200.0, ""), ("The 300 ADAC cars drove.", 300.0, ""),
    ],
)  # fmt: skip
def test_a_figure_is_found_with_its_unit_and_with_nothing_else(said: str, value: float, unit: str) -> None:
    assert [(figure.value, figure.unit) for figure in figures(said, "en")] == [(value, unit)]


def test_what_a_plain_figure_counts_ends_with_its_sentence_in_any_script() -> None:
    assert kind_of("इस मिशन की लागत 615 थी लोगों के लिए। यह सस्ता है।")[1] == ("615", "थी लोगों के लिए")
    assert kind_of("Es geschah am 20.07.1969 in der Nacht auf dem Mond.") == (SceneKind.STATEMENT, ())


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("-40 °C", -40.0, "°C"), ("7/10", 7.0, "/10"), ("1 000 000", 1e6, ""), ("500 000 €", 500000.0, "€"),
        ("1.234.567,89 €", 1234567.89, "€"), ("30万km", 30.0, "万km"), ("3,84,400 किमी", 384400.0, "किमी"),
        ("300 mg/dl", 300.0, "mg/dl"), ("24/7", 24.0, "/7"),
    ],
)  # fmt: skip
def test_a_figure_on_the_picture_keeps_its_sign_and_all_of_its_unit(written: str, value: float, unit: str) -> None:
    design = shown_for("So it is.", on_screen=(written, "and a label"), kind=SceneKind.NUMBER)
    assert (design.kind, design.items[0].value, design.items[0].unit.strip()) == (SceneKind.NUMBER, value, unit)
    assert design.text == "and a label"


@pytest.mark.parametrize(
    "said", ["The A380 carries people.", "COVID-19 changed it.", "We meet at 10:45 sharp.", "B12 is a vitamin."]
)
def test_a_number_inside_a_name_or_time_is_no_figure(said: str) -> None:
    assert figures(said, "en") == []


@pytest.mark.parametrize(
    "written",
    [
        "1996", "1829–1991", "10–20 %", "5-10 km", "20.07.1969", "1969-07-20", "12.05.", "20:15 Uhr", "50:50", "1:0", "4 × 4",
        "007", "0800 123456", "+49 170 123",
        "192.168.0.1", "1990s", "1990er", "2024年", "44 v. Chr.", "300 BC", "300 BCE", "1. Platz", "#1", "5G", "1 in 5",
        "Apollo 11", "Nr. 1", "10–20 % of all people asked", "AD 79", "2001: A Space Odyssey", "im Jahr 476",
    ],
)  # fmt: skip
def test_dates_ranges_scores_and_names_are_shown_as_they_are_written(written: str) -> None:
    for more in ((), ("and a label",)):
        design = shown_for(
            "So it is said here.", on_screen=(written, *more), kind=SceneKind.NUMBER if more else SceneKind.STATEMENT
        )
        assert (design.kind, [item.label for item in design.items]) == (SceneKind.STATEMENT, [written, *more])


@pytest.mark.parametrize(
    "said",
    [
        "On 20.07.1969 they landed on the moon.", "About 10–20 % of all people.", "A drop of 10-20% in a year.",
        "Call 0800 123456 today.",
        "It began in 300 v. Chr. and went on.", "Im Jahr 476 fiel Rom.", "Nobody does it like 007 does.", "ISBN 978-3-16-148410-0",
        "Zwischen 10 und 20 % der Menschen.", "Entre 8 y 10 horas dura.", "Between 200 and 300 people came.",
    ],
)  # fmt: skip
def test_no_part_of_a_date_range_or_telephone_number_is_shown_as_a_figure(said: str) -> None:
    assert figures(said, "en") == []


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("de", "Es kostete 1.234.567,89 Euro.", 1234567.89), ("hi", "12,34,567 लोग आए", 1234567.0),
        ("en", "It is 3,776 metres high.", 3776.0),
        ("de", "Es waren 5 000 Menschen.", 5000.0), ("en", "From 1829 to 1991, 200 ships.", 200.0),
        ("en", "It fell to -40 °C.", -40.0), ("en", "0.125 kg of it", 0.125), ("de", "Nur 0.125 kg davon", 0.125),
        ("en", "The golden ratio is about 1.618 in all.", 1.618), ("de", "Genau 1,609 km sind es.", 1.609),
        ("es-MX", "Son 1,609 km.", 1609.0), ("es", "Son 1,609 km.", 1.609),
            ("da", "Det er 1,609 km.", 1.609), ("ja", "約1.609 kmです", 1.609),
        ("en-GB", "It costs $1,234 here.", 1234.0), ("de", "Es sind 1.234 km bis dort.", 1234.0),
        ("ar", "المسافة 1,234 km هنا", 1234.0), ("fr", "Il y a 1.234 km.", 1234.0), ("fr", "Il y a 1 234,567 km.", 1234.567),
        ("en", "A mile of 1,609.344 m", 1609.344), ("en", "So 1609.344 m", 1609.344), ("en", "It fell by -1.618 km", -1.618),
        ("en", "1,234,567 people", 1234567.0),
    ],
)  # fmt: skip
def test_figures_are_worth_what_they_are_in_their_language(language: str, said: str, value: float) -> None:
    assert [figure.value for figure in figures(said, language)] == [value]


@pytest.mark.parametrize(
    ("language", "written"), [("en", "3.142"), ("de", "3,142"), ("en", "3,142"), ("de", "3.142"), ("fr", "2,718"), ("hi", "12.500")]
)
def test_a_number_on_the_picture_is_counted_to_as_it_was_written(language: str, written: str) -> None:
    [item] = shown_for("So it is.", on_screen=(written, "a label"), kind=SceneKind.NUMBER, language=language).items
    assert item.value is not None
    assert format_number(item.value, int(item.detail), language) == written


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("After 12 years the house costs $410,000.", 410000.0),
        ("In 30 minutes you have walked 4 km.", 4.0),
        ("Of 1,200 people asked, 8 percent said no.", 8.0),
    ],
)
def test_the_number_that_counts_is_the_one_that_tells_most(said: str, value: float) -> None:
    assert figures(said, "en")[0].value == value
