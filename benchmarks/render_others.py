"""Other ways of making the benchmark's film: FFmpeg's command line and MoviePy, where they are installed.

Both draw the same pictures, clips, moves, crossfades, captions and logo, and encode with the same settings. FFmpeg's `zoompan`
moves by whole pixels; the smooth way gives it pictures three times as large. They encode at the standard preset also when the
engine's fast one is measured: it is their film that the fast profile is compared with.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from activities.artifacts import ArtifactStore
from activities.render.encode import CRF
from activities.render.text import caption_states
from activities.render.timeline import Clip, ImageContent, Still, Timeline

Work = Callable[[], object]


OURS = ("floor", "engine", "two", "fast")
"""The ways that are always there. `two` is the engine with two segments at once, `fast` with its fast profile, whatever the others
are given."""


def missing(way: str) -> str:
    """Why a way cannot run here; empty where it can."""
    if way.startswith("ffmpeg") and shutil.which("ffmpeg") is None:
        return "there is no `ffmpeg` on PATH"
    if way == "moviepy" and importlib.util.find_spec("moviepy") is None:
        return "MoviePy is not installed"
    return "" if way in OURS or way in OTHERS else "it is not known"


def _captions(timeline: Timeline, folder: Path) -> list[tuple[float, float, Path, int, int]]:
    """Every state of every page as a picture file with its time and place."""
    assert timeline.caption_style is not None
    found = []
    for number, page in enumerate(timeline.captions):
        for place, (start, end, rgba, x, y) in enumerate(caption_states(page, timeline.caption_style)):
            path = folder / f"caption-{number}-{place}.png"
            straight = rgba.astype(np.float32)
            alpha = np.maximum(straight[..., 3:], 1)
            straight[..., :3] = np.minimum(straight[..., :3] * 255 / alpha, 255)
            Image.fromarray(straight.astype(np.uint8)).save(path)
            found.append((start, end, path, x, y))
    return found


def _settings(timeline: Timeline) -> list[str]:
    keyint = 2 * timeline.output.fps
    return ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF), "-g", str(keyint), "-pix_fmt", "yuv420p", "-an"]


def _ffmpeg(timeline: Timeline, store: ArtifactStore, folder: Path, *, smooth: bool) -> Work:
    width, height, fps = timeline.output.width, timeline.output.height, timeline.output.fps
    inputs: list[str] = []
    graph: list[str] = []
    fades = [scene.transition.seconds for scene in timeline.scenes[1:]] + [0.0]
    for place, scene in enumerate(timeline.scenes):
        layer = scene.layers[0]
        frames = scene.frames + round(fades[place] * fps)
        assert isinstance(layer, (Still, Clip))
        if isinstance(layer, Still):
            inputs += ["-i", str(store.path(layer.media))]
            begin, end = layer.camera.zoom[0].value, layer.camera.zoom[-1].value
            enlarge = f"scale={width * 3}:{height * 3}," if smooth else f"scale={width}:{height},"
            zoom = f"{begin}+({end}-{begin})*on/{frames}"
            move = f"zoompan=z='{zoom}':x='iw/2-(iw/zoom/2)':y='ih/2-(ih/zoom/2)':d={frames}:s={width}x{height}:fps={fps}"
            graph.append(f"[{place}:v]{enlarge}{move},format=yuv420p,settb=1/{fps}[s{place}]")
        else:
            inputs += ["-stream_loop", "-1", "-t", str(frames / fps), "-i", str(store.path(layer.media))]
            graph.append(f"[{place}:v]fps={fps},scale={width}:{height},format=yuv420p,settb=1/{fps}[s{place}]")
    last, at = "s0", 0.0
    for place, scene in enumerate(timeline.scenes[1:], 1):
        at = scene.first_frame / fps
        graph.append(f"[{last}][s{place}]xfade=transition=fade:duration={scene.transition.seconds}:offset={at}[x{place}]")
        last = f"x{place}"
    overlays = _captions(timeline, folder)
    logo = timeline.overlays[0]
    assert isinstance(logo.content, ImageContent)
    for number, (start, end, path, x, y) in enumerate(
        [(0.0, timeline.seconds, store.path(logo.content.media), logo.x, logo.y), *overlays]
    ):
        inputs += ["-i", str(path)]
        when = f":enable='between(t,{start},{end})'" if number else ""
        graph.append(f"[{last}][{len(timeline.scenes) + number}:v]overlay={int(x)}:{int(y)}{when}[o{number}]")
        last = f"o{number}"
    to = folder / ("ffmpeg-smooth.mp4" if smooth else "ffmpeg.mp4")
    script = folder / "graph.txt"
    script.write_text(";".join(graph))
    command = ["ffmpeg", "-y", "-v", "error", *inputs, "-/filter_complex", str(script), "-map", f"[{last}]", *_settings(timeline)]
    return lambda: subprocess.run([*command, "-t", str(timeline.seconds), str(to)], check=True)


def _moviepy(timeline: Timeline, store: ArtifactStore, folder: Path) -> Work:
    from moviepy import CompositeVideoClip, ImageClip, VideoFileClip, vfx  # type: ignore[import-not-found]

    width, height, fps = timeline.output.width, timeline.output.height, timeline.output.fps
    layers: list[Any] = []
    fades = [scene.transition.seconds for scene in timeline.scenes[1:]] + [0.0]
    for place, scene in enumerate(timeline.scenes):
        layer, length = scene.layers[0], scene.frames / fps + fades[place]
        assert isinstance(layer, (Still, Clip))
        if isinstance(layer, Still):
            begin, end = layer.camera.zoom[0].value, layer.camera.zoom[-1].value
            rgb = np.asarray(Image.open(store.path(layer.media)).convert("RGB").resize((width, height)))
            clip = ImageClip(rgb, duration=length).resized(lambda t, a=begin, b=end, n=length: a + (b - a) * t / n)
        else:
            # MoviePy tells the kind of a file by its name.
            path = folder / f"{layer.media.digest}.mp4"
            if not path.exists():
                path.symlink_to(store.path(layer.media))
            clip = VideoFileClip(str(path), audio=False).with_effects([vfx.Loop(duration=length)]).resized((width, height))
        clip = clip.with_start(scene.first_frame / fps).with_position("center")
        fade = scene.transition.seconds
        layers.append(clip.with_effects([vfx.CrossFadeIn(fade)]) if fade else clip)
    for start, end, path, x, y in _captions(timeline, folder):
        layers.append(ImageClip(str(path), duration=end - start).with_start(start).with_position((x, y)))
    logo = timeline.overlays[0]
    assert isinstance(logo.content, ImageContent)
    mark = np.asarray(Image.open(store.path(logo.content.media)).convert("RGBA"))
    layers.append(ImageClip(mark, duration=timeline.seconds).with_position((logo.x, logo.y)))
    whole = CompositeVideoClip(layers, size=(width, height)).with_duration(timeline.seconds)
    options = ["-crf", str(CRF), "-pix_fmt", "yuv420p"]
    return lambda: whole.write_videofile(
        str(folder / "moviepy.mp4"), fps=fps, codec="libx264", preset="veryfast", ffmpeg_params=options, audio=False, logger=None
    )


OTHERS: dict[str, Callable[[Timeline, ArtifactStore, Path], Work]] = {
    "ffmpeg": lambda timeline, store, folder: _ffmpeg(timeline, store, folder, smooth=False),
    "ffmpeg-smooth": lambda timeline, store, folder: _ffmpeg(timeline, store, folder, smooth=True),
    "moviepy": _moviepy,
}
