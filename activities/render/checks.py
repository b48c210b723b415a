"""Reading back what was written: how many pictures a file holds, and whether they decode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av

from activities.render.join import packets_of
from activities.render.timeline import Output


@dataclass(frozen=True)
class Seen:
    """What a file holds. `decoded` counts the pictures that were decoded, `keyframes` their places."""

    frames: int
    decoded: int
    keyframes: tuple[int, ...]
    width: int
    height: int
    seconds: float
    problem: str = ""


def look(path: Path, decode: Literal["all", "keyframes", "first"]) -> Seen:
    """Read a film's pictures: every packet, and all of them decoded, the keyframes, or the first."""
    packets, keys, decoded = 0, [], 0
    with packets_of(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        if decode != "all":
            stream.codec_context.skip_frame = "NONKEY"
            stream.codec_context.thread_count = 1  # each thread of the decoder would hold pictures of its own
            stream.codec_context.options = {"skip_loop_filter": "all"}  # whether it decodes does not hang on smooth edges
        problem = ""
        for packet in container.demux(stream):
            if packet.size:
                if packet.is_keyframe:
                    keys.append(packets)
                packets += 1
            if decode == "first" and packets > 1 and packet.size:
                continue
            for frame in packet.decode():
                decoded += 1
                if frame.is_corrupt:
                    problem = f"picture {decoded} is damaged"
        base = stream.time_base or 0
        return Seen(packets, decoded, tuple(keys), stream.width, stream.height, float((stream.duration or 0) * base), problem)


def fault_of_segment(path: Path, frames: int, output: Output, *, whole: bool = False) -> str:
    """Why the file is not the segment that was planned; empty where it is.

    Every packet is counted and every keyframe decoded; with `whole`, every picture is, which costs a tenth of the render.
    The quality check decodes the finished film whole.
    """
    try:
        seen = look(path, "all" if whole else "keyframes")
    except (av.error.FFmpegError, IndexError, OSError) as error:
        return f"it cannot be read: {error}"
    if seen.problem:
        return seen.problem
    decodable = frames if whole else len(seen.keyframes)
    if seen.frames != frames or seen.decoded != decodable:
        return f"{seen.frames} of {frames} frames are there and {seen.decoded} of {decodable} decode"
    if (seen.width, seen.height) != (output.width, output.height):
        return f"it is {seen.width}x{seen.height}, not {output.width}x{output.height}"
    return "" if seen.keyframes[:1] == (0,) else "it does not begin with a keyframe"


def fault_of_film(path: Path, frames: int, output: Output) -> str:
    """Why the joined file is not the film; empty where it is. Every packet is counted, the first picture decoded (the others lie
    there as they did in their segments), and the lengths of pictures and sound compared."""
    try:
        seen = look(path, "first")
        with packets_of(path) as container:
            sound = container.streams.audio[0]
            heard = float((sound.duration or 0) * (sound.time_base or 0))
    except (av.error.FFmpegError, IndexError, OSError) as error:
        return f"it cannot be read: {error}"
    wanted = frames / output.fps
    if seen.problem or seen.frames != frames or seen.decoded != 1:
        return seen.problem or f"it holds {seen.frames} of {frames} frames, {seen.decoded} of 1 picture decodes"
    if abs(seen.seconds - wanted) > 0.5 / output.fps or abs(heard - wanted) > 0.5 / output.fps:
        return f"its pictures last {seen.seconds:.3f} s and its sound {heard:.3f} s, not {wanted:.3f} s"
    gaps = [b - a for a, b in zip(seen.keyframes, seen.keyframes[1:], strict=False)]
    return f"keyframes are {max(gaps)} frames apart" if gaps and max(gaps) > 2 * output.fps else ""
