"""Faces are found in any light and nowhere else, and crops, clips and kept takes go by them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from activities.artifacts import ArtifactStore
from activities.footage.activity import FootageActivity
from activities.footage.faces import MODEL, Face, FaceFinder, faces_in
from activities.footage.focus import focus_of
from activities.footage.media import look_at
from activities.footage.people import middle_of
from activities.footage.port import FootageOrder, FoundFootage
from activities.render.camera import View, view_at
from activities.render.designs import Frame, Timing, take_layers
from activities.render.timeline import Clip, Still
from models.videos.contracts import ArtifactRef, SceneDesign, SceneKind, Take
from models.videos.media_facts import MediaFacts
from models.videos.palettes import PALETTES
from tests.activities.footage.pictures import (
    FOLDER,
    Picture,
    blobs,
    blue,
    dark,
    grey,
    mirrored,
    portrait,
    put,
    red,
    sand,
    sunset,
    wood,
)
from tests.activities.footage.test_footage import SCRIPT, Library, store, takes_of, task  # noqa: F401 - `store` is a fixture

WIDE, TALL = Frame(1920, 1080), Frame(1080, 1920)
MEDIA = ArtifactRef(kind="media", digest="a" * 64, media_type="x", size=1)


def crops(picture: Picture, frame: Frame, kind: str = "still") -> list[View]:
    """What a frame shows of a picture at the beginning, middle and end of its scene."""
    height, width = picture.shape[:2]
    focus = focus_of([picture])
    take = Take(
        scene=0, kind=kind, media=MEDIA, design=SceneDesign(kind=SceneKind.CLIP, seed=1, palette=PALETTES["general"][0]),  # type: ignore[arg-type]
        width=width, height=height, seconds=9, focus_x=focus.x, focus_y=focus.y, face=focus.face,
    )  # fmt: skip
    layer = take_layers(take, frame, Timing(5.0))[0]
    assert isinstance(layer, Clip | Still)
    centre = (layer.focus_x, layer.focus_y) if isinstance(layer, Clip) else (0.5, 0.5)
    return [view_at(layer.camera, t, (width, height), (frame.width, frame.height), centre) for t in (0.0, 2.5, 5.0)]


def holds(view: View, face: Face, picture: Picture) -> bool:
    height, width = picture.shape[:2]
    across = view.x <= face.left * width and face.right * width <= view.x + view.width
    return across and view.y <= face.top * height and face.bottom * height <= view.y + view.height


@pytest.mark.parametrize("light", [grey, dark, blue, red, mirrored])
@pytest.mark.parametrize(("name", "x", "eyes"), [("collins", 0.44, 0.21), ("hopper", 0.52, 0.32)])
def test_a_face_is_found_in_any_light(name: str, x: float, eyes: float, light: Callable[[Picture], Picture]) -> None:
    (face,) = faces_in(light(portrait(name))) or ()
    middle = (face.left + face.right) / 2
    assert abs((1 - middle if light is mirrored else middle) - x) < 0.03
    assert abs(face.eyes - eyes) < 0.03
    assert face.confidence > 0.8


@pytest.mark.parametrize("make", [wood, sand, sunset, blobs])
def test_what_has_the_colours_of_skin_alone_is_no_face(make: Callable[[int], Picture]) -> None:
    assert [seed for seed in range(8) if faces_in(make(seed))] == []


@pytest.mark.parametrize("place", [(0.2, 0.5), (0.8, 0.6), (0.5, 0.5), (0.65, 0.7)])
@pytest.mark.parametrize("light", [grey, dark])
@pytest.mark.parametrize("kind", ["clip", "still"])
def test_a_tall_crop_keeps_the_face_of_a_wide_picture(
    place: tuple[float, float], light: Callable[[Picture], Picture], kind: str
) -> None:
    picture = light(put(wood(1), portrait("collins"), 0.5, *place))
    (face,) = faces_in(picture) or ()
    assert all(holds(view, face, picture) for view in crops(picture, TALL, kind))


@pytest.mark.parametrize("name", ["collins", "hopper"])
def test_a_wide_crop_of_a_tall_picture_has_the_eyes_a_third_from_its_top(name: str) -> None:
    person = portrait(name)
    room = person.shape[0]
    picture = np.pad(person, ((room, room), (0, 0), (0, 0)), mode="edge")
    (face,) = faces_in(picture) or ()
    (view, *_) = crops(picture, WIDE, "clip")
    down = (face.eyes * picture.shape[0] - view.y) / view.height
    assert 0.3 < down < 0.43, "a face that fills the frame lies a little lower, for its hair"
    assert view.y + view.height >= face.bottom * picture.shape[0]


def test_people_beside_each_other_are_kept_together() -> None:
    picture = put(put(sunset(1), portrait("collins"), 0.5, 0.6, 0.6), portrait("hopper"), 0.45, 0.8, 0.6)
    faces = faces_in(picture) or ()
    assert len(faces) == 2
    assert all(holds(crops(picture, TALL, "clip")[0], face, picture) for face in faces)


def face_at(x: float, size: float, confidence: float = 0.92, y: float = 0.5) -> Face:
    """In a picture of 16:9."""
    half = size / 2 * 0.8 / (16 / 9)
    return Face(x - half, y - size / 2, x + half, y + size / 2, y - size / 8, size, confidence)


def test_of_people_far_apart_those_who_weigh_more_are_kept() -> None:
    assert abs(middle_of([face_at(0.15, 0.3), face_at(0.85, 0.2)], 16 / 9).x - 0.15) < 0.02
    assert abs(middle_of([face_at(0.15, 0.22), face_at(0.8, 0.2), face_at(0.92, 0.2)], 16 / 9).x - 0.86) < 0.02
    crowd = [face_at(0.6 + 0.03 * place, 0.05) for place in range(10)]
    assert abs(middle_of([face_at(0.2, 0.3), *crowd], 16 / 9).x - 0.2) < 0.02, "one large face before a crowd"
    assert abs(middle_of([face_at(0.2, 0.05), *crowd], 16 / 9).x - 0.735) < 0.03, "a crowd before one of its like"


def test_a_small_and_doubtful_face_does_not_decide_alone() -> None:
    doubtful = face_at(0.15, 0.05, 0.62)
    picture = np.full((540, 960, 3), 90, np.uint8)
    picture[200:330, 680:800] = (240, 60, 40)
    assert focus_of([picture], lambda _: (doubtful,)).x > 0.6
    assert focus_of([picture], lambda _: (face_at(0.15, 0.3),)).x < 0.2


@pytest.mark.parametrize("what", ["missing", "broken", "another"])
def test_without_the_network_crops_go_by_what_stands_out_and_the_log_says_so(
    what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / MODEL.name
    if what == "broken":
        path.write_bytes(MODEL.read_bytes()[:100_000])
    elif what == "another":
        shutil.copy(FOLDER / "hopper.jpg", path)
    finder = FaceFinder(path)
    picture = put(sand(1), portrait("hopper"), 0.5, 0.75, 0.6)
    with caplog.at_level(logging.WARNING):
        assert finder.find(picture) is None
        assert abs(focus_of([picture], finder.find).x - 0.75) < 0.1
        assert focus_of([picture], finder.find).face == 0.0
    assert len(caplog.records) == 1, "once, not for every picture"
    assert MODEL.name in caplog.text


def test_threads_that_look_at_once_find_what_one_finds() -> None:
    looked = [put(wood(seed), portrait(name), 0.5, x, 0.5) for seed, name, x in ((1, "collins", 0.2), (2, "hopper", 0.7))]
    looked.append(portrait("hopper"))
    alone = [faces_in(picture) for picture in looked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(faces_in, looked * 8)) == alone * 8


def test_a_clip_is_of_the_face_that_is_seen_in_it(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = 960, 540, "yuv420p"
        ground, person = grey(sunset(2)), grey(portrait("hopper"))
        for number in range(30):
            picture = put(ground, person, 0.6, 0.75 + 0.002 * number, 0.6)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    facts = look_at(path, "clip.mp4")
    assert abs(facts.focus[0] - 0.785) < 0.03
    assert 0.15 < facts.face < 0.35


class Portraits(Library):
    """A provider with one portrait, at a price."""

    async def find(self, order: FootageOrder) -> FoundFootage | None:
        found = await super().find(order)
        return found and FoundFootage(
            kind="still", data=(FOLDER / "hopper.jpg").read_bytes(), media_type="image/jpeg", width=341, height=400,
            source_id="sky-1", cost=Decimal("0.04"),
        )  # fmt: skip


async def test_a_take_kept_before_faces_were_looked_for_is_looked_at_anew_and_not_bought_again(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    library = Portraits()
    only = task(store, "library", SCRIPT.model_copy(update={"scenes": SCRIPT.scenes[:1]}))
    with monkeypatch.context() as before:
        before.setattr("activities.footage.activity.LOOKS", 1)
        step = FootageActivity(store, {"library": library}, lambda _path, _name: MediaFacts("still", 341, 400, focus=(0.1, 0.9)))
        (old,) = takes_of(store, (await step.find_footage(only)).takes)
    made = await FootageActivity(store, {"library": library}, look_at).find_footage(only)
    (new,) = takes_of(store, made.takes)
    assert (old.focus_x, old.face) == (0.1, 0.0)
    assert abs(new.focus_x - 0.52) < 0.03
    assert new.face > 0.3
    assert made.provided.cost == 0
    assert len(library.asked) == 1
    assert Image.open(store.path(new.media)).size == (341, 400)  # type: ignore[arg-type]
