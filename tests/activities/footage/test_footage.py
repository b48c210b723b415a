"""Every scene gets a take: the operator's own file, a provider's, or its design; and nothing is found twice."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
import pytest
from obstore.store import LocalStore
from PIL import Image

from activities.artifacts import ArtifactStore
from activities.footage.activity import FootageActivity, own_file
from activities.footage.designed import DesignedFootage
from activities.footage.media import look_at
from activities.footage.port import FILMED, FootageOrder, FoundFootage
from models.errors import MediaError, Misconfigured
from models.videos.contracts import ArtifactRef, FootageTask, SceneKind, Script, ScriptScene, Take, VideoInput, VideoRequest

SCRIPT = Script(
    title="Why the sky is blue",
    scenes=tuple(
        ScriptScene(index=place, narration=text, visual=visual, heading=heading)
        for place, (text, visual, heading) in enumerate(
            [
                ("Why is the sky blue?", "", ""),
                ("The air scatters light.", "blue sky", "The air"),
                ("Look up.", "sunset", "Tonight"),
            ]
        )
    ),
)


class Library:
    """A provider with pictures of the sky alone, at a price."""

    name = "library"
    version = 1
    paid = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, order: FootageOrder) -> FoundFootage | None:
        self.asked.append(order.query)
        if "sky" not in order.query or "sky-1" in order.used or order.design.kind not in FILMED:
            return None
        return FoundFootage(
            kind="still", data=png(), media_type="image/png", width=64, height=36, source_id="sky-1", licence="CC0", author="Ann",
            page="https://example.org/1", cost=Decimal("0.04"),
        )  # fmt: skip


def png(width: int = 64, height: int = 36) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def clip(path: Path, seconds: float = 2.0, *, front: bool = False) -> Path:
    with av.open(str(path), "w", options={"movflags": "faststart"} if front else {}) as out:
        stream = out.add_stream("libx264", rate=10, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        rng = np.random.default_rng(2)
        for _ in range(round(seconds * 10)):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(rng.integers(0, 255, (36, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode())
    return path


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    (tmp_path / "artifacts").mkdir()
    return ArtifactStore(LocalStore(tmp_path / "artifacts"), tmp_path / "cache")


def task(store: ArtifactStore, provider: str, script: Script = SCRIPT, **request: object) -> FootageTask:
    ref = store.put_content("script", script.model_dump_json().encode())
    video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=CHANNEL, request=VideoRequest(topic="x", **request))  # type: ignore[arg-type]
    return FootageTask(video=video, provider=provider, script=ref, scenes=tuple(range(len(script.scenes))))


CHANNEL = uuid4()


def takes_of(store: ArtifactStore, refs: tuple[ArtifactRef, ...]) -> list[Take]:
    return [store.read_model(ref, Take) for ref in refs]


async def test_the_last_provider_designs_every_scene_for_nothing(store: ArtifactStore) -> None:
    made = await FootageActivity(store, {"designed": DesignedFootage()}, look_at).find_footage(task(store, "designed"))
    takes = takes_of(store, made.takes)
    assert [take.scene for take in takes] == [0, 1, 2]
    assert all(take.kind == "design" and take.design is not None for take in takes)
    assert made.missing == ()
    assert made.provided.cost == 0


async def test_what_was_made_before_is_not_made_again(store: ArtifactStore) -> None:
    activity = FootageActivity(store, {"designed": DesignedFootage()}, look_at)
    first = await activity.find_footage(task(store, "designed"))
    second = await activity.find_footage(task(store, "designed"))
    assert second.takes == first.takes
    assert second.provided.cached
    assert not first.provided.cached


async def test_scenes_that_a_provider_has_nothing_for_are_left_to_the_next(store: ArtifactStore) -> None:
    library = Library()
    made = await FootageActivity(store, {"library": library}, look_at).find_footage(task(store, "library"))
    assert made.missing == (1, 2), "the second scene would show the first one's picture again"
    take = takes_of(store, made.takes)[0]
    assert (take.kind, take.author, take.licence, take.source_id) == ("still", "Ann", "CC0", "sky-1")
    assert take.media is not None
    assert made.provided.cost == Decimal("0.04")


async def test_a_clip_found_for_one_video_serves_another_without_being_asked_for(store: ArtifactStore) -> None:
    library = Library()
    activity = FootageActivity(store, {"library": library}, look_at)
    only = SCRIPT.model_copy(update={"scenes": (SCRIPT.scenes[1].model_copy(update={"index": 0}),)})
    other = only.model_copy(update={"title": "Another film"})
    await activity.find_footage(task(store, "library", only))
    made = await activity.find_footage(task(store, "library", other))
    assert len(library.asked) == 1
    assert made.provided.cost == 0
    assert takes_of(store, made.takes)[0].source_id == "sky-1"


async def test_points_that_are_put_on_the_picture_later_are_shown_instead_of_the_clip_that_was_found(store: ArtifactStore) -> None:
    library = Library()
    activity = FootageActivity(store, {"library": library, "designed": DesignedFootage()}, look_at)
    scene = SCRIPT.scenes[1].model_copy(update={"index": 0})
    filmed = SCRIPT.model_copy(update={"scenes": (scene,)})
    assert takes_of(store, (await activity.find_footage(task(store, "library", filmed))).takes)[0].kind == "still"
    points = scene.model_copy(update={"on_screen": ("violet", "blue", "green"), "kind": SceneKind.LIST})
    listed = SCRIPT.model_copy(update={"scenes": (points,)})
    assert (await activity.find_footage(task(store, "library", listed))).missing == (0,)
    (take,) = takes_of(store, (await activity.find_footage(task(store, "designed", listed))).takes)
    assert take.design is not None
    assert (take.kind, take.design.kind) == ("design", SceneKind.LIST)


async def test_a_heading_lends_its_picture_to_no_other_film_with_the_same_one(store: ArtifactStore) -> None:
    library = Library()
    activity = FootageActivity(store, {"library": library}, look_at)
    scene = SCRIPT.scenes[0].model_copy(update={"heading": "What the sky tells", "narration": "Clouds gather in the west."})
    roman = SCRIPT.model_copy(update={"title": "Roman baths", "scenes": (scene,)})
    said = scene.model_copy(update={"narration": "Dough rises in the warm."})
    await activity.find_footage(task(store, "library", roman))
    await activity.find_footage(task(store, "library", roman.model_copy(update={"title": "Sourdough", "scenes": (said,)})))
    assert len(library.asked) == 2
    await activity.find_footage(task(store, "library", roman))
    assert len(library.asked) == 2, "its own film made again shows what was found"


async def test_a_scene_that_names_the_operators_file_shows_it(store: ArtifactStore, tmp_path: Path) -> None:
    still = store.put_content("media", png(), "image/png")
    moving = store.put_file("media", "c" * 64, clip(tmp_path / "walk.mp4"), "video/mp4")
    scenes = (
        SCRIPT.scenes[0].model_copy(update={"visual": "Sky.PNG"}),
        SCRIPT.scenes[1].model_copy(update={"visual": "walk.mp4", "kind": SceneKind.CLIP}),
    )
    script = SCRIPT.model_copy(update={"scenes": scenes})
    order = task(store, "designed", script, media={"sky.png": still, "walk.mp4": moving})
    takes = takes_of(
        store, (await FootageActivity(store, {"designed": DesignedFootage()}, look_at).find_footage(order)).takes
    )  # fmt: skip
    assert [(take.kind, take.provider, take.width, take.height) for take in takes] == [
        ("still", "operator", 64, 36), ("clip", "operator", 64, 36),
    ]  # fmt: skip
    assert takes[1].seconds == pytest.approx(2.0, abs=0.15)


async def test_an_unknown_provider_is_named_with_those_there_are(store: ArtifactStore) -> None:
    with pytest.raises(Misconfigured, match=r"'pexels'.*designed"):
        await FootageActivity(store, {"designed": DesignedFootage()}, look_at).find_footage(task(store, "pexels"))


def test_a_file_that_was_not_given_is_asked_for_by_name() -> None:
    scene = SCRIPT.scenes[1].model_copy(update={"visual": "holiday photo.jpg"})
    with pytest.raises(MediaError, match=r"Scene 2 wants holiday photo\.jpg.*sunset\.png"):
        own_file(scene, {"sunset.png": ArtifactRef(kind="media", digest="0" * 64, media_type="image/png", size=1)})


@pytest.mark.parametrize("given", ["gr\u00f6\u00dfe.jpg", "gro\u0308\u00dfe.jpg", "Gro\u0308\u00dfe.JPG"])
def test_a_name_is_known_however_its_accents_are_kept(given: str) -> None:
    ref = ArtifactRef(kind="media", digest="0" * 64, media_type="image/jpeg", size=1)
    for visual in ("gr\u00f6\u00dfe.jpg", "gro\u0308\u00dfe.jpg"):
        assert own_file(SCRIPT.scenes[1].model_copy(update={"visual": visual}), {given: ref}) == (given, ref)


def test_a_visual_in_words_names_no_file() -> None:
    assert own_file(SCRIPT.scenes[1], {}) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.png", b""),
        ("words.jpg", b"this is no picture at all, only words"),
        ("torn.png", png(400, 300)[:9000]),
        ("noise.mp4", bytes(range(256)) * 40),
        ("dot.png", png(2, 2)),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused_by_name_with_what_to_do(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / "stored-under-another-name"
    path.write_bytes(data)
    with pytest.raises(MediaError) as refused:
        look_at(path, name)
    assert name in refused.value.what
    assert "stored-under" not in str(refused.value)
    assert refused.value.hint


def test_a_clip_that_breaks_off_is_refused_with_the_second(tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole.mp4", 8.0, front=True).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(MediaError, match=r"cut\.mp4"):
        look_at(cut, "cut.mp4")


def test_a_picture_is_known_for_what_it_is_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(png(80, 60))
    assert look_at(path, "photo.jpg") == look_at(path, "photo.png")
    path.write_bytes(clip(tmp_path / "y.mp4").read_bytes())
    assert look_at(path, "clip.jpg").kind == "clip"


def test_a_clip_of_one_picture_is_a_clip_and_an_animated_gif_moves(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        file.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        file.mux(stream.encode(None))
    one = look_at(path, "one.mp4")
    assert one.kind == "clip" and 0 < one.seconds < 0.1
    looks = [Image.fromarray(np.full((48, 64, 3), level, np.uint8)) for level in (10, 120, 240)]
    looks[0].save(path, "GIF", save_all=True, append_images=looks[1:], duration=200)
    moving = look_at(path, "wave.gif")
    assert moving.kind == "clip" and moving.seconds == pytest.approx(0.6, abs=0.05)
    looks[0].save(path, "GIF")
    assert look_at(path, "wave.gif").kind == look_at(path, "named-wrongly.mp4").kind == "still"


def test_what_can_be_seen_through_is_told_from_what_merely_has_alpha(tmp_path: Path) -> None:
    path = tmp_path / "x"
    rgba = np.full((60, 80, 4), 255, np.uint8)
    Image.fromarray(rgba).save(path, "PNG")
    assert not look_at(path, "solid.png").see_through
    rgba[:20, :20, 3] = 0
    Image.fromarray(rgba).save(path, "PNG")
    assert look_at(path, "logo.png").see_through
