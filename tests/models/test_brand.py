"""A channel's own colours, logo, intro and outro: readable whatever is chosen, and a script's word before the channel's."""

from __future__ import annotations

from uuid import UUID

import pytest

from models.errors import InvalidRequest
from models.videos.brand import brand_in
from models.videos.contracts import ArtifactRef, Brand, BrandColours, Ident, VideoInput, VideoRequest
from models.videos.markdown import parse_script
from models.videos.palettes import PALETTES, READABLE, branded, contrast, palette_of

LOGO = ArtifactRef(kind="media", digest="a" * 64, media_type="image/png", size=1)
CLIP = ArtifactRef(kind="media", digest="b" * 64, media_type="video/mp4", size=1)


@pytest.mark.parametrize(
    "colours",
    [
        {"accent": "#ff0000"},
        {"background": "#ffffff", "accent": "#ffff00"},
        {"background": "#7f7f7f"},
        {"background": "#000000", "text": "#101010", "accent2": "#000011"},
        {"surface": "#ff00ff"},
    ],
)
@pytest.mark.parametrize("family", sorted(PALETTES))
def test_text_and_accents_read_on_their_grounds_whatever_colours_an_operator_chose(colours: dict[str, str], family: str) -> None:
    for base in PALETTES[family]:
        made = branded(base, BrandColours(**colours))
        if "surface" not in colours:  # a ground and a surface of one's own may be too far apart for any one ink
            for ink in (made.text, made.accent, made.accent2):
                assert contrast(ink, made.background) >= READABLE - 0.01
        assert made.background == colours.get("background", base.background)


def test_a_colour_that_reads_stays_as_it_was_chosen() -> None:
    base = PALETTES["science"][0]
    made = branded(base, BrandColours(accent="#ff9f45"))
    assert (made.accent, made.background, made.text) == ("#ff9f45", base.background, base.text)
    assert branded(base, BrandColours()) is base


def test_a_film_has_the_palette_of_its_channel() -> None:
    zero = UUID(int=0)
    video = VideoInput(video_id=zero, user_id=zero, channel_id=zero, request=VideoRequest(topic="x"))
    plain = palette_of(video, "science")
    own = palette_of(video.model_copy(update={"brand": Brand(colours=BrandColours(background="#20004d"))}), "science")
    assert plain in PALETTES["science"]
    assert own.background == "#20004d"


SCRIPT = b"""---
title: Tides
palette: {accent: "00c2ff", background: "#101010"}
logo: marks/logo-2.png
intro: hello.mp4
outro: card
---
The sea comes and goes.
"""


def test_front_matter_names_the_brand_and_its_files_are_asked_for() -> None:
    parsed = parse_script(SCRIPT, name="tides.md")
    assert parsed.media == ("logo-2.png", "hello.mp4")
    assert not parsed.warnings
    brand = parsed.brand.over(Brand(colours=BrandColours(text="#eeeeee")), {"logo-2.png": LOGO, "hello.mp4": CLIP})
    assert brand.colours == BrandColours(text="#eeeeee", accent="#00c2ff", background="#101010")
    assert brand.logo == LOGO
    assert brand.intro == Ident(media=CLIP, name="hello.mp4")
    assert brand.outro == Ident(card=True)


def test_what_a_script_does_not_say_stays_the_channels_and_none_takes_it_away() -> None:
    channel = Brand(logo=LOGO, intro=Ident(card=True), outro=Ident(media=CLIP))
    asked = brand_in({"intro": False, "outro": "none"}, "x.md")
    assert asked.files() == ()
    assert asked.over(channel, {}) == Brand(logo=LOGO)
    assert brand_in({}, "x.md").over(channel, {}) == channel


@pytest.mark.parametrize("palette", ["green", None, {"accent": "red"}, {"ink": "112233"}, ["112233", "445566"]])
def test_a_colour_that_is_none_is_refused_with_an_example(palette: object) -> None:
    with pytest.raises(InvalidRequest, match="the palette has") as refused:
        brand_in({"palette": palette}, "x.md")
    assert 'accent: "ff8800"' in refused.value.hint


@pytest.mark.parametrize(
    ("palette", "accent"), [("ff8800", "#ff8800"), (112233, "#112233"), (["000000"] * 3 + ["0A0B0C"] * 2, "#0a0b0c")]
)
def test_a_palette_is_one_colour_a_few_or_all(palette: object, accent: str) -> None:
    assert brand_in({"palette": palette}, "x.md").colours.accent == accent
