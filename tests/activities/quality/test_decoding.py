"""A film decoded in parts shows the same pictures, in the same order, as one decoded from its first packet to its last."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import pytest

from activities.quality.decoding import PIECE, PartsDecoder, Undecodable
from tests.activities.quality.films import Film

Seen = list[tuple[int | None, str] | Undecodable]
FILMS = {
    "a keyframe every second": Film(seconds=4, keyframes=30),
    "a keyframe every five pictures": Film(seconds=3, keyframes=5, x264={"x264-params": "min-keyint=5"}),
    "one keyframe": Film(seconds=(PIECE + 40) / 10, fps=10, keyframes=10_000, x264={"x264-params": "scenecut=0"}),
    "keyframes over which pictures lean": Film(seconds=4, keyframes=15, x264={"x264-params": "open-gop=1:bframes=3:min-keyint=15"}),
}


def _digest(frame: av.VideoFrame) -> tuple[int | None, str]:
    return frame.pts, hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest()


def _in_parts(film: Path, decoders: int) -> Seen:
    found: Seen = []
    with av.open(str(film)) as file, PartsDecoder[Any](file.streams.video[0], decoders, _digest, {}) as decoder:
        for packet in file.demux(file.streams.video[0]):
            if packet.size:
                found += decoder.push(packet)
        found += decoder.finish()
    return found


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("decoders", [1, 3])
def test_pictures_are_those_of_one_decoder_in_its_order(name: str, decoders: int, tmp_path: Path) -> None:
    film = FILMS[name].write(tmp_path / "film.mp4")
    with av.open(str(film)) as file:
        whole = [_digest(frame) for frame in file.decode(video=0)]
    assert len(whole) == round(FILMS[name].seconds * FILMS[name].fps)
    assert _in_parts(film, decoders) == whole


def test_what_cannot_be_decoded_stands_at_its_place_and_the_next_part_is_whole(tmp_path: Path) -> None:
    film = FILMS["a keyframe every second"].write(tmp_path / "film.mp4")
    whole = _in_parts(film, 1)
    with av.open(str(film)) as file:
        second = [packet for packet in file.demux(video=0) if packet.size and packet.is_keyframe][1]
        assert second.pos is not None
        place, length = second.pos, second.size
    data = bytearray(film.read_bytes())
    data[place + 5 : place + length] = bytes(length - 5)  # behind its size and kind
    film.write_bytes(bytes(data))
    found = _in_parts(film, 3)
    assert found[:30] == whole[:30] and found[-60:] == whole[-60:]
    assert isinstance(found[30], Undecodable)
