"""From the command to the finished film against the encoder alone.

    ./ytempire bench film [--seconds 60] [--runs 1]

Times `./ytempire video` for a standard film of about a minute in a fresh data folder: start of the stack, script, voice,
designs, sound, render, thumbnail, check, files. Then x264 alone, with the same settings, on the film's own frames, composed
beforehand and held in memory. The figure is the ratio of the two wall times (goal: at most 1.6). The database is made
beforehand, as on a machine in use. Frames decoded from the film would not do: they have lost the grain that x264 worked on, and
take it a fifth less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import psutil

from activities.artifacts import open_store
from activities.render.encode import EncoderSettings
from activities.render.layers.base import Studio
from activities.render.planes import new_frame
from activities.render.segment_plan import plan_segments
from activities.render.stack import compose
from activities.render.timeline import Output, Timeline
from models.settings import ROOT, Settings
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer

SENTENCES = (
    "Every evening the light of the sun takes a longer way through the air, and what is left of it is red.",
    "Air is made of molecules that are far smaller than a wave of light, and they scatter the short waves most.",
    "Blue light is bounced from molecule to molecule until it seems to come from everywhere at once.",
    "Violet is scattered even more, but the sun sends less of it, and our eyes hardly see it.",
    "On the moon there is no air at all, and the sky is black in the middle of the day.",
    "On Mars fine dust turns it the other way round: the days are butterscotch, and the sunsets are blue.",
    "So the colour of the sky tells you what is between you and the stars.",
    "Look up tomorrow at noon, then again when the sun is low, and watch how far the light has come.",
)
SECONDS_A_SENTENCE = 7.4
"""How long one of them takes with the local voice, its pause included."""


def script_of(seconds: float) -> str:
    """A script of about this length."""
    count = max(2, round(seconds / SECONDS_A_SENTENCE))
    scenes = [SENTENCES[place % len(SENTENCES)] for place in range(count)]
    return "---\ntitle: Where the blue comes from\nformat: standard\n---\n\n" + "\n\n".join(scenes) + "\n"


def make_film(folder: Path, script: Path) -> float:
    """Wall seconds of the whole command."""
    environment = os.environ | {"YTEMPIRE_DATA_DIR": str(folder / "data"), "YTEMPIRE_FILMS_DIR": str(folder / "films")}
    began = time.perf_counter()
    subprocess.run([ROOT / "ytempire", "video", "--script", script], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def composed(data: Path) -> tuple[Output, list[av.VideoFrame]]:
    """Every frame of the film that this data folder holds, in order.

    Raises:
        MemoryError: the frames do not fit.
    """
    store = open_store(Settings(_env_file=None, data_dir=data))  # type: ignore[call-arg]
    (path,) = (path for path in (data / "artifacts" / "timeline").rglob("*") if path.is_file())
    timeline = Timeline.model_validate_json(path.read_bytes())
    output = timeline.output
    size = output.width * output.height * 3 // 2 * timeline.frames
    if size > psutil.virtual_memory().available * 0.8:
        raise MemoryError(f"{timeline.frames} frames take {size / 1e9:.1f} GB: use a smaller --seconds")
    studio, frames = Studio(output, store.path), []
    for segment in plan_segments(timeline):
        stack = compose(segment, studio)
        for number in range(segment.scene.frames):
            picture = new_frame(output.width, output.height)
            stack.paint(picture, number / output.fps)
            assert picture.frame is not None
            frames.append(picture.frame)
        stack.close()
    return output, frames


def encode_alone(output: Output, frames: list[av.VideoFrame], to: Path) -> float:
    """Wall seconds of x264 on frames from memory, as one stream."""
    settings, rate = EncoderSettings(), Fraction(1, output.fps)
    with av.open(to, "w") as container:
        out = container.add_stream("libx264", rate=output.fps, options=settings.options(output))
        out.width, out.height, out.pix_fmt, out.time_base = output.width, output.height, "yuv420p", rate
        out.codec_context.thread_type, out.codec_context.thread_count = "FRAME", settings.thread_count()
        began = time.perf_counter()
        for place, frame in enumerate(frames):
            frame.pts, frame.time_base = place, rate
            container.mux(out.encode(frame))
        container.mux(out.encode(None))
        return time.perf_counter() - began


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    ratios = []
    for run in range(given.runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            script = folder / "script.md"
            script.write_text(script_of(given.seconds))
            server = PostgresServer(folder / "data" / "postgres").start()
            upgrade(server.url())
            server.stop()
            whole = make_film(folder, script)
            output, frames = composed(folder / "data")
            alone, length = encode_alone(output, frames, folder / "alone.mp4"), len(frames) / output.fps
        ratios.append(whole / alone)
        print(
            f"run {run + 1}: film of {length:.1f} s in {whole:.1f} s; x264 alone {alone:.1f} s; ratio {ratios[-1]:.2f}", flush=True
        )
    print(f"median ratio: {statistics.median(ratios):.2f} (goal: at most 1.6)")


if __name__ == "__main__":
    sys.exit(main())
