"""Sound of speech: resampling and tone through PyAV, FLAC, levels and silences through NumPy."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.filter import Graph

from activities.voice.port import SAMPLE_RATE

if TYPE_CHECKING:
    from activities.voice.port import Samples

FRAME = 0.01
"""Seconds of one step of the loudness curve."""
_CHUNK = SAMPLE_RATE
"""Samples given to FFmpeg at once: a second. Tenths take it a fifth longer."""


def resampled(samples: Samples, rate: int) -> Samples:
    """The same sound at 48 kHz."""
    if rate == SAMPLE_RATE:
        return samples
    resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts = [out.to_ndarray()[0] for frame in _frames(samples, rate) for out in resampler.resample(frame)]
    parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32) if parts else samples[:0]


def filtered(samples: Samples, filters: tuple[tuple[str, str], ...]) -> Samples:
    """The sound (48 kHz) through FFmpeg filters that keep its length, given as `(name, arguments)`."""
    heard = _through(samples, filters)
    padded = np.zeros_like(samples)
    padded[: min(len(heard), len(samples))] = heard[: len(samples)]
    return padded


def _through(samples: Samples, filters: tuple[tuple[str, str], ...]) -> Samples:
    graph = Graph()
    last = graph.add_abuffer(sample_rate=SAMPLE_RATE, format="flt", layout="mono", time_base=Fraction(1, SAMPLE_RATE))
    source = last
    for name, arguments in (*filters, ("aformat", "sample_fmts=flt:channel_layouts=mono")):
        step = graph.add(name, arguments)
        last.link_to(step)
        last = step
    sink = graph.add("abuffersink")
    last.link_to(sink)
    graph.configure()
    parts: list[Samples] = []

    def drain() -> None:
        while True:
            try:
                parts.append(cast(av.AudioFrame, sink.pull()).to_ndarray()[0])
            except (BlockingIOError, EOFError):
                return

    for frame in _frames(samples, SAMPLE_RATE):
        source.push(frame)
        drain()
    source.push(None)
    drain()
    return np.concatenate(parts).astype(np.float32) if parts else samples[:0]


def _frames(samples: Samples, rate: int) -> list[av.AudioFrame]:
    frames = []
    for at in range(0, len(samples), _CHUNK):
        frame = av.AudioFrame.from_ndarray(samples[None, at : at + _CHUNK].astype(np.float32), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        frames.append(frame)
    return frames


def levelled(samples: Samples, *, rms_db: float = -20.0, ceiling: float = 0.89) -> Samples:
    """The sound with its spoken parts at `rms_db` dBFS, so that one voice is as loud as the next; peaks stay under `ceiling`."""
    loud = envelope(samples)
    spoken = loud[loud > max(float(loud.max(initial=0.0)) * 0.1, 1e-5)]
    if spoken.size == 0:
        return samples
    gain = 10 ** (rms_db / 20) / float(np.sqrt(np.mean(spoken**2)))
    louder = samples * gain
    over = np.abs(louder) > ceiling * 0.7
    knee = ceiling * 0.7
    louder[over] = np.sign(louder[over]) * (knee + (ceiling - knee) * np.tanh((np.abs(louder[over]) - knee) / (ceiling - knee)))
    return np.asarray(louder, dtype=np.float32)


def envelope(samples: Samples) -> Samples:
    """Root mean square of each hundredth of a second."""
    step = int(SAMPLE_RATE * FRAME)
    count = len(samples) // step
    if count == 0:
        return np.zeros(0, dtype=np.float32)
    blocks = samples[: count * step].reshape(count, step)
    return np.asarray(np.sqrt(np.mean(blocks.astype(np.float64) ** 2, axis=1)), dtype=np.float32)


def decoded(data: bytes) -> Samples:
    """Any sound that FFmpeg reads (MP3, WAV, FLAC, Opus) as mono samples at 48 kHz.

    Raises:
        ValueError: nothing can be decoded from it.
    """
    resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    parts: list[Samples] = []
    try:
        with av.open(io.BytesIO(data), "r") as container:
            for frame in container.decode(audio=0):
                parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    except (av.FFmpegError, IndexError) as error:
        raise ValueError(f"The sound ({len(data)} bytes) cannot be decoded: {error}.") from error
    heard = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
    if heard.size == 0:
        raise ValueError(f"The sound ({len(data)} bytes) holds no samples.")
    return heard.astype(np.float32)


class FlacRecorder:
    """Writes and reads the FLAC that the artifact store keeps."""

    def flac(self, samples: Samples) -> bytes:
        """FLAC, mono, 48 kHz, 16 bit."""
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        out = io.BytesIO()
        with av.open(out, "w", format="flac") as container:
            stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
            for at in range(0, len(pcm), _CHUNK):
                frame = av.AudioFrame.from_ndarray(pcm[None, at : at + _CHUNK], format="s16", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, at, Fraction(1, SAMPLE_RATE)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return out.getvalue()

    def faster(self, samples: Samples, tempo: float) -> Samples:
        """The same speech at another tempo and the same pitch."""
        length = round(len(samples) / tempo)
        heard = _through(samples, (("atempo", f"{tempo:.4f}"),))
        return np.pad(heard, (0, max(0, length - len(heard))))[:length]

    def samples(self, flac: bytes) -> Samples:
        """The samples of such a FLAC."""
        return decoded(flac)
