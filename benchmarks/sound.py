"""Sound: how near the soundtrack comes to its loudness, how well sound and picture keep together, and what a minute of it costs.

    python -m benchmarks.sound [--minutes 2] [--runs 3]

The reference is FFmpeg's own filter graph over the same speech and music: side chain compressor, mix, gain from a first pass of
`ebur128`, limiter, FLAC. Both run in this process with the same libraries. Loudness and true peak are measured by a second
road (BS.1770 by Fourier transforms, in NumPy), the offset by finding the speech in the sound of a joined film.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import av
import numpy as np
from av.error import BlockingIOError as NotYet
from av.error import EOFError as NoMore
from av.filter import Graph
from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.quality.facts import spread
from activities.quality.film import PyavInspector
from activities.render.audio import RATE, Block, FlacFile, decode, samples_of
from activities.render.encode import EncoderSettings
from activities.render.engine import render_film
from activities.render.loudness import Meter
from activities.render.music import open_bed
from activities.render.sound import master_soundtrack
from activities.render.timeline import Effect, Gradient, Music, Output, Scene, Sound, SoundTrack, Timeline
from tests.activities.quality.films import voice
from tests.activities.render.by_hand import loudness, true_peak

FPS = 30
LIMITER = "limit={limit:.6f}:attack=4:release=60:level=disabled:latency=1"


def main() -> None:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=2.0, help="length of the film")
    arguments.add_argument("--runs", type=int, default=3, help="paired runs, of which the medians are printed")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), asked.minutes, asked.runs)


def _run(folder: Path, minutes: float, runs: int) -> None:
    (folder / "store").mkdir()
    store = ArtifactStore(LocalStore(folder / "store"), folder / "cache")
    seconds = 60 * minutes
    track, speech = _track(folder, store, seconds)
    music = folder / "music.flac"
    bed = open_bed(Music(seed=1, mood="warm"), None)
    _write(music, (bed.read(RATE) for _ in range(60)))
    ours, theirs = folder / "ours.flac", folder / "theirs.flac"
    times: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    for _ in range(runs):
        times["ours"].append(_timed(lambda: master_soundtrack(track, seconds, store, ours)))
        times["theirs"].append(_timed(lambda: _reference(speech, music, seconds, theirs)))
    print(f"{minutes:g} minutes of film, medians of {runs} runs")
    print(f"{'':28}{'soundtrack':>12}{'filter graph':>14}")
    for place, kind in enumerate(("wall seconds a minute", "CPU seconds a minute")):
        mine, other = (statistics.median(run[place] for run in times[name]) / minutes for name in ("ours", "theirs"))
        print(f"{kind:28}{mine:12.2f}{other:14.2f}   ratio {mine / other:.2f}")
    for name, measure in (("LUFS (wanted -14)", loudness), ("true peak, dBTP", true_peak)):
        print(f"{name:28}{measure(_whole(ours)):12.2f}{measure(_whole(theirs)):14.2f}")
    offsets = _offsets(folder, store, track, min(seconds, 60.0), ours)
    print(f"speech in the joined film, first to last: {', '.join(f'{late * 1000:+.2f} ms at {at:.0f} s' for at, late in offsets)}")


def _track(folder: Path, store: ArtifactStore, seconds: float) -> tuple[SoundTrack, Path]:
    """Scenes of six seconds with a pause of two after each fourth; the same speech as one file for the reference."""
    sounds, effects, at = [], [], 1.0
    whole = np.zeros((round(seconds * RATE), 2), np.float32)
    for number in count():
        if at + 6 > seconds:
            break
        said = voice(6, seed=number, level=0.1 + 0.05 * (number % 5)).astype(np.float32)
        stereo = np.stack([said, said], axis=1)
        _write(folder / "scene.flac", iter([stereo]))
        sounds.append(Sound(media=store.put_content("speech-audio", (folder / "scene.flac").read_bytes()), at=at))
        first = round(at * RATE)
        whole[first : first + len(stereo)] += stereo
        at += 6.0 + (2.0 if number % 4 == 3 else 0.3)
        effects.append(Effect(at=at))
    _write(folder / "speech.flac", iter([whole]))
    return SoundTrack(speech=tuple(sounds), music=Music(seed=1, mood="warm"), effects=tuple(effects)), folder / "speech.flac"


def _write(path: Path, blocks: Iterator[Block]) -> None:
    with FlacFile(path) as file:
        for block in blocks:
            file.write(np.clip(block, -1, 1))


def _whole(path: Path) -> Block:
    return np.concatenate(list(decode(path, 2)))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _reference(speech: Path, music: Path, seconds: float, out: Path) -> None:
    """FFmpeg's way, in two passes."""
    meter = Meter(2)
    for _ in meter.through(_graph(speech, music, seconds, "anull", "")):
        pass
    gain = -14.0 - meter.integrated
    _write(out, _graph(speech, music, seconds, "alimiter", LIMITER.format(limit=10 ** (-1.8 / 20)), gain))


def _graph(speech: Path, music: Path, seconds: float, last: str, options: str, gain: float = 0.0) -> Iterator[Block]:
    graph = Graph()
    voice_in = graph.add("amovie", str(speech))
    bed = graph.add("amovie", f"{music}:loop=0")
    split, duck = graph.add("asplit", "2"), graph.add("sidechaincompress", "threshold=0.02:ratio=8:attack=20:release=600")
    mix, level = graph.add("amix", "inputs=2:duration=first:normalize=0"), graph.add("volume", f"{gain}dB")
    quiet, shape = graph.add("volume", "-12dB"), graph.add("aformat", "sample_fmts=flt:sample_rates=48000:channel_layouts=stereo")
    end, sink = graph.add(last, options), graph.add("abuffersink")
    voice_in.link_to(split)
    bed.link_to(quiet)
    quiet.link_to(duck, 0, 0)
    split.link_to(duck, 0, 1)
    split.link_to(mix, 1, 0)
    duck.link_to(mix, 0, 1)
    mix.link_to(level)
    level.link_to(end)
    end.link_to(shape)
    shape.link_to(sink)
    graph.configure()
    left = round(seconds * RATE)
    while left > 0:
        try:
            frame = sink.pull()
        except (NotYet, NoMore):
            return
        assert isinstance(frame, av.AudioFrame)
        block = samples_of(frame, 2)[:left]
        left -= len(block)
        yield block


def _offsets(folder: Path, store: ArtifactStore, track: SoundTrack, seconds: float, sound: Path) -> tuple[tuple[float, float], ...]:
    """Join the soundtrack to small pictures and find the speech in the film."""
    frames = round(seconds * FPS)
    ground = Gradient(seed=1, colours=("#102030", "#8090a0"))
    timeline = Timeline(
        title="benchmark",
        output=Output(width=160, height=90, fps=FPS, video_rate=500, audio_rate=192),
        scenes=(Scene(index=0, first_frame=0, frames=frames, layers=(ground,)),),
        sound=track,
    )
    film = folder / "film.mp4"
    render_film(timeline, store, sound, film, encoder=EncoderSettings())
    speech = [(one.at, store.path(one.media)) for one in track.speech if one.at + 6 < seconds]
    facts = PyavInspector().inspect(film, spread(speech), lambda _: None)
    assert facts.sound is not None
    return facts.sound.offsets


if __name__ == "__main__":
    main()
