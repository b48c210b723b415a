"""Clips of a high dynamic range or a wide gamut: shown in the light that the standards give them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray

from activities.render.clips import ClipReader
from activities.render.hdr import eetf, peak_of

Floats = NDArray[np.float64]
PQ, HLG, GAMMA = 16, 18, 14
_TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""BT.709 light in BT.2020's primaries (ITU-R BT.2087)."""
WEIGHTS = np.array([0.2627, 0.6780, 0.0593])


def hlg(light: Floats) -> Floats:
    """Signal of display light (cd/m2, BT.2020) on a display of 1,000 cd/m2 (ITU-R BT.2100)."""
    scene = light / 1000 * np.maximum((light @ WEIGHTS) / 1000, 1e-9)[..., None] ** (1 / 1.2 - 1)
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    )


def pq(light: Floats) -> Floats:
    """Signal of display light (cd/m2) by SMPTE ST 2084."""
    power = (light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def gamma(light: Floats) -> Floats:
    """Signal of display light where 203 cd/m2 are white."""
    return (light / 203) ** (1 / 2.4)


SIGNALS: dict[int, Callable[[Floats], Floats]] = {PQ: pq, HLG: hlg, GAMMA: gamma}


def write_wide(
    path: Path, light: Floats, transfer: int, *, full: bool = False, pix_fmt: str = "yuv420p10le", told: str = ""
) -> Path:
    """Two frames of this BT.2020 light in cd/m2 (height, width, 3); `told`: brightest light and average of the clip's pictures."""
    red, _, blue = WEIGHTS
    signal = SIGNALS[transfer](light)
    y = signal @ WEIGHTS
    b, r = (signal[..., 2] - y) / (2 * (1 - blue)), (signal[..., 0] - y) / (2 * (1 - red))
    spans = (0, 1023, 1023) if full else (64, 876, 896)
    planes = [spans[0] + spans[1] * y, *(512 + spans[2] * plane[::2, ::2] for plane in (b, r))]
    height, width = y.shape
    codec = "prores_ks" if "422" in pix_fmt else "libx265"
    with av.open(str(path), "w") as container:
        light_level = f":max-cll={told}" if told else ""
        x265 = f"qp=4:log-level=none:frame-threads=1:pools=none:bframes=0{light_level}"
        options = {"x265-params": x265} if codec == "libx265" else {}
        stream = container.add_stream(codec, rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = transfer, 9, 9
        context.color_range = 2 if full else 1
        for number in range(2):
            frame = av.VideoFrame(width, height, "yuv420p10le")
            for plane, values in zip(frame.planes, planes, strict=True):
                rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)  # type: ignore[call-overload]
                rows[:, : plane.width] = np.round(values)
            frame.pts, frame.time_base = number, Fraction(1, 30)
            if pix_fmt != "yuv420p10le":
                side = "JPEG" if full else "MPEG"
                frame = frame.reformat(format=pix_fmt, src_color_range=side, dst_color_range=side)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def shown(path: Path) -> NDArray[Any]:
    """The first picture as RGB, as a player shows what comes out."""
    reader = ClipReader(path, path.name)
    found = reader.frame_at(0.0)
    assert found is not None
    frame = av.VideoFrame(found[1].width, found[1].height, "yuv420p")
    for plane, values in zip(frame.planes, found[1].each(), strict=True):
        np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width] = values  # type: ignore[call-overload]
    reader.close()
    return frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG").to_ndarray()


def patch(rgb: tuple[float, float, float]) -> Floats:
    """A patch of BT.709 light, as BT.2020's."""
    return np.broadcast_to(np.array(rgb) @ _TO_2020.T, (64, 64, 3)).astype(float)


def middle(path: Path) -> Floats:
    """The colour of a patch."""
    return np.median(shown(path)[16:48, 16:48].reshape(-1, 3), axis=0)


@pytest.mark.parametrize("light", [(40, 12, 8), (10, 35, 60), (26, 26, 26), (5, 60, 20), (2, 2, 30), (1, 1, 1)])
@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_what_is_darker_than_the_knee_keeps_its_light(tmp_path: Path, transfer: int, light: tuple[float, ...]) -> None:
    found = middle(write_wide(tmp_path / "c.mp4", patch(light), transfer))  # type: ignore[arg-type]
    wanted = 255 * gamma(np.array(light, float))
    assert np.abs(found - wanted).max() <= 6, (found, wanted)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_grey_card_and_white_lie_where_the_standards_put_them(tmp_path: Path, transfer: int) -> None:
    """BT.2408: a grey card (26 cd/m2) is 42 % of SDR's signal; diffuse white (203) and highlights share what is above 80 %."""
    levels = [float(middle(write_wide(tmp_path / "c.mp4", patch((n, n, n)), transfer))[1]) / 255 for n in (26, 203, 600, 1000)]
    assert levels[0] == pytest.approx(0.425, abs=0.01)
    assert 0.85 < levels[1] < 0.95 and levels[1] + 0.04 < levels[2] < levels[3] <= 1.0
    assert levels[3] > 0.98


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_a_ramp_rises_to_white_without_a_tint_or_a_step_back(tmp_path: Path, transfer: int) -> None:
    ramp = np.broadcast_to((np.linspace(0, 1, 512) ** 3 * 1000)[None, :, None], (64, 512, 3)).astype(float)
    found = shown(write_wide(tmp_path / "c.mp4", ramp, transfer))[32].astype(int)
    assert np.abs(found - found[:, 1:2]).max() <= 3
    assert np.diff(found[:, 1]).min() >= -1 and found[0].max() <= 1 and found[-1].min() >= 252


@pytest.mark.parametrize("transfer", [PQ, HLG, GAMMA])
def test_colours_that_bt709_cannot_show_keep_their_hue_and_luminance(tmp_path: Path, transfer: int) -> None:
    for light in np.eye(3) * 50:
        found = middle(write_wide(tmp_path / "c.mp4", np.broadcast_to(light, (64, 64, 3)).astype(float), transfer))
        assert found.argmax() == light.argmax() and found.max() - found.min() > 80
        luminance = (found / 255) ** 2.4 @ [0.2126, 0.7152, 0.0722] * 203
        assert luminance == pytest.approx(light @ WEIGHTS, rel=0.12)


@pytest.mark.parametrize("light", [(150, 30, 20), (20, 90, 190), (203, 203, 203), (12, 12, 12)])
@pytest.mark.parametrize("kind", [{}, {"full": True}], ids=["limited", "full"])
def test_bt2020_of_standard_range_becomes_bt709(tmp_path: Path, kind: dict[str, bool], light: tuple[float, ...]) -> None:
    found = middle(write_wide(tmp_path / "c.mp4", patch(light), GAMMA, **kind))  # type: ignore[arg-type]
    assert np.abs(found - 255 * gamma(np.array(light, float))).max() <= 5


@pytest.mark.parametrize("kind", [{"full": True}, {"pix_fmt": "yuv422p10le"}], ids=["full range", "ProRes 4:2:2"])
def test_hlg_comes_in_other_ranges_and_samplings(tmp_path: Path, kind: dict[str, Any]) -> None:
    found = middle(write_wide(tmp_path / "c.mov", patch((40, 12, 8)), HLG, **kind))
    assert np.abs(found - 255 * gamma(np.array([40.0, 12, 8]))).max() <= 6


def test_the_curve_ends_at_the_reference_white_whatever_the_source_can_show() -> None:
    for peak in (400.0, 1000.0, 4000.0, 10_000.0):
        brightest = eetf(pq(np.array([1.0, 20.0, peak])), peak)
        assert brightest[2] == pytest.approx(pq(np.array(203.0)), abs=1e-3)
        assert brightest[0] == pytest.approx(pq(np.array(1.0)))


def test_what_only_the_container_says_of_its_colours_counts(tmp_path: Path) -> None:
    """Files cut or joined by other programs may have lost what the stream itself said."""
    source = write_wide(tmp_path / "a.mp4", patch((40, 12, 8)), HLG)
    with av.open(str(source)) as held, av.open(str(tmp_path / "b.mp4"), "w") as out:
        given, made = held.streams.video[0], out.add_stream_from_template(held.streams.video[0])
        unsaid = "hevc_metadata=colour_primaries=2:transfer_characteristics=2:matrix_coefficients=2"
        filtering = BitStreamFilterContext(unsaid, given, made)
        for packet in held.demux(given):
            for changed in filtering.filter(packet if packet.size else None):
                changed.stream = made
                out.mux(changed)
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert int(next(container.decode(video=0)).colorspace) == 2
    assert np.abs(middle(tmp_path / "b.mp4") - middle(source)).max() <= 1


def test_the_peak_of_pq_is_what_its_file_tells(tmp_path: Path) -> None:
    assert [peak_of(said) for said in (0, 350, 1000, 1200, 4000, 20_000)] == [1000, 400, 1000, 1500, 4000, 10_000]
    grey = patch((700, 700, 700))
    levels = [middle(write_wide(tmp_path / "c.mp4", grey, PQ, told=told))[1] for told in ("1000,400", "4000,400")]
    # A picture that goes up to 4,000 cd/m2 leaves less of the range to 700.
    assert levels[1] < levels[0] - 1
