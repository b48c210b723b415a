"""From the command to the finished film against the encoder alone.

    ./ytempire bench film [--seconds 60] [--runs 1]
    ./ytempire bench film --seconds 550                  # a film of eight minutes

Times `./ytempire video` for a standard film of about a minute in a fresh data folder: start of the stack, script, voice,
designs, sound, render, thumbnail, check, files. Then x264 alone, with the same settings, as many threads as it likes, on the film's
own frames, composed beforehand and held in memory, two minutes at a time. The figures are the ratios of the wall times: of the
command (goal for a minute: at most 1.6), and of its render, sound and joining included (goal for eight minutes: under 1.3). The
database is made beforehand, as on a machine in use. Frames decoded from the film would not do: they have lost the grain that x264
worked on, and take it a fifth less.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
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
HELD_SECONDS = 120
"""Of film that is held in memory at once: 11 GB at 1080p."""
SECONDS_A_SENTENCE = 6.6
"""How long one of them takes with the local voice, its pause included."""


def script_of(seconds: float) -> str:
    """A script of about this length."""
    count = max(2, round(seconds / SECONDS_A_SENTENCE))
    scenes = [SENTENCES[place % len(SENTENCES)] for place in range(count)]
    return "---\ntitle: Where the blue comes from\nformat: standard\n---\n\n" + "\n\n".join(scenes) + "\n"


def make_film(folder: Path, script: Path) -> tuple[float, float]:
    """Wall seconds of the whole command, and of its render."""
    environment = os.environ | {"YTEMPIRE_DATA_DIR": str(folder / "data"), "YTEMPIRE_FILMS_DIR": str(folder / "films")}
    command, ended, said = [ROOT / "ytempire", "video", "--script", script], dict[str, float](), list[str]()
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said.append(line)
            if step := re.search(r"done +(\w+)", line):
                ended[step[1]] = time.perf_counter()
    whole = time.perf_counter() - began
    if running.returncode:
        raise SystemExit("".join(said))
    return whole, ended["render"] - ended["captions"]


def timeline_of(data: Path) -> tuple[Timeline, Studio]:
    """The only film of a data folder."""
    store = open_store(Settings(_env_file=None, data_dir=data))  # type: ignore[call-arg]
    (path,) = (path for path in (data / "artifacts" / "timeline").rglob("*") if path.is_file())
    timeline = Timeline.model_validate_json(path.read_bytes())
    return timeline, Studio(timeline.output, store.path)


def composed(timeline: Timeline, studio: Studio) -> Iterator[av.VideoFrame]:
    """Every frame of the film in order."""
    for segment in plan_segments(timeline):
        stack = compose(segment, studio)
        for number in range(segment.scene.frames):
            picture = new_frame(*studio.size)
            stack.paint(picture, number / timeline.output.fps)
            assert picture.frame is not None
            yield picture.frame
        stack.close()


def alone(data: Path, to: Path) -> tuple[float, float]:
    """Wall seconds of x264 alone on the frames of a data folder's film, and the film's length in seconds.

    Raises:
        MemoryError: not even ten seconds of frames fit.
    """
    timeline, studio = timeline_of(data)
    width, height = studio.size
    fitting = int(psutil.virtual_memory().available * 0.8) // (width * height * 3 // 2)
    if fitting < 10 * timeline.output.fps:
        raise MemoryError(f"{fitting} frames fit into memory, too few to measure the encoder alone")
    frames, seconds = composed(timeline, studio), 0.0
    while held := list(islice(frames, min(fitting, HELD_SECONDS * timeline.output.fps))):
        seconds += encode_alone(timeline.output, held, to)
        held.clear()  # before the next ones are made
    return seconds, timeline.seconds


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
    ratios, renders = [], []
    for run in range(given.runs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            script = folder / "script.md"
            script.write_text(script_of(given.seconds))
            server = PostgresServer(folder / "data" / "postgres").start()
            upgrade(server.url())
            server.stop()
            whole, render = make_film(folder, script)
            encoder, length = alone(folder / "data", folder / "alone.mp4")
        ratios.append(whole / encoder)
        renders.append(render / encoder)
        print(
            f"run {run + 1}: film of {length:.1f} s in {whole:.1f} s, its render {render:.1f} s; x264 alone {encoder:.1f} s;"
            f" ratios {ratios[-1]:.2f}, {renders[-1]:.2f}",
            flush=True,
        )
    print(f"median ratios: {statistics.median(ratios):.2f} the command, {statistics.median(renders):.2f} its render")


if __name__ == "__main__":
    sys.exit(main())
