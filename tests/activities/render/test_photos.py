"""Pictures of cameras, phones and scanners: their colours come out as they were seen."""

from __future__ import annotations

import struct
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from activities.render.photos import load_picture
from tests.activities.render.test_colours import HLG, hlg, patch

P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
"""XYZ of Display P3's red, green and blue, as profiles hold it (D50)."""


def profile(columns: tuple[tuple[float, float, float], ...], gamma: float, name: str = "Display P3") -> bytes:
    """An ICC profile of three primaries and a gamma (ICC.1:2001-04)."""

    def xyz(values: tuple[float, float, float]) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    text = name.encode() + b"\0"
    described = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {
        b"desc": described + bytes(-len(described) % 4), b"cprt": b"text" + bytes(4) + b"none", b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        b"rXYZ": xyz(columns[0]), b"gXYZ": xyz(columns[1]), b"bXYZ": xyz(columns[2]), b"rTRC": curve,
        b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    table, data, at = b"", b"", 128 + 4 + 12 * len(tags)
    for sign, content in tags.items():
        table += sign + struct.pack(">II", at + len(data), len(content))
        data += content
    head = struct.pack(">I4sI4s4s4s", at + len(data), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + data


def srgb_of_p3(colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """What sRGB says for a colour of P3 at gamma 2.2."""
    change = np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]])
    light = np.clip(change @ (np.array(colour) / 255) ** 2.2, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("colour", [(200, 100, 100), (90, 180, 90), (128, 128, 128), (255, 0, 0)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_in_display_p3_is_shown_in_its_own_colours(tmp_path: Path, kind: str, colour: tuple[int, int, int]) -> None:
    path = tmp_path / "x"
    more: dict[str, Any] = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    Image.new("RGB", (64, 64), colour).save(path, kind, icc_profile=profile(P3, 2.2), **more)
    assert np.abs(load_picture(path, "x")[32, 32, :3] - srgb_of_p3(colour)).max() <= 3


def test_a_profile_spares_alpha_and_one_that_is_broken_or_foreign_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    clear = Image.new("RGBA", (64, 64), (200, 100, 100, 255))
    clear.paste((200, 100, 100, 0), (0, 0, 64, 32))
    clear.save(path, icc_profile=profile(P3, 2.2))
    found = load_picture(path, "x")
    assert found[10, 32, 3] == 0 and found[50, 32, 3] == 255
    assert np.abs(found[50, 32, :3] - srgb_of_p3((200, 100, 100))).max() <= 3
    for held in (b"nonsense" * 40, profile(P3, 2.2).replace(b"RGB ", b"CMYK"), profile(P3, 2.2, "sRGB IEC61966-2.1")):
        Image.new("RGB", (64, 64), (200, 100, 100)).save(path, icc_profile=held)
        assert tuple(load_picture(path, "x")[32, 32]) == (200, 100, 100, 255)


def test_cmyk_and_sixteen_bits_are_read(tmp_path: Path) -> None:
    Image.new("CMYK", (64, 64), (0, 200, 200, 20)).save(tmp_path / "c.jpg", quality=100)
    assert np.abs(load_picture(tmp_path / "c.jpg", "c.jpg")[32, 32].astype(int) - (235, 51, 51, 255)).max() <= 4
    for level in (32_768, 200):
        Image.fromarray(np.full((64, 64), level, np.uint16)).save(tmp_path / "g.png")
        assert tuple(load_picture(tmp_path / "g.png", "g.png")[32, 32, :3]) == (round(level / 257),) * 3
    Image.fromarray(np.full((64, 64), 0.5, np.float32)).save(tmp_path / "f.tif")
    assert tuple(load_picture(tmp_path / "f.tif", "f.tif")[32, 32, :3]) == (128,) * 3


def test_an_avif_of_a_high_dynamic_range_is_brought_into_range(tmp_path: Path) -> None:
    light = patch((40, 12, 8))
    signal = hlg(light)
    y = signal @ [0.2627, 0.6780, 0.0593]
    planes = (64 + 876 * y, 512 + 896 * (signal[..., 2] - y) / 1.8814, 512 + 896 * (signal[..., 0] - y) / 1.4746)
    # SVT-AV1 makes the thread that opens it one of real time, of the highest priority, and all that this one starts later.
    encoder = threading.Thread(target=_write_avif, args=(tmp_path / "x.avif", planes))
    encoder.start()
    encoder.join()
    found = load_picture(tmp_path / "x.avif", "x.avif")
    wanted = 255 * (np.array([40, 12, 8]) / 203) ** (1 / 2.4)
    assert np.abs(found[32, 32, :3] - wanted).max() <= 8


def _write_avif(path: Path, planes: tuple[NDArray[np.float64], ...]) -> None:
    """A picture of 64 by 64 in HLG and BT.2020, of 10 bits, from planes of full size."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libsvtav1", rate=1, options={"crf": "8"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = HLG, 9, 9, 1
        frame = av.VideoFrame(64, 64, "yuv420p10le")
        for number, plane in enumerate(frame.planes):
            rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)  # type: ignore[call-overload]
            rows[:, : plane.width] = np.round(planes[number] if number == 0 else planes[number][::2, ::2])
        frame.pts, frame.time_base = 0, Fraction(1)
        container.mux([*stream.encode(frame), *stream.encode(None)])
