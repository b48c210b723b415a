"""How near the render engine is to the encoder alone, and to other ways of making the same film.

    python -m benchmarks.render                          # 16 s at 720p, three rounds
    python -m benchmarks.render --seconds 60 --height 1080 --rounds 5
    python -m benchmarks.render --long                   # memory of 1 and 20 minutes
    python -m benchmarks.render --quality                # SSIM of the fast profile
    python -m benchmarks.render --edits                  # a lost segment of eight, an edited scene of twenty
    python -m benchmarks.render --ways floor,engine,two  # two segments at once against one

Every way runs in a process of its own, the ways of a round one after the other, so that a busy machine slows all alike: trust
the ratios. The floor is x264 with the same settings on frames that were drawn before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import psutil
from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.render.encode import EncoderSettings, EncoderThread
from activities.render.engine import render_film
from activities.render.layers.base import Studio
from activities.render.planes import Planes, new_frame
from activities.render.segment_plan import plan_segments
from activities.render.stack import compose
from activities.render.timeline import Font, Output, Sprite, TextContent, Timeline
from benchmarks.render_material import build
from benchmarks.render_others import OTHERS, OURS, missing
from benchmarks.render_quality import ssim_of


def main() -> None:
    """The command."""
    asked = _arguments().parse_args()
    if asked.way:
        print(json.dumps(_measured(asked)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asked.folder = Path(folder)
        if asked.long:
            _long(asked)
        elif asked.quality:
            _quality(asked)
        elif asked.edits:
            _edits(asked)
        else:
            _compare(asked)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=16.0)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=8)
    parser.add_argument("--preset", choices=("standard", "fast"), default="standard")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--ways", default=",".join((*OURS, *OTHERS)))
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--edits", action="store_true")
    parser.add_argument("--way", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


def _output(asked: argparse.Namespace) -> Output:
    rate = {1080: 5000, 720: 2500}.get(asked.height, max(asked.height * 4, 400))
    return Output(
        width=asked.height * 16 // 9 // 2 * 2, height=asked.height, fps=30, video_rate=rate, audio_rate=192, preset=asked.preset
    )


def _store(folder: Path) -> ArtifactStore:
    (folder / "store").mkdir(parents=True, exist_ok=True)
    return ArtifactStore(LocalStore(folder / "store"), folder / "cache")


def _prepare(asked: argparse.Namespace) -> Timeline:
    """Material and timeline, made once a benchmark and read by every process."""
    held = asked.folder / f"timeline-{asked.seconds}-{asked.scenes}-{asked.preset}.json"
    if not held.exists():
        held.write_text(build(_store(asked.folder), asked.folder, _output(asked), asked.seconds, asked.scenes).model_dump_json())
    return Timeline.model_validate_json(held.read_text())


def _run(asked: argparse.Namespace, way: str, **changes: object) -> dict[str, float]:
    """One way in its own process; `changes` are arguments that differ."""
    given = {**vars(asked), **changes}
    names = ("seconds", "height", "scenes", "preset", "parallel", "folder")
    arguments = [f"--{name}={given[name]}" for name in names]
    command = [sys.executable, "-m", "benchmarks.render", f"--way={way}", *arguments]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as erred:
        process = psutil.Popen(command, stdout=said, stderr=erred, text=True)
        peak = _peak(process)
        said.seek(0), erred.seek(0)
        if process.returncode:
            raise SystemExit(f"{way} failed:\n{erred.read()[-2000:]}")
        found: dict[str, float] = json.loads(said.read().splitlines()[-1])
    return {**found, "peak": peak}


def _peak(process: psutil.Popen) -> float:
    """Most memory in MiB that the process and those it started held together, until it ends; shared pages count by their share."""
    most = 0
    while process.poll() is None:
        held = 0
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                held += each.memory_full_info().pss
        most = max(most, held)
        time.sleep(0.1)
    return most / 2**20


def _measured(asked: argparse.Namespace) -> dict[str, float]:
    """In the process of one way: wall and CPU seconds, and the film's size in bytes."""
    timeline = _prepare(asked)
    work: dict[str, Callable[[], Callable[[], object]]] = {
        "floor": lambda: _floor(timeline, asked.folder),
        "engine": lambda: _engine(timeline, asked.folder, asked.parallel),
        "two": lambda: _engine(timeline, asked.folder, 2, name="two"),
        "fast": lambda: _engine(timeline, asked.folder, asked.parallel, name="fast"),
        "again": lambda: _engine(timeline, asked.folder, asked.parallel, fresh=False),
        **{name: lambda other=other: other(timeline, _store(asked.folder), asked.folder) for name, other in OTHERS.items()},
    }
    job = work[asked.way]()
    cpu, begin = _cpu(), time.perf_counter()
    job()
    wall, used = time.perf_counter() - begin, _cpu() - cpu
    return {"wall": wall, "cpu": used, "size": (asked.folder / f"{asked.way}.mp4").stat().st_size}


def _cpu() -> float:
    mine, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def drawn(timeline: Timeline, store: ArtifactStore) -> list[Planes]:
    """Every frame of the film, in memory."""
    studio = Studio(timeline.output, store.path)
    frames = []
    for plan in plan_segments(timeline):
        stack = compose(plan, studio)
        for number in range(plan.scene.frames):
            frame = new_frame(*studio.size)
            stack.paint(frame, number / plan.output.fps)
            frames.append(frame)
        stack.close()
    return frames


def _floor(timeline: Timeline, folder: Path) -> Callable[[], object]:
    frames = drawn(timeline, _store(folder))

    def work() -> None:
        encoder = EncoderThread(folder / "floor.mp4", EncoderSettings(), timeline.output)
        for frame in frames:
            encoder.put(frame)
        encoder.finish()

    return work


def _engine(timeline: Timeline, folder: Path, parallel: int, *, fresh: bool = True, name: str = "engine") -> Callable[[], object]:
    if fresh:
        shutil.rmtree(folder / "store" / "segment", ignore_errors=True)
    sound = folder / f"sound-{timeline.seconds}.flac"
    if not sound.exists():
        _write_sound(sound, timeline.seconds)
    to = folder / (f"{name}.mp4" if fresh else "again.mp4")
    return lambda: render_film(timeline, _store(folder), sound, to, parallel=parallel)


def _write_sound(path: Path, seconds: float) -> None:
    rng = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=48_000, layout="stereo")
        for _ in range(round(seconds)):
            frame = av.AudioFrame.from_ndarray(rng.normal(0, 3000, (1, 96_000)).astype(np.int16), layout="stereo")
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _compare(asked: argparse.Namespace) -> None:
    ways = [way for way in asked.ways.split(",") if not missing(way)]
    for way in asked.ways.split(","):
        if missing(way):
            print(f"{way}: left out, {missing(way)}")
    changes: dict[str, dict[str, object]] = {"fast": {"preset": "fast"}}
    for way in ways:
        _prepare(argparse.Namespace(**{**vars(asked), **changes.get(way, {})}))
    rounds = []
    for number in range(asked.rounds):
        order = ways if number % 2 == 0 else ways[::-1]
        found = {way: _run(asked, way, **changes.get(way, {})) for way in order}
        rounds.append(found)
        print(f"round {number + 1}: " + ", ".join(f"{way} {found[way]['wall']:.2f} s" for way in ways), flush=True)
    what = f"{asked.seconds:g} s, {asked.height}p30, {asked.scenes} scenes, preset {asked.preset}"
    print(f"\n{what}, engine with {asked.parallel} at once, medians:")
    for way in ways:
        wall, cpu, peak = (statistics.median(found[way][figure] for found in rounds) for figure in ("wall", "cpu", "peak"))
        ratio = statistics.median(found[way]["wall"] / found["floor"]["wall"] for found in rounds) if "floor" in ways else 0
        share = statistics.median(found[way]["cpu"] / found["floor"]["cpu"] for found in rounds) if "floor" in ways else 0
        print(f"{way:12} {wall:7.2f} s  {ratio:5.2f} x floor   CPU {cpu:7.2f} s {share:5.2f} x   peak {peak:6.0f} MiB")


def _long(asked: argparse.Namespace) -> None:
    """Memory of one minute against twenty, as many scenes a minute."""
    peaks = {}
    for minutes in (1, 20):
        found = _run(asked, "engine", seconds=60.0 * minutes, scenes=8 * minutes)
        peaks[minutes] = found["peak"]
        print(f"{minutes:2} min at {asked.height}p: {found['wall']:.1f} s, peak {found['peak']:.0f} MiB", flush=True)
    print(f"ratio {peaks[20] / peaks[1]:.2f}")


def _quality(asked: argparse.Namespace) -> None:
    """SSIM in dB of both presets against what was drawn."""
    found = {}
    for preset in ("standard", "fast"):
        asked.preset = preset
        timeline = _prepare(asked)
        frames = drawn(timeline, _store(asked.folder))
        begin = time.perf_counter()
        _engine(timeline, asked.folder, asked.parallel)()
        found[preset] = ssim_of(asked.folder / "engine.mp4", frames)
        size = (asked.folder / "engine.mp4").stat().st_size * 8 / asked.seconds / 1000
        print(f"{preset:9} {time.perf_counter() - begin:6.2f} s  {found[preset]:.2f} dB  {size:.0f} kb/s", flush=True)
    print(f"difference {found['standard'] - found['fast']:.2f} dB")


def _edits(asked: argparse.Namespace) -> None:
    """What a lost segment of eight, and an edited scene of twenty, cost of a full render."""
    whole = _run(asked, "engine", scenes=8)
    segments = sorted((asked.folder / "store" / "segment").glob("*/*"), key=lambda path: path.stat().st_mtime)
    segments[3].unlink()
    lost = _run(asked, "again", scenes=8)
    print(f"one of eight segments lost: {lost['wall'] / whole['wall']:.2f} of a full render", flush=True)
    whole = _run(asked, "engine", scenes=20)
    held = next(asked.folder.glob(f"timeline-{asked.seconds}-20-*.json"))
    held.write_text(_edited(Timeline.model_validate_json(held.read_text()), 6).model_dump_json())
    edited = _run(asked, "again", scenes=20)
    print(f"one of twenty scenes edited: {edited['wall'] / whole['wall']:.2f} of a full render")


def _edited(timeline: Timeline, place: int) -> Timeline:
    """The film with a number on one scene."""
    scenes = list(timeline.scenes)
    number = Sprite(content=TextContent(text=str(place + 1), font=Font(size=timeline.output.height / 12)), x=96, y=96)
    scenes[place] = scenes[place].model_copy(update={"layers": (*scenes[place].layers, number)})
    return timeline.model_copy(update={"scenes": tuple(scenes)})


if __name__ == "__main__":
    main()
