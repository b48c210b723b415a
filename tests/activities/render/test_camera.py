"""The camera: to a fraction of a pixel, never beyond the picture."""

from __future__ import annotations

import numpy as np
import pytest

from activities.render.camera import canvas_of, draw, draw_fixed, view_at
from activities.render.easing import drifting_value, eased, value_at
from activities.render.planes import Planes, new_frame
from activities.render.timeline import Camera, Ease, Key
from tests.activities.render.films import linear

FRAME = (320, 180)


def _spots(width: int, height: int, places: list[tuple[float, float]]) -> Planes:
    """Soft round spots, whose centres can be found to a thousandth of a pixel."""
    planes = []
    for part, shift in ((1, 0.0), (2, 0.0), (2, 0.0)):
        y, x = np.mgrid[0 : height // part, 0 : width // part].astype(np.float64)
        # Luma position of each sample: chroma sits on even columns, between two rows.
        x, y = (x + 0.5, y + 0.5) if part == 1 else (2 * x + 0.5, 2 * y + 1)
        light = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 6.0**2)) for px, py in places)
        planes.append(np.round(16 + 200 * np.clip(light, 0, 1) + shift).astype(np.uint8))
    return Planes(*planes)


def _centre(plane: np.ndarray, near: tuple[float, float], part: int) -> tuple[float, float]:  # type: ignore[type-arg]
    """Centre of light around a place, in luma pixels' edges."""
    y, x = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]].astype(np.float64)
    x, y = (x + 0.5, y + 0.5) if part == 1 else (2 * x + 0.5, 2 * y + 1)
    light = (plane.astype(float) - 16) * (np.hypot(x - near[0], y - near[1]) < 22)
    return float((x * light).sum() / light.sum()), float((y * light).sum() / light.sum())


@pytest.mark.parametrize(
    "camera",
    [
        Camera(zoom=linear((0, 1.0), (4, 1.08))),
        Camera(zoom=linear((0, 1.08))[:1], x=linear((0, 0.47), (4, 0.53)), y=linear((0, 0.48), (4, 0.52))),
        Camera(zoom=linear((0, 1.06), (4, 1.0)), x=linear((0, 0.52), (4, 0.5))),
    ],
    ids=["zoom", "pan", "both"],
)
def test_a_slow_camera_moves_within_a_fiftieth_of_a_pixel_of_its_plan(camera: Camera) -> None:
    size = (370, 208)
    places = [(90.3, 60.7), (250.6, 130.2), (173.0, 97.0)]
    source = _spots(*size, places)
    target = new_frame(*FRAME)
    errors: dict[int, list[float]] = {1: [], 2: []}
    for number in range(0, 120, 3):
        view = view_at(camera, number / 30, size, FRAME)
        draw(target, canvas_of(source), view)
        for px, py in places:
            wanted = ((px - view.x) * FRAME[0] / view.width, (py - view.y) * FRAME[1] / view.height)
            for plane, part in ((target.y, 1), (target.u, 2)):
                x, y = _centre(plane, wanted, part)
                errors[part] += [x - wanted[0], y - wanted[1]]
    luma, chroma = (float(np.std(errors[part])) for part in (1, 2))
    assert luma <= 0.02
    assert chroma <= 0.06
    assert abs(float(np.mean(errors[1]))) <= 0.01 and abs(float(np.mean(errors[2]))) <= 0.05


def test_the_view_stays_within_the_picture() -> None:
    view = view_at(Camera(zoom=linear((0, 1.2)), x=linear((0, 3.0)), y=linear((0, -1.0))), 0.0, (400, 300), FRAME)
    assert view.x + view.width <= 400 + 1e-9
    assert view.y == 0


def test_zoom_one_shows_all_that_the_frame_can_hold() -> None:
    view = view_at(Camera(), 0.0, (640, 480), FRAME)
    assert (view.width, view.height) == (640, 360)
    assert (view.x, view.y) == (0, 60)


def test_a_picture_of_the_frames_size_is_copied_as_it_is() -> None:
    source = _spots(*FRAME, [(100, 90)])
    for way in (draw, draw_fixed):
        target = new_frame(*FRAME)
        way(target, source, view_at(Camera(), 0.0, FRAME, FRAME))
        assert (target.y == source.y).all() and (target.u == source.u).all()


@pytest.mark.parametrize("ease", list(Ease))
def test_every_ease_begins_at_its_start_and_ends_at_its_goal(ease: Ease) -> None:
    assert eased(ease, 0.0) == pytest.approx(0.0, abs=1e-9)
    assert eased(ease, 1.0) == pytest.approx(1.0)
    steps = [eased(ease, n / 100) for n in range(101)]
    assert max(steps) <= 1.11 and min(steps) >= -0.01


def test_a_track_holds_before_its_first_and_after_its_last_key() -> None:
    track = (Key(at=1, value=10), Key(at=2, value=20, ease=Ease.LINEAR), Key(at=3, value=0, ease=Ease.HOLD))
    assert [value_at(track, t, 5.0) for t in (0, 1, 1.5, 2, 2.9, 3, 9)] == [10, 10, 15, 20, 20, 0, 0]
    assert value_at((), 1.0, 5.0) == 5.0


def test_a_linear_camera_goes_on_after_its_last_key() -> None:
    assert drifting_value(linear((0, 1.0), (2, 1.1)), 3.0, 1.0) == pytest.approx(1.15)


@pytest.mark.parametrize(("zoom", "width"), [((1.0, 1.08), 1.08 * 1.07), ((1.5, 1.0), 1.5 * 1.07), ((1.0, 1.0), 1.07)])
def test_the_fast_way_draws_what_the_exact_way_draws(zoom: tuple[float, float], width: float) -> None:
    size = (2 * round(FRAME[0] * width / 2), 2 * round(FRAME[1] * width / 2))
    source = _spots(*size, [(90.3, 60.7), (250.6, 130.2), (173.0, 97.0), (2.0, 3.0), (size[0] - 2.0, size[1] - 1.0)])
    camera = Camera(zoom=linear((0, zoom[0]), (2, zoom[1])), x=linear((0, 0.4), (2, 0.6)))
    for number in range(0, 60, 7):
        view = view_at(camera, number / 30, size, FRAME)
        fast, exact = new_frame(*FRAME), new_frame(*FRAME)
        draw(fast, canvas_of(source), view)
        draw(exact, source, view)
        for one, two in zip(fast.each(), exact.each(), strict=True):
            assert np.abs(one.astype(int) - two.astype(int)).max() <= 3
