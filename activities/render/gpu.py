"""The GPU of a host: what it can do, and its slots, counted over all worker processes."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pynvml

from activities.render.encode import trial
from activities.render.join import Cancelled
from models.errors import ProviderError

WITHOUT_NVENC = ("A100", "A30", "H100", "H200", "H20", "GH200", "B100", "B200", "GB200", "GB300")
"""Data-centre cards that NVIDIA builds without video encoders (NVIDIA's Video Encode and Decode GPU Support Matrix)."""
RENDER_MEMORY = 1.0
"""GiB of video memory that one 1080p NVENC render is taken to use: contexts, surfaces, lookahead."""
GIB = 2**30


@dataclass(frozen=True)
class Gpu:
    """A card as NVML sees it. Memory in GiB; `computing` and `encoding` are parts of 1, None where the card does not say."""

    index: int
    name: str
    memory: float
    used: float
    driver: str
    computing: float | None = None
    encoding: float | None = None


def read_gpus() -> list[Gpu]:
    """The host's cards.

    Raises:
        ProviderError: NVML says why there are none (no driver, a driver that does not fit, a lost GPU).
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise ProviderError(_reason(error), provider="gpu") from error
    try:
        driver = str(pynvml.nvmlSystemGetDriverVersion())
        return [_gpu(index, driver) for index in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError as error:
        raise ProviderError(_reason(error), provider="gpu") from error
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _gpu(index: int, driver: str) -> Gpu:
    card = pynvml.nvmlDeviceGetHandleByIndex(index)
    memory = pynvml.nvmlDeviceGetMemoryInfo(card)
    computing: float | None = None
    encoding: float | None = None
    with contextlib.suppress(pynvml.NVMLError):  # shared and data-centre cards do not say
        computing = pynvml.nvmlDeviceGetUtilizationRates(card).gpu / 100
        encoding = pynvml.nvmlDeviceGetEncoderUtilization(card)[0] / 100
    name = str(pynvml.nvmlDeviceGetName(card))
    return Gpu(index, name, memory.total / GIB, memory.used / GIB, driver, computing, encoding)


def _reason(error: pynvml.NVMLError) -> str:
    code = getattr(error, "value", None)
    if code == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
        return "no NVIDIA driver is installed (libnvidia-ml.so.1 was not found)"
    if code == pynvml.NVML_ERROR_DRIVER_NOT_LOADED:
        return "the NVIDIA driver is installed but not loaded; `nvidia-smi` says more"
    if code == pynvml.NVML_ERROR_GPU_IS_LOST:
        return "the GPU was lost; the host needs a reset of it, or a restart"
    return f"NVML says: {error}"


def used_memory() -> float:
    """GiB in use on the fullest card of the host. Raises as `read_gpus`."""
    return max((card.used for card in read_gpus()), default=0.0)


def has_encoder(name: str) -> bool:
    """Whether a card of this name is built with NVENC, as far as is known."""
    words = name.replace("-", " ").split()
    return not any(word in WITHOUT_NVENC for word in words)


def gpu_report() -> list[str]:
    """What the GPU can do for renders, in lines for a person; no GPU is no fault."""
    try:
        cards = read_gpus()
    except ProviderError as error:
        return [f"none: {error.what}. Films are rendered by libx264 on the CPU."]
    if not cards:
        return ["none: the driver is there but shows no card. Films are rendered by libx264 on the CPU."]
    lines = [
        f"{card.name}, {card.used:.1f} of {card.memory:.1f} GiB used, driver {card.driver}"
        + ("" if has_encoder(card.name) else "; this model has no NVENC, it can decode only")
        for card in cards
    ]
    why = trial("h264_nvenc")
    lines.append("h264_nvenc encodes here." if why is None else f"h264_nvenc: {why}. Films are rendered by libx264 on the CPU.")
    return lines


class GpuSlots:
    """At most `count` renders a host, over all its processes, and none that would bring used memory over the ceiling.

    A slot is a locked file: the kernel gives it back however its process ends. The ceiling is checked by one process at a
    time, and counts renders that began so recently that their memory does not show yet.
    """

    def __init__(
        self,
        folder: Path,
        *,
        count: int = 3,
        ceiling: float = 28.0,
        used: Callable[[], float] = used_memory,
        settle: float = 10.0,
    ) -> None:
        """`folder`: the same for all processes of the host. `used`: GiB of video memory in use. `settle`: seconds after
        which a render's memory shows in `used`."""
        self._folder, self._count, self._ceiling = folder, count, ceiling
        self._used, self._settle = used, settle

    @contextmanager
    def take(self, patience: float, cancelled: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Hold a slot; waits for one for `patience` seconds.

        Raises:
            ProviderError: none came free, or the memory is taken; the message says which.
            Cancelled: told to stop while waiting.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + patience
        held: tuple[int, int] | None = None
        while held is None:
            held, why = self._try()
            if held is None:
                if cancelled():
                    raise Cancelled
                if time.monotonic() >= until:
                    raise ProviderError(f"No GPU slot within {patience:.0f} s: {why}.", provider="gpu")
                time.sleep(min(0.25, max(patience, 0.01)))
        try:
            yield held[1]
        finally:
            os.close(held[0])

    def _try(self) -> tuple[tuple[int, int] | None, str]:
        """A locked file and its number, or why not."""
        with _locked(self._folder / "gate"):
            used = self._used()
            fresh, free = 0, None
            for number in range(self._count):
                path = self._folder / f"slot-{number}"
                handle = _try_lock(path)
                if handle is None:
                    fresh += time.time() - path.stat().st_mtime < self._settle
                elif free is None:
                    free = (handle, number)
                else:
                    os.close(handle)
            if free is None:
                return None, f"all {self._count} are taken"
            wanted = used + (fresh + 1) * RENDER_MEMORY
            if wanted > self._ceiling:
                os.close(free[0])
                return None, f"{used:.1f} GiB of video memory are in use and the ceiling is {self._ceiling:.0f} GiB"
            os.utime(self._folder / f"slot-{free[1]}")
            return free, ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _try_lock(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        return None
    return handle
