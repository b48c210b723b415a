"""Designed scenes: text stays in the safe areas whatever it is, kinds look different, the same seed is the same scene."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from activities.render.designs import Frame, Timing, design_layers, take_layers
from activities.render.layers.base import Studio
from activities.render.planes import new_planes
from activities.render.segment_plan import plan_segments
from activities.render.stack import compose
from activities.render.text import measure, number_content
from activities.render.timeline import (
    Clip,
    Gradient,
    ImageContent,
    Layer,
    NumberContent,
    Output,
    Scene,
    Sprite,
    Still,
    TextContent,
    Timeline,
)
from models.videos.contracts import ArtifactRef, DesignItem, SceneDesign, SceneKind, Take, Word
from models.videos.palettes import PALETTES
from models.videos.scene_design import VARIANTS

WIDE, TALL, SMALL = Frame(1920, 1080), Frame(1080, 1920), Frame(1280, 720)
KINDS = [kind for kind in SceneKind if kind is not SceneKind.CLIP]
CASES = [(kind, variant) for kind in KINDS for variant in range(VARIANTS[kind])]
NASTY = {
    "words": ("The plain question", "What exactly do we mean by it, and who says so?", "en"),
    "one long word": ("Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik", "Rindfleischetikettierungsgesetz", "de"),
    "right to left": ("لماذا السماء زرقاء؟", "ضوء الشمس Rayleigh 1871 أبيض لكنه يحمل كل الألوان", "ar"),
    "hindi": ("आकाश नीला क्यों है और सूरज लाल क्यों होता है", "हवा के अणु नीली रोशनी को बिखेरते हैं", "hi"),
    "japanese": ("空はなぜ青いのか、そして夕日はなぜ赤いのか", "波長の短い青い光は、赤い光よりもずっと強く散乱されます", "ja"),
    "emoji": ("🚀👨‍👩‍👧‍👦🇩🇪❤️‍🔥" * 6, "🌍🌎🌏" * 12, "en"),
    "far too much": ("Too much " * 40, "A sentence that goes on and on without an end " * 12, "en"),
    "short": ("1492", "20.07.1969", "de"),
    "mixed": ("Why لماذا なぜ क्यों 🤔", "A—B / C\u200fd\u202ee\tf", "en"),
}  # fmt: skip


def design(kind: SceneKind, variant: int, heading: str, text: str, language: str = "en", **more: object) -> SceneDesign:
    items = tuple(DesignItem(label=label, detail=detail) for label, detail in ((text, heading), (heading, ""), (text, text)))
    if kind is SceneKind.NUMBER:
        items = (DesignItem(label=text, value=1234567.5, unit="million kilometres", detail="1"),)
    elif kind is SceneKind.TIMELINE:
        items = tuple(DesignItem(label=str(1859 + place), detail=text) for place in range(4))
    elif kind is SceneKind.COMPARISON:
        items = items[:2]
    elif kind is SceneKind.STATEMENT:
        items = tuple(item.model_copy(update={"detail": ""}) for item in items)
    given = {"seed": 7, "palette": PALETTES["science"][0], "icon": "prism"} | more
    return SceneDesign(kind=kind, variant=variant, heading=heading, text=text, items=items, language=language, **given)  # type: ignore[arg-type]


def at_rest(layers: list[Layer]) -> list[tuple[str, float, float, float, float]]:
    """Where the text of sprites stands when it has arrived: left, top, right, lower edge."""
    boxes = []
    for layer in layers:
        if not isinstance(layer, Sprite):
            continue
        if isinstance(layer.content, TextContent):
            content = layer.content
        elif isinstance(layer.content, NumberContent):
            content = number_content(layer.content, layer.content.track[-1].value)
        else:
            continue
        box = measure(content)
        if box.text:
            left = layer.x - layer.anchor_x * box.width + box.inset
            top = layer.y - layer.anchor_y * box.height + box.inset
            boxes.append((content.text, left, top, left + box.text_width, top + box.text_height))
    return boxes


@pytest.mark.parametrize("case", NASTY)
@pytest.mark.parametrize("frame", [WIDE, TALL, SMALL], ids=["wide", "tall", "720p"])
def test_text_never_leaves_the_safe_area(frame: Frame, case: str) -> None:
    heading, text, language = NASTY[case]
    for kind, variant in CASES:
        layers = design_layers(design(kind, variant, heading, text, language), frame, Timing(6.0), channel="A channel with a name")
        left, right = (0.05, 0.85) if frame.vertical else (0.05, 0.95)
        top, bottom = (0.15, 0.575) if frame.vertical else (0.05, 0.78)
        for shown, x0, y0, x1, y1 in at_rest(layers):
            where = f"{kind} {variant}: {shown[:30]!r} at {x0:.0f},{y0:.0f}-{x1:.0f},{y1:.0f}"
            assert x0 >= left * frame.width - 2, where
            assert x1 <= right * frame.width + 2, where
            assert y0 >= top * frame.height - 2, where
            assert y1 <= bottom * frame.height + 2, where


@pytest.mark.parametrize("frame", [WIDE, TALL], ids=["wide", "tall"])
def test_a_lower_third_stays_above_the_captions(frame: Frame) -> None:
    media = ArtifactRef(kind="footage-file", digest="0" * 64, media_type="video/mp4", size=1)
    for heading, text, language in NASTY.values():
        take = Take(scene=0, kind="clip", media=media, design=design(SceneKind.CLIP, 0, heading, text, language), seconds=3.0)
        layers = take_layers(take, frame, Timing(6.0))
        assert isinstance(layers[0], Clip)
        for shown, x0, y0, x1, y1 in at_rest(layers):
            assert x0 >= 0.05 * frame.width - 2, shown
            assert x1 <= (0.85 if frame.vertical else 0.95) * frame.width + 2, shown
            assert y0 >= (0.15 if frame.vertical else 0.05) * frame.height - 2, shown
            assert y1 <= (0.575 if frame.vertical else 0.78) * frame.height + 2, shown


def pictures(layers: list[Layer], frame: Frame, seconds: float, times: list[float]) -> list[np.ndarray]:
    """The luma of a scene at some of its times."""
    output = Output(width=frame.width, height=frame.height, fps=10, video_rate=1, audio_rate=1)
    scene = Scene(index=0, first_frame=0, frames=round(seconds * 10), layers=tuple(layers))
    stack = compose(plan_segments(Timeline(title="t", output=output, scenes=(scene,)))[0], Studio(output, lambda ref: None))  # type: ignore[arg-type, return-value]
    planes = new_planes(frame.width, frame.height)
    shown = []
    for at in times:
        stack.paint(planes, at)
        shown.append(np.array(planes.y, int))
    return shown


def picture(layers: list[Layer], frame: Frame) -> np.ndarray:
    return pictures(layers, frame, 6.0, [4.5])[0]


@pytest.mark.parametrize("frame", [Frame(640, 360), Frame(360, 640)], ids=["wide", "tall"])
def test_every_kind_is_a_picture_of_its_own(frame: Frame) -> None:
    shown = {
        kind: picture(design_layers(design(kind, 0, "Heading", "What is said here"), frame, Timing(6.0)), frame) for kind in KINDS
    }
    for one, other in product(KINDS, KINDS):
        if one is not other:
            assert np.abs(shown[one] - shown[other]).mean() > 1.0, f"{one} looks like {other}"


def test_layouts_of_a_kind_differ_in_a_wide_frame() -> None:
    frame = Frame(640, 360)
    for kind in KINDS:
        shown = [
            picture(design_layers(design(kind, variant, "Heading", "What is said"), frame, Timing(6.0)), frame)
            for variant in range(VARIANTS[kind])
        ]
        for one, other in pairwise(shown):
            assert np.abs(one - other).mean() > 0.4, kind


def test_the_same_seed_is_the_same_scene_and_another_is_another() -> None:
    one = design(SceneKind.STATEMENT, 1, "Heading", "What is said")
    assert design_layers(one, WIDE, Timing(6.0)) == design_layers(one, WIDE, Timing(6.0))
    other = one.model_copy(update={"seed": 8})
    assert design_layers(one, WIDE, Timing(6.0)) != design_layers(other, WIDE, Timing(6.0))


def test_points_of_a_list_come_as_they_are_spoken() -> None:
    said = ["First", "sunlight", "is", "white", "then", "the", "air", "scatters", "it", "at", "last", "our", "eyes", "see", "blue"]
    words = tuple(Word(text=word, start=0.5 * place, end=0.5 * place + 0.4) for place, word in enumerate(said))
    timing = Timing(9.0, words)
    cues = timing.cues(["Sunlight is white", "The air scatters it", "Our eyes see blue"])
    assert cues == pytest.approx([0.35, 2.35, 5.35], abs=0.06)


def test_cues_stay_in_order_and_in_time_when_nothing_is_spoken() -> None:
    for seconds in (0.5, 2.0, 6.0, 30.0):
        cues = Timing(seconds).cues(["a", "b", "c", "d"])
        assert cues == sorted(cues)
        assert cues[-1] < max(seconds, 1.5)


@pytest.mark.parametrize("kind", [SceneKind.NUMBER, SceneKind.LIST, SceneKind.TIMELINE])
def test_what_goes_with_its_scene_comes_no_later_for_that(kind: SceneKind) -> None:
    """What is spoken at the very end is read before the next scene comes in, however long that takes."""
    one = design(kind, 0, "Heading", "What is said here")
    if kind is SceneKind.NUMBER:
        one = one.model_copy(update={"items": (DesignItem(label="Degrees", value=42),)})
    said = " ".join(f"{item.label} {item.value or 0:g}" for item in one.items)
    words = tuple(Word(text=word, start=2.6, end=2.9) for word in said.split())
    for frame in (WIDE, TALL):
        cutting, moving = (design_layers(one, frame, Timing(3.0, words, over=over)) for over in (0.0, 0.6))
        comes = [[layer.start for layer in layers if isinstance(layer, Sprite)] for layers in (cutting, moving)]
        assert comes[0] == comes[1]


@pytest.mark.parametrize("frame", [WIDE, TALL], ids=["wide", "tall"])
def test_something_changes_at_least_every_four_seconds(frame: Frame) -> None:
    """Besides the slow camera: an entry, an exit, or the swell of a symbol."""
    for kind, variant in CASES:
        layers = design_layers(design(kind, variant, "Heading", "What is said"), frame, Timing(11.0), channel="Channel")
        sprites = [layer for layer in layers if isinstance(layer, Sprite)]
        tracks = [track for one in sprites for track in (one.opacity, one.scale, one.reveal, one.dy)]
        moments = sorted({0.0, 11.0} | {key.at for track in tracks for key in track if 0 <= key.at <= 11.0})
        assert max(b - a for a, b in pairwise(moments)) <= 4.0, (kind, variant)


def test_right_to_left_scenes_are_mirrored() -> None:
    left = at_rest(design_layers(design(SceneKind.LIST, 0, "Heading", "A point"), WIDE, Timing(6.0)))[0]
    right = at_rest(design_layers(design(SceneKind.LIST, 0, "عنوان", "نقطة", "ar"), WIDE, Timing(6.0)))[0]
    assert left[1] == pytest.approx(WIDE.safe.x, abs=2)
    assert right[3] == pytest.approx(WIDE.safe.right, abs=2)


def test_a_still_of_another_shape_is_shown_whole() -> None:
    media = ArtifactRef(kind="footage-file", digest="0" * 64, media_type="image/png", size=1)
    fits = []
    for width, height in ((1920, 1200), (400, 1600)):
        take = Take(scene=0, kind="still", media=media, design=design(SceneKind.CLIP, 0, "", ""), width=width, height=height)
        still = take_layers(take, WIDE, Timing(5.0))[0]
        assert isinstance(still, Still)
        fits.append(still.fit)
    assert fits == ["cover", "contain"]


def test_a_sticker_moves_whole_on_the_scenes_ground_and_short_clips_keep_their_speed() -> None:
    media = ArtifactRef(kind="footage-file", digest="0" * 64, media_type="image/webp", size=1)
    take = Take(scene=0, kind="clip", media=media, design=design(SceneKind.CLIP, 0, "", ""), seconds=1.0, see_through=True)
    ground, sticker = take_layers(take, WIDE, Timing(6.0))
    assert isinstance(ground, Gradient) and isinstance(sticker, Clip) and (sticker.fit, sticker.speed) == ("contain", 1.0)
    speeds = []
    for seconds in (2.0, 4.5, 5.4, 6.0, 9.0, 0.0):
        clip = take_layers(take.model_copy(update={"seconds": seconds, "see_through": False}), WIDE, Timing(6.0))[0]
        assert isinstance(clip, Clip) and clip.fit == "cover"
        speeds.append(clip.speed)
    assert speeds == pytest.approx([1.0, 0.75, 0.9, 1.0, 1.0, 1.0])


def test_every_scene_has_a_ground_that_moves_slowly() -> None:
    for kind, variant in CASES:
        ground = design_layers(design(kind, variant, "Heading", "Text"), WIDE, Timing(6.0))[0]
        assert isinstance(ground, Gradient)
        pan = [key.value for key in ground.camera.x or ground.camera.y]
        assert 0.02 <= abs(pan[-1] - pan[0]) <= 0.06


def test_no_scene_flashes() -> None:
    """The photosensitivity limit: no more than three swings of the picture's brightness by a tenth within a second."""
    frame, fps = Frame(320, 180), 10
    for kind in KINDS:
        layers = design_layers(design(kind, 0, "Heading", "What is said here"), frame, Timing(3.0))
        light = [shown.mean() / 219 for shown in pictures(layers, frame, 3.0, [place / fps for place in range(0, 30, 2)])]
        swings = [
            place
            for place in range(2, len(light))
            if (light[place] - light[place - 1]) * (light[place - 1] - light[place - 2]) < -0.01
        ]
        assert len(swings) <= 3, kind


def test_a_panorama_is_panned_and_a_tiny_picture_is_a_card() -> None:
    """A panorama between bars, and a thumbnail blown up to its pixels, are what nobody would show."""
    media = ArtifactRef(kind="footage-file", digest="0" * 64, media_type="image/png", size=1)
    shape = Take(scene=0, kind="still", media=media, design=design(SceneKind.CLIP, 0, "", ""), width=4000, height=1000, focus_x=0.9)
    still = take_layers(shape, WIDE, Timing(5.0))[0]
    assert isinstance(still, Still) and still.fit == "cover"
    first, last = (key.value for key in still.camera.x)
    seen = 1920 / 4320
    assert abs(last - first) >= 0.1 and all(seen / 2 <= x <= 1 - seen / 2 + 1e-6 for x in (first, last)), (
        "it never stands at an edge"
    )
    ground, card = take_layers(shape.model_copy(update={"width": 160, "height": 120}), WIDE, Timing(5.0))
    assert isinstance(ground, Gradient) and isinstance(card, Sprite) and isinstance(card.content, ImageContent)
    assert card.content.width <= 4 * 160


def shapes_at(layers: list[Layer], t: float) -> int:
    """Sprites that have begun at a time."""
    return sum(isinstance(layer, Sprite) and layer.start <= t and (layer.end is None or layer.end > t) for layer in layers)


@pytest.mark.parametrize(("kind", "variant"), [(SceneKind.TIMELINE, 0), (SceneKind.TIMELINE, 1), (SceneKind.LIST, 2)])
def test_places_of_what_comes_later_are_there_from_the_beginning(kind: SceneKind, variant: int) -> None:
    """A scene whose first point is spoken late is not empty until then."""
    words = tuple(Word(text=str(1859 + place), start=4.0 + place, end=4.5 + place) for place in range(4))
    for frame in (WIDE, TALL) if kind is SceneKind.TIMELINE else (TALL,):
        layers = design_layers(design(kind, variant, "", "What is said"), frame, Timing(11.0, words))
        assert shapes_at(layers, 1.2) >= shapes_at(layers, 0.0) + 3


def test_years_of_a_timeline_are_set_in_one_size() -> None:
    plain = design(SceneKind.TIMELINE, 0, "", "What happened")
    items = tuple(DesignItem(label=label, detail="It happened") for label in ("22 December 1956", "1967", "1975"))
    layers = design_layers(plain.model_copy(update={"items": items}), WIDE, Timing(6.0))
    texts = [layer.content for layer in layers if isinstance(layer, Sprite) and isinstance(layer.content, TextContent)]
    assert len({round(measure(one).size, 1) for one in texts if one.text in ("22 December 1956", "1967", "1975")}) == 1


@pytest.mark.parametrize("frame", [WIDE, TALL], ids=["wide", "tall"])
@pytest.mark.parametrize("kind", [SceneKind.STATEMENT, SceneKind.PICTURE])
def test_a_date_or_a_name_alone_is_set_larger_than_a_sentence_and_in_one_line(kind: SceneKind, frame: Frame) -> None:
    for variant in range(VARIANTS[kind]):
        sizes = []
        for text in ("10–20 %", "Apollo 11", "9 November 1989", "What we know of it, and who says so"):
            made = design(kind, variant, "", text).model_copy(update={"items": (DesignItem(label=text),)})
            (content,) = (
                layer.content
                for layer in design_layers(made, frame, Timing(6.0))
                if isinstance(layer, Sprite) and isinstance(layer.content, TextContent) and layer.content.text == text
            )
            sizes.append(content.font.size)
            assert content.max_lines == (1 if len(text) <= 16 else 4)
        assert sizes[0] == sizes[1] > sizes[2] > sizes[3]


def test_sides_without_symbols_of_their_own_are_not_counted() -> None:
    """`1` against `2` says nothing; the words are large instead, and clear of the sign between them."""
    sides = (DesignItem(label="", detail="It warms up quickly when it shines"), DesignItem(label="", detail="It cools off late"))
    plain = design(SceneKind.COMPARISON, 0, "", "").model_copy(update={"items": sides, "icon": ""})
    boxes = at_rest(design_layers(plain, WIDE, Timing(6.0)))
    assert [text for text, *_ in boxes] == [side.detail for side in sides]
    assert boxes[0][3] <= WIDE.safe.middle - 55 - 20 and boxes[1][1] >= WIDE.safe.middle + 55 + 20
