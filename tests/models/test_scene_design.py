"""What a scene says decides what it shows: kinds, figures, lists, symbols, palettes, and the words of a thumbnail."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activities.render.phrases import phrases_of
from models.videos.contracts import SceneKind, Script, ScriptScene
from models.videos.markdown import parse_script
from models.videos.palettes import PALETTES, READABLE, bold_of, colour_named, contrast, niche_family, palette_for
from models.videos.scene_content import dates, figures, length_of, listed, phrase, quotation, sentences
from models.videos.scene_design import design_script
from models.videos.symbols import PATHS, symbol_for, symbols_in
from models.videos.thumbnail_words import MOST_WORDS, shortened, strongest, thumbnail_words
from tests.models.scenes import shown_for

SCENES = (
    ("Welcome. Today we ask a simple question.", SceneKind.TITLE),
    ("Sunlight holds every colour: red, orange, yellow, green, blue and violet.", SceneKind.LIST),
    ("In 1859 John Tyndall saw blue light in hazy air. In 1871 Lord Rayleigh wrote down the law.", SceneKind.TIMELINE),
    ("Nearly 30 percent of the light comes back to us from the sky.", SceneKind.NUMBER),
    ("Feynman said: “Nature uses only the longest threads to weave her patterns.”", SceneKind.QUOTATION),
    ("Red light is long and lazy, but blue light is short and restless.", SceneKind.COMPARISON),
    ("Heat becomes steam, then pressure, then motion.", SceneKind.DIAGRAM),
    ("The air above us is never quite still.", SceneKind.STATEMENT),
    ("Thank you for watching. Look up tonight.", SceneKind.END_CARD),
)


def script(*narrations: str, title: str = "Why the sky is blue", language: str = "en", **more: object) -> Script:
    scenes = tuple(ScriptScene(index=place, narration=text, **more) for place, text in enumerate(narrations))  # type: ignore[arg-type]
    return Script(title=title, scenes=scenes, language=language)


def test_the_content_of_a_scene_chooses_its_kind() -> None:
    designs = design_script(script(*(text for text, _ in SCENES)), PALETTES["science"][0])
    assert [design.kind for design in designs] == [kind for _, kind in SCENES]


def test_no_kind_comes_three_times_in_a_row_whatever_the_script() -> None:
    for narration in ("The air above us is never quite still.", "Nearly 30 percent of it.", "Tea, coffee, milk, juice and water."):
        kinds = [design.kind for design in design_script(script(*[narration] * 12), PALETTES["general"][0])]
        assert all(len({*kinds[place : place + 3]}) > 1 for place in range(len(kinds) - 2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(max_size=160), min_size=1, max_size=8),
    st.sampled_from(list(SceneKind)),
    st.lists(st.text(max_size=40), max_size=4),
)
def test_any_script_has_designs(texts: list[str], kind: SceneKind, shown: list[str]) -> None:
    designs = design_script(script(*texts, kind=kind, on_screen=tuple(shown)), PALETTES["general"][0])
    assert len(designs) == len(texts)
    assert all(design.icon in PATHS for design in designs)


def test_an_edit_of_one_scene_leaves_scenes_far_from_it_as_they_are() -> None:
    texts = [text for text, _ in SCENES]
    before = design_script(script(*texts), PALETTES["science"][0])
    texts[2] = "The air is thin up there."
    after = design_script(script(*texts), PALETTES["science"][0])
    assert before[:2] == after[:2]
    assert before[7:] == after[7:]


def test_the_same_script_has_the_same_designs() -> None:
    one = script(*(text for text, _ in SCENES))
    assert design_script(one, PALETTES["food"][0]) == design_script(one, PALETTES["food"][0])


@pytest.mark.parametrize(
    ("language", "text", "value", "unit"),
    [
        ("en", "Light travels 299,792 km/s", 299792, "km/s"),
        ("de", "Das sind 9,4 Prozent", 9.4, "Prozent"),
        ("es", "Cuesta 1.234.567 euros", 1234567, "euros"),
        ("en", "It costs $3.50 a day", 3.5, ""),
        ("ja", "約40万年前", 40, "万"),
        ("de", "Nur 0.125 x", 0.125, "x"),
        ("en", "Three steps", 3, ""),
    ],
)
def test_figures_are_read_as_they_are_written(language: str, text: str, value: float, unit: str) -> None:
    found = figures(text, language)[0]
    assert (found.value, found.unit) == (value, unit)


def test_years_are_no_figures() -> None:
    assert figures("In 1871 Lord Rayleigh wrote it down", "en") == []


def test_sentences_end_as_their_language_ends_them() -> None:
    assert len(sentences("Why? Because. Yes!", "en")) == 3
    assert len(sentences("空は青い。なぜ？光です。", "ja")) == 3
    assert len(sentences("आकाश नीला है। क्यों?", "hi")) == 2
    assert len(sentences("السماء زرقاء. لماذا؟ بسبب الضوء.", "ar")) == 3


@given(st.text(max_size=300), st.integers(20, 90))
@example("ab " + "x" * 60, 40)
def test_a_phrase_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert length_of(phrase(text, longest=longest)) <= longest + 1


def test_lists_and_quotations_are_found() -> None:
    assert [item.label for item in listed("First boil the water. Then add the tea. Finally wait three minutes.", "en")] == [
        "Boil the water", "Add the tea", "Wait three minutes",
    ]  # fmt: skip
    assert quotation("As Seneca wrote, “It is not that we have a short time to live.”") is not None
    assert quotation('They call it "the blue hour" in France, and it lasts some forty minutes on a clear evening in May.') is None


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("Why the sky is blue", "cloud"), ("Photosynthesis", "leaf"), ("Por qué dormimos: el sueño", "moon"),
     ("Der Zins und das Geld", "trend"),
     ("تاريخ الحرب", "book"), ("दिमाग की याद", "brain"), ("海の魚", "wave"), ("xyzzy", "spark")],
)  # fmt: skip
def test_words_call_for_symbols(text: str, symbol: str) -> None:
    assert symbol_for(text, seed=0) == symbol


def test_a_symbol_that_was_just_seen_is_passed_over() -> None:
    assert symbols_in("sun and moon")[:2] == ["sun", "moon"]
    assert symbol_for("sun and moon", seed=0, avoid=frozenset({"sun"})) == "moon"


def test_text_and_accents_read_on_every_palette() -> None:
    for family in PALETTES.values():
        for plain in family:
            for palette in (plain, bold_of(plain)):
                for ground in (palette.background, palette.surface):
                    assert contrast(palette.text, ground) >= READABLE
                    assert contrast(palette.accent, ground) >= READABLE
        for one, other in combinations(family, 2):
            assert one != other


def test_a_channel_keeps_its_palette_and_niches_find_their_family() -> None:
    assert palette_for("Personal finance", "c1") == palette_for("Personal finance", "c1")
    assert niche_family("Personal finance") == "finance"
    assert niche_family("AI tools") == "technology"
    assert niche_family("something else") == "general"
    assert colour_named("Rot") == colour_named("red")
    assert colour_named("the red army marches on") == ""


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Why the sky is blue", ("Why", "the", "sky", "is", "blue")),
        ("Compound interest explained in 60 seconds: what banks hide", ("Compound", "interest", "explained", "60", "seconds")),
        ("¿Por qué dormimos? La ciencia del sueño", ("¿Por", "qué", "dormimos?")),
        ("空はなぜ青いのか", ("空はなぜ", "青いのか")),
        ("", ("…",)),
    ],
)
def test_a_thumbnail_carries_the_few_words_that_tell(title: str, words: tuple[str, ...]) -> None:
    assert "".join(thumbnail_words(title)) == "".join(words)


@given(st.text(max_size=200))
def test_a_thumbnail_never_has_more_than_five_words(title: str) -> None:
    words = thumbnail_words(title)
    assert 1 <= len(words) <= MOST_WORDS
    assert strongest(words) in words


def test_small_words_go_first_when_a_thumbnail_is_full() -> None:
    assert shortened(("Why", "the", "sky", "is", "blue")) == ("Why", "the", "sky", "blue")
    assert shortened(("Compound", "interest", "explained", "60", "seconds")) == ("Compound", "interest", "explained")
    assert shortened(("Paint", "old", "door", "without", "sanding")) == ("Paint", "old", "door")
    assert shortened(("¿Por", "qué", "bostezamos?")) == ("¿Por", "qué", "bostezamos?"), "nothing telling would be left"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("In 1969, about 600,000,000 people watched two men walk on the moon for the very first time.", "600,000,000 people"),
        ("The train leaves at 10:45 every morning and it arrives at its destination much too late.", "10:45"),
        ("Der Umbau hat insgesamt 1.234.567,89 Euro gekostet, und niemand weiß, wofür das Geld blieb.", "1.234.567,89 Euro"),
        ("Visit https://www.example.org/health/cycling-in-the-city?ref=video&lang=en for the whole study.", "example.org for"),
    ],
)
def test_a_mark_inside_a_number_a_time_or_an_address_cuts_no_phrase(said: str, shown: str) -> None:
    assert shown in phrase(said) and not phrase(said).endswith(",")


def test_a_title_has_no_stub_below_it_where_a_word_is_longer_than_the_screen() -> None:
    said = "Das Wort Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft hat 79 Buchstaben."
    title, *_ = design_script(script(said, "Mehr davon.", "Ein Ende."), PALETTES["general"][0])
    assert (title.kind, title.text) == (SceneKind.TITLE, "")


def test_six_dates_are_six_dates_on_the_picture() -> None:
    dates = tuple(f"{year}: What happened then" for year in (1832, 1848, 1871, 1918, 1949, 1990))
    scenes = (
        ScriptScene(index=0, narration="Six dates that everybody should know."),
        ScriptScene(index=1, kind=SceneKind.TIMELINE, narration="Here they are.", on_screen=dates),
    )
    design = design_script(Script(title="t", scenes=scenes), PALETTES["general"][0])[1]
    assert [item.label for item in design.items] == ["1832", "1848", "1871", "1918", "1949", "1990"]


def test_a_japanese_phrase_is_not_torn_in_a_word() -> None:
    said = "OK、GoogleマップやYouTubeで「Rayleigh散乱」を検索してみてくださいますようお願いいたします"
    assert phrase(said, longest=60) == "OK、GoogleマップやYouTubeで「Rayleigh散乱」を…"


def test_a_list_of_one_point_shows_that_point_and_invents_none() -> None:
    scenes = (
        ScriptScene(index=0, narration="A beginning of some length."),
        ScriptScene(index=1, kind=SceneKind.LIST, narration="One thing is said. Another too. A third.", on_screen=("A third",)),
    )
    design = design_script(Script(title="t", scenes=scenes), PALETTES["general"][0])[1]
    assert design.kind is SceneKind.STATEMENT and design.items[0].label == "A third"


def test_texts_that_do_not_make_the_kind_that_was_asked_for_are_all_shown_as_a_list() -> None:
    shown = ("1: 1", "2: 3", "3: 8")
    asked = script("Rabbits.", "They double. 1: 1. 2: 3. 3: 8.", kind=SceneKind.COMPARISON, on_screen=shown)
    design = design_script(asked, PALETTES["science"][0])[1]
    assert design.kind is SceneKind.LIST and len(design.items) == 3


def test_a_heading_that_is_all_there_is_stands_once() -> None:
    scenes = tuple(ScriptScene(index=i, heading=f"Heading {i}", narration=f"Heading {i}.") for i in range(3))
    for design in design_script(Script(title="t", scenes=scenes), PALETTES["general"][0])[1:2]:
        assert (design.kind, design.heading, design.text) == (SceneKind.STATEMENT, "", "Heading 1")


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("なぜ空は青いのか、そして夕焼けはなぜ赤いのか", ("なぜ", "空は", "青いのか")),
        ("لماذا البحر مالح ولماذا لا تشربه الأسماك؟", ("لماذا", "البحر", "مالح")),
        ("مقارنة iPhone 15 Pro مع Samsung Galaxy S24", ("مقارنة", "iPhone", "15", "Pro", "Samsung")),
    ],
)
def test_a_thumbnail_ends_where_its_words_make_sense(title: str, words: tuple[str, ...]) -> None:
    assert thumbnail_words(title) == words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("How to paint an old door without sanding", "Paint old door without sanding"),
        ("The bridge that saved a town", "Bridge that saved a town"),
        ("How iPhone sensors see the dark", "iPhone sensors see the dark"),
        ("¿Por qué cantan los gallos cuando amanece?", "¿Por qué cantan los gallos?"),
        ("Dark Souls: 9 secrets nobody told you about", "Dark Souls 9 secrets"),
        ("Is it worth buying an electric car in 2030?", "Worth buying electric car 2030?"),
        ("Warum dein Konto nur 0,5 % bringt", "Warum dein Konto nur 0,5%"),
    ],
)
def test_a_long_title_becomes_a_headline_that_reads_whole(title: str, words: str) -> None:
    assert " ".join(thumbnail_words(title)) == words


@pytest.mark.parametrize(
    ("title", "language", "words"),
    [
        ("スーパーのたまごはなぜ冷蔵しないのか", "ja", "なぜ冷蔵しないのか"),
        ("ทำไมแมวถึงชอบนอนแต่ไม่ชอบน้ำเย็นเลย", "th", "ทำไมแมวถึงชอบนอน"),
    ],
)
def test_a_thumbnail_without_spaces_is_cut_at_phrases_and_can_break_between_them(title: str, language: str, words: str) -> None:
    found = thumbnail_words(title, phrases_of(title, language))
    assert "".join(found) == words
    assert 2 <= len(found) <= MOST_WORDS and max(map(len, found)) <= 8


@pytest.mark.parametrize(
    ("said", "years"),
    [
        ("Rents rose by 4% in 2019 and by 9% in 2022.", [("2019", "Rents rose by 4%"), ("2022", "by 9%")]),
        ("It was planned in 1901. In 1907 it fell.", [("1901", "It was planned"), ("1907", "it fell")]),
        ("1952 में पहली उड़ान हुई। 1969 में लोग चाँद पर उतरे।", [("1952", "पहली उड़ान हुई"), ("1969", "लोग चाँद पर उतरे")]),
        ("1964年に新幹線が開業した。1970年には万博が開かれた。", [("1964", "新幹線が開業した"), ("1970", "万博が開かれた")]),
    ],
)  # fmt: skip
def test_each_year_is_shown_with_what_happened_in_it(said: str, years: list[tuple[str, str]]) -> None:
    assert [(item.label, item.detail) for item in dates(said, "en")] == years


def test_what_stands_beside_a_number_holds_that_number() -> None:
    design = shown_for("The city library of this small town on the river has bought 90,000 volumes, of which 65 percent are lent.")
    assert design.items[0].value == 65 and "65 percent are lent" in design.text
    script = parse_script(
        b"One. Two three.\n\nFour people shared a house. Their rent was $900 more.\n\nThe end of it.\n", name="s.md"
    )
    design = design_script(Script(title="t", scenes=script.scenes), PALETTES["general"][0])[1]
    assert (design.items[0].value, design.text) == (900, "Their rent was $900 more")


def test_a_chain_told_in_the_past_is_a_diagram_with_each_link_once() -> None:
    design = shown_for("Drought led to hunger, hunger led to unrest, unrest led to war.")
    assert (design.kind, [item.label for item in design.items]) == (SceneKind.DIAGRAM, ["Drought", "Hunger", "Unrest", "War"])


def test_a_correction_is_no_comparison() -> None:
    assert shown_for("Not the motor is at fault, but the cable behind it.").kind is not SceneKind.COMPARISON
    assert shown_for("The motor is loud, but the cable is silent.").kind is SceneKind.COMPARISON


def test_dates_with_a_day_make_a_timeline_and_no_label_is_a_heading_too() -> None:
    days = ("3 May 1926: the strike begins", "12 May 1926: the unions give up")
    assert shown_for(" ".join(days), on_screen=days).kind is SceneKind.TIMELINE
    rows = ("Old house: boiler", "New house: heat pump", "Flat: neither")
    assert shown_for(". ".join(rows), on_screen=rows).heading == ""
    assert shown_for("Three houses, three answers. " + ". ".join(rows), on_screen=rows).heading == "Three houses, three answers"


def test_a_list_knows_the_colon_and_the_and_of_its_language() -> None:
    assert [item.label for item in listed("材料は三つです：卵、砂糖、牛乳。", "ja")] == ["卵", "砂糖", "牛乳"]
    assert [item.label for item in listed("نحتاج إلى: ماء، وملح، وزيت.", "ar")] == ["ماء", "ملح", "زيت"]
    assert [item.label for item in listed("มีสามอย่าง: ไข่ น้ำตาล และนม", "th")] == ["ไข่", "น้ำตาล", "นม"]


def test_who_said_it_may_stand_before() -> None:
    assert quotation('As Ada Lovelace wrote: "The engine weaves patterns just as the loom weaves flowers."')[1] == "Ada Lovelace"  # type: ignore[index]


def test_no_accent_tears_a_word_of_a_script_that_is_not_known_or_takes_a_day_for_a_number() -> None:
    assert shown_for("น้ำทะเลเค็มมากกว่าน้ำในแม่น้ำ").items[0].detail == ""
    assert shown_for("On 14 March 1879 Einstein was born in Ulm.").items[0].detail == "Einstein"


def test_a_thai_sentence_is_measured_by_its_letters() -> None:
    said = "คุณชอบกินเผ็ดระดับไหน บอกเราในคอมเมนต์ข้างล่าง"
    assert phrase(said, longest=60) == said


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("a single word", "music"), ("The canal through the desert", "play"), ("How it works", "briefcase")],
)
def test_no_symbol_is_called_by_a_word_that_only_begins_like_its_own(text: str, symbol: str) -> None:
    assert symbol not in symbols_in(text)
