"""Thumbnails: three designs of 1280x720 that can be read at 168x94, scored on their pixels."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np
import pytest
from obstore.store import MemoryStore
from PIL import Image

from activities.artifacts import ArtifactStore
from activities.footage.faces import faces_in
from activities.thumbnail.activity import ThumbnailActivity
from activities.thumbnail.designed import CORNER, LARGEST_FILE, DesignedThumbnails, draw_candidates, lay_out
from activities.thumbnail.lettering import LEAST_CAPITAL
from activities.thumbnail.port import DrawnPicture, ThumbnailOrder
from activities.thumbnail.scoring import score
from models.errors import BadOutput, Misconfigured
from models.videos.contracts import Script, ScriptScene, VideoInput, VideoRequest
from models.videos.finishing import ThumbnailTask
from models.videos.palettes import PALETTES
from models.videos.thumbnail_words import thumbnail_words
from tests.activities.footage.pictures import portrait, put, sunset

TITLES = {
    "en": "Why the sky is blue",
    "long": "Compound interest explained in 60 seconds: what banks hide",
    "one": "Photosynthesis",
    "de": "Warum Honig niemals schlecht wird",
    "ar": "لماذا السماء زرقاء؟",
    "hi": "आकाश नीला क्यों है?",
    "ja": "空はなぜ青いのか",
}


def order(title: str, language: str = "en", palette: int = 0) -> ThumbnailOrder:
    chosen = PALETTES["finance"][palette]
    return ThumbnailOrder(title=title, words=thumbnail_words(title), icon="cloud", palette=chosen, seed=3, language=language)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("case", TITLES)
def test_candidates_keep_the_rules(case: str) -> None:
    drawn = draw_candidates(order(TITLES[case], case if len(case) == 2 else "en", palette=2 if case == "one" else 0))
    assert len(drawn) == 3
    assert [one.score for one in drawn] == sorted((one.score for one in drawn), reverse=True)
    assert Image.open(io.BytesIO(drawn[0].webp)).size == (1280, 720)
    for one in drawn:
        picture = Image.open(io.BytesIO(one.jpeg))
        assert picture.size == (1280, 720)
        assert picture.format == "JPEG"
        assert len(one.jpeg) <= LARGEST_FILE
        assert set(one.parts) == {"contrast", "legibility", "subject", "clarity"}
        assert one.parts["legibility"] > 60, one.name
        assert one.parts["contrast"] > 40, one.name
        assert one.name in one.reason


def test_the_three_designs_are_three_pictures() -> None:
    one, two, three = (pixels(drawn.jpeg).astype(int) for drawn in draw_candidates(order(TITLES["en"])))
    assert min(np.abs(one - two).mean(), np.abs(one - three).mean(), np.abs(two - three).mean()) > 5


def test_the_same_order_gives_the_same_pictures() -> None:
    first, second = ([canvas.pixels for canvas in lay_out(order("A test")).values()] for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize("case", TITLES)
def test_type_is_tall_and_clear_of_the_corner_of_the_duration(case: str) -> None:
    for name, canvas in lay_out(order(TITLES[case], case if len(case) == 2 else "en")).items():
        assert canvas.letter_height >= LEAST_CAPITAL - 0.5, name
        assert canvas.text[round(CORNER[1] * 720) :, round(CORNER[0] * 1280) :].max() < 0.1, name


def test_the_score_sees_what_people_see() -> None:
    """Dark type on a dark ground, small type and a cluttered ground all score lower than bold type on a calm one."""

    def judged(ink: int, scale: float, noise: int) -> dict[str, float]:
        rng = np.random.default_rng(4)
        picture = np.full((720, 1280, 3), 30, np.uint8)
        picture[:] = np.clip(picture + rng.integers(0, noise + 1, (720, 1280, 1)), 0, 255)
        mask = np.zeros((720, 1280), np.uint8)
        cv2.putText(mask, "WHY BLUE", (60, 400), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(2, round(scale * 3.5)), cv2.LINE_AA)
        picture[mask > 128] = ink
        subject = np.zeros((720, 1280), np.float32)
        cv2.circle(picture, (1040, 250), 180, (240, 180, 40), -1)
        cv2.circle(subject, (1040, 250), 180, 1.0, -1)
        result = score(picture, mask.astype(np.float32) / 255, subject, 22 * scale)
        return {**result.parts, "total": result.total}

    good = judged(255, 6.0, 0)
    assert good["total"] > judged(70, 6.0, 0)["total"]
    assert good["contrast"] > 2 * judged(70, 6.0, 0)["contrast"]
    assert good["legibility"] > 1.5 * judged(255, 1.5, 0)["legibility"]
    assert good["clarity"] > judged(255, 6.0, 200)["clarity"] + 30


def test_a_subject_stands_out_by_the_medians_of_its_colours_and_of_what_is_around() -> None:
    rng = np.random.default_rng(2)
    picture = np.asarray(rng.integers(60, 100, (720, 1280, 3)), np.uint8)
    subject = np.zeros((720, 1280), np.float32)
    subject[200:500, 700:1200] = 1.0
    inside = subject > 0.5
    picture[inside] = rng.integers(90, 150, (int(inside.sum()), 3))
    away = cv2.dilate(inside.astype(np.uint8), np.ones((61, 61))) - cv2.dilate(inside.astype(np.uint8), np.ones((5, 5)))
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    apart = np.linalg.norm(np.median(lab[inside], axis=0) - np.median(lab[away > 0], axis=0))
    found = score(picture, np.zeros_like(subject), subject, 0.0).parts["subject"]
    assert 20 < apart < 70
    assert found == pytest.approx(100 * (0.35 + 0.65 * float(apart) / 90), abs=0.5)  # OpenCV's are whole steps


@pytest.mark.parametrize("title", ["Why the sky is blue", "Photosynthesis"])
def test_type_is_set_upon_a_providers_picture_in_three_ways(title: str) -> None:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(5).integers(60, 255, (512, 768, 3), np.uint8)).save(out, "PNG")
    drawn = draw_candidates(order(title), DrawnPicture(out.getvalue(), Decimal("0.04")))
    assert all(one.parts["contrast"] > 60 for one in drawn)
    shown = [pixels(one.jpeg).astype(int) for one in drawn]
    assert min(np.abs(a - b).mean() for a, b in ((shown[0], shown[1]), (shown[0], shown[2]), (shown[1], shown[2]))) > 5


@pytest.mark.parametrize("x", [0.3, 0.5, 0.7])
def test_the_best_thumbnail_shows_the_face_of_its_photograph(x: float) -> None:
    out = io.BytesIO()
    Image.fromarray(put(sunset(1), portrait("collins"), 0.8, x, 0.6)).save(out, "JPEG", quality=95)
    picture = DrawnPicture(out.getvalue(), Decimal("0.04"))
    best, *others = draw_candidates(order("Why the sky is blue"), picture)
    canvas = lay_out(order("Why the sky is blue"), picture)
    assert canvas[best.name].hidden() < 0.05
    (face,) = faces_in(pixels(best.jpeg).astype(np.uint8)) or ()
    assert face.left > 0.5, "beside the words"
    assert any("of the faces covered" in one.reason for one in others), "and a design that covers it says so"


def test_a_picture_that_cannot_be_read_is_bad_output() -> None:
    with pytest.raises(BadOutput):
        draw_candidates(order("x"), DrawnPicture(b"not a picture"))


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(MemoryStore(), tmp_path)


def task(store: ArtifactStore, provider: str = "designed") -> ThumbnailTask:
    script = Script(title="Why the sky is blue", scenes=(ScriptScene(index=0, narration="Look up."),))
    video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="x"))
    return ThumbnailTask(video=video, provider=provider, script=store.put_content("script", script.model_dump_json().encode()))


async def test_the_step_keeps_candidates_with_reasons_and_chooses_the_best(store: ArtifactStore) -> None:
    activity = ThumbnailActivity(store, {"designed": DesignedThumbnails()}, draw_candidates)
    order = task(store)
    made = await activity.make_thumbnail(order)
    assert made.chosen == max(made.candidates, key=lambda one: one.score).image
    assert len({one.image.digest for one in made.candidates}) == 3
    assert all(one.reason for one in made.candidates)
    assert store.read_bytes(made.webp)[8:12] == b"WEBP"
    again = await activity.make_thumbnail(order)
    assert again.chosen == made.chosen
    assert again.provided.cached


async def test_an_unknown_provider_is_named_with_those_there_are(store: ArtifactStore) -> None:
    with pytest.raises(Misconfigured, match=r"'sdxl'.*designed"):
        await ThumbnailActivity(store, {"designed": DesignedThumbnails()}, draw_candidates).make_thumbnail(task(store, "sdxl"))


@pytest.mark.parametrize(
    "title", ["Warum die Donaudampfschifffahrtsgesellschaft bleibt", "Antidisestablishmentarianism", "otorrinolaringólogos"]
)
def test_a_long_word_is_set_in_parts_so_that_it_reads_small(title: str) -> None:
    assert min(canvas.letter_height for canvas in lay_out(order(title)).values()) >= 0.8 * LEAST_CAPITAL


@pytest.mark.parametrize(
    "title", ["Why the sky is blue", "Photosynthesis", "Heat pumps versus gas boilers", "Cathedrals everywhere"]
)
def test_the_symbol_is_never_cut_by_the_edge_of_the_frame(title: str) -> None:
    """A disc may leave the frame; the symbol on it may not."""
    asked = replace(order(title), icon="trend")
    without = lay_out(replace(asked, icon=""))
    for name, canvas in lay_out(asked).items():
        columns = np.flatnonzero(np.abs(canvas.pixels - without[name].pixels).max(axis=(0, 2)) > 8)
        assert columns.size, name
        assert columns.max() <= 1262, name
