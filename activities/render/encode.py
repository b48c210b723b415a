"""Encoders: which one, with which settings, and one at work on its own thread."""

from __future__ import annotations

import errno
import math
import os
import queue
import threading
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from activities.render.planes import Planes, new_frame
from activities.render.timeline import Output
from models.errors import ComponentDown


class EncoderFailed(RuntimeError):
    """The encoder stopped within a film: a lost GPU, a driver's fault. The message says what it said."""


EncoderName = Literal["libx264", "h264_nvenc"]
CRF = 22.0
"""Constant quality of x264; 18 is hardly told from the source, 28 is visibly soft."""
COARSEST = 45.0
LOOKAHEAD = 2
"""Threads that look ahead, at least. On few cores x264 takes one, and its encoding threads wait for it: a tenth of the time."""
AHEAD = 6
"""Frames that the look-ahead may have ready. x264 takes as many as B-frames may follow each other and one, and waits: another
tenth. The pictures stay the same, bit for bit; a frame more is 4 MB at 1080p."""


def _safe_instructions() -> str:
    """x264's AVX-512 code gives, seldom and on busy machines, other pictures for the same input; AVX2 is as fast."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    return ":asm=avx2,bmi2,lzcnt,fma3" if "avx512f" in flags else ""


SAFE_INSTRUCTIONS = _safe_instructions()
"""Part of x264's parameters."""
QUEUE = 4
"""Frames between the composer and the encoder, whose look-ahead holds as many again: memory stays flat."""


@dataclass(frozen=True)
class EncoderChoice:
    """An encoder that opens here; `fallback` says why it is not the one asked for."""

    name: EncoderName
    fallback: str = ""


@dataclass(frozen=True)
class EncoderSettings:
    """How to encode: `threads` of x264 (0: half as many again as cores, its own choice)."""

    name: EncoderName = "libx264"
    threads: int = 0
    crf: float = CRF

    def options(self, output: Output) -> dict[str, str]:
        """The codec's options for an output: constant quality. NVENC keeps the rate's cap itself; x264's own cap makes its
        threads' timing show in the pictures, so that a rerun would differ: there `RateGuard` keeps it."""
        keyint = 2 * output.fps
        if self.name == "h264_nvenc":
            return {
                "maxrate": f"{highest_rate(output)}k", "bufsize": f"{output.video_rate * 2}k", "b": f"{output.video_rate}k",
                "preset": "p4", "tune": "hq", "profile": "high", "rc": "vbr", "cq": "23", "g": str(keyint), "forced-idr": "1",
                "strict_gop": "1", "bf": "2",
            }  # fmt: skip
        fast = output.preset == "fast"
        more = ":rc-lookahead=10:mbtree=1" if fast else ""
        return {
            "preset": "superfast" if fast else "veryfast", "crf": str(self.crf), "profile": "high",
            "x264-params": f"stitchable=1:open-gop=0:keyint={keyint}:min-keyint={keyint}{more}{SAFE_INSTRUCTIONS}"
            f":lookahead-threads={max(LOOKAHEAD, self.thread_count() // 6)}:sync-lookahead={AHEAD}",
        }  # fmt: skip

    def thread_count(self) -> int:
        """Threads of the encoder."""
        return self.threads or max((os.cpu_count() or 1) * 3 // 2, 2)


def highest_rate(output: Output) -> int:
    """Kbit/s over any longer time: a fifth over the format's rate."""
    return output.video_rate * 6 // 5


class TooRich(Exception):  # noqa: N818 (the same pictures are encoded again, coarser)
    """At this quality the segment would pass its rate; `crf` is the next quality to try."""

    def __init__(self, crf: float) -> None:
        super().__init__(f"crf {crf}")
        self.crf = crf


class RateGuard:
    """A leaky bucket of two seconds at the format's rate, emptied at the highest rate. Overflows raise `TooRich`.

    It looks at nothing but the sizes of the packets, so that the same pictures always end at the same quality.
    """

    def __init__(self, output: Output, crf: float) -> None:
        self._leak = highest_rate(output) * 1000 / output.fps
        self._size = output.video_rate * 2 * 1000
        self._crf = crf
        self._level = self._bits = 0.0
        self._frames = 0

    def add(self, size: int) -> None:
        """A packet of `size` bytes."""
        self._level += size * 8 - self._leak
        self._bits += size * 8
        self._frames += 1
        if self._level <= 0:
            self._level, self._bits, self._frames = 0.0, 0.0, 0
        if self._level > self._size and self._crf < COARSEST:
            # Six steps halve the rate; the first pictures after a keyframe overstate it.
            steps = 6 * math.log2(self._bits / (self._leak * self._frames)) * 0.6
            raise TooRich(min(self._crf + min(max(math.ceil(steps * 2) / 2, 1.5), 8.0), COARSEST))


@lru_cache(maxsize=8)
def choose_encoder(asked: EncoderName) -> EncoderChoice:
    """`asked` where it opens and encodes here, else libx264 with the reason. Found out by a trial, once a process."""
    if asked == "libx264":
        return EncoderChoice("libx264")
    why = trial(asked)
    return EncoderChoice(asked) if why is None else EncoderChoice("libx264", f"{asked} is not used: {why}")


def trial(name: EncoderName) -> str | None:
    """Encode a few small frames; None when it works, else why it does not."""
    output = Output(width=256, height=144, fps=30, video_rate=1000, audio_rate=128)
    try:
        context = av.CodecContext.create(name, "w")
    except (av.error.FFmpegError, ValueError) as error:
        return f"this FFmpeg carries no such encoder ({error})"
    try:
        _configure(context, EncoderSettings(name, 1), output)
        frame = new_frame(output.width, output.height)
        frame.fill()
        assert frame.frame is not None
        for pts in range(3):
            frame.frame.pts = pts
            context.encode(frame.frame)
        context.encode(None)
    except av.error.PermissionError:
        return "it does not open: no NVIDIA driver or no encoder on this GPU (A100, H100 and H200 have none)"
    except (av.error.FFmpegError, OSError) as error:
        return f"it does not open: {error}"
    return None


def _configure(context: av.VideoCodecContext, settings: EncoderSettings, output: Output) -> None:
    context.width, context.height = output.width, output.height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(output.fps)
    context.time_base = Fraction(1, output.fps)
    context.options = settings.options(output)
    context.gop_size = 2 * output.fps
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    if settings.name == "libx264":
        # PyAV asks for slices by default; whole frames in parallel are a third faster.
        context.thread_type = "FRAME"
        context.thread_count = settings.thread_count()


FramePool: TypeAlias = "queue.SimpleQueue[Planes]"
"""Frames of one size that may be drawn on. Encoders that follow each other share them."""


class EncoderThread:
    """Encodes pictures into a file, on its own thread, at most `QUEUE` frames behind.

    Frames come from a pool: take one by `blank`, draw, hand it in by `put` as often as it shows, then give it back by
    `release`. `finish` ends the file; `abandon` stops at once, leaving a file that is good for nothing.
    """

    def __init__(
        self,
        path: Path,
        settings: EncoderSettings,
        output: Output,
        after: threading.Event | None = None,
        pool: FramePool | None = None,
    ) -> None:
        """`after`: what must have happened before it begins; frames wait in its queue until then. `pool`: where frames come from
        and go back to; without one it has its own."""
        self._path, self._settings, self._output, self._after = path, settings, output, after
        self._waiting: queue.Queue[tuple[str, Planes | None]] = queue.Queue(QUEUE)
        self._free: FramePool = queue.SimpleQueue() if pool is None else pool
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)
        self._thread.start()

    def blank(self) -> Planes:
        """A frame to draw on; its content is whatever was drawn there before."""
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return new_frame(self._output.width, self._output.height)

    def put(self, planes: Planes) -> None:
        """Encode this picture next; waits while the encoder is behind.

        Raises:
            EncoderFailed: the encoder stopped.
            TooRich: the pictures pass the rate at this quality.
            ComponentDown: the file could not be written.
        """
        self._hand("show", planes)

    def release(self, planes: Planes) -> None:
        """The picture will not be put again: its frame may be drawn on once it is encoded."""
        self._hand("free", planes)

    def finish(self) -> None:
        """Encode what waits and close the file. Raises as `put`."""
        self._hand("end", None)
        self._thread.join()
        self._raise_failure()

    def abandon(self) -> None:
        """Stop; frames that wait are dropped."""
        self._stop.set()
        self._thread.join()

    def _hand(self, what: str, planes: Planes | None) -> None:
        while True:
            self._raise_failure()
            try:
                self._waiting.put((what, planes), timeout=0.2)
                return
            except queue.Full:
                continue

    def _raise_failure(self) -> None:
        if getattr(self._error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOENT):
            raise ComponentDown(
                f"A segment could not be written to {self._path.parent}: {self._error}.", hint="Free space on that disk."
            ) from self._error
        if isinstance(self._error, TooRich):
            raise self._error
        if self._error is not None:
            raise EncoderFailed(f"{self._settings.name} stopped: {self._error}") from self._error

    def _run(self) -> None:
        while self._after is not None and not self._after.wait(0.2):
            if self._stop.is_set():
                return
        try:
            with av.open(str(self._path), "w", format="mp4") as container:
                stream = container.add_stream(self._settings.name, rate=self._output.fps)
                _configure(stream.codec_context, self._settings, self._output)
                self._encode(container, stream)
        except BaseException as error:
            self._error = error

    def _encode(self, container: av.container.OutputContainer, stream: av.VideoStream) -> None:
        pts = 0
        guard = RateGuard(self._output, self._settings.crf) if self._settings.name == "libx264" else None

        def mux(packets: list[av.Packet[Any]]) -> None:
            for packet in packets:
                if guard is not None:
                    guard.add(packet.size)
                container.mux(packet)

        while not self._stop.is_set():
            try:
                what, planes = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if what == "end":
                mux(stream.encode(None))
                return
            assert planes is not None and planes.frame is not None
            if what == "free":
                self._free.put(planes)
                continue
            planes.frame.pts = pts
            planes.frame.time_base = stream.codec_context.time_base
            mux(stream.encode(planes.frame))
            pts += 1
