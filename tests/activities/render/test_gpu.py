"""GPU slots over real processes, and what is said where there is no GPU."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pynvml
import pytest

from activities.render.encode import choose_encoder, trial
from activities.render.gpu import GpuSlots, gpu_report, has_encoder, read_gpus
from activities.render.join import Cancelled
from models.errors import ProviderError

SPAWN = multiprocessing.get_context("spawn")


def _hold(folder: str, marks: str, seconds: float) -> None:
    """A render: takes a slot, writes when it began and ended."""
    slots = GpuSlots(Path(folder), count=3, used=lambda: 0.0)
    with slots.take(60.0) as number:
        begin = time.monotonic()
        held = Path(marks) / f"{os.getpid()}.held"
        held.write_text(str(number))
        time.sleep(seconds)
        held.rename(held.with_suffix(f".{begin}-{time.monotonic()}"))


def _started(count: int, tmp_path: Path, seconds: float) -> list[multiprocessing.process.BaseProcess]:
    (tmp_path / "marks").mkdir(exist_ok=True)
    processes = [
        SPAWN.Process(target=_hold, args=(str(tmp_path / "slots"), str(tmp_path / "marks"), seconds)) for _ in range(count)
    ]
    for process in processes:
        process.start()
    return processes


def test_at_most_three_of_many_processes_render_at_once_and_all_get_their_turn(tmp_path: Path) -> None:
    for process in _started(5, tmp_path, 0.3):
        process.join(60)
        assert process.exitcode == 0
    spans = [tuple(float(t) for t in path.name.split(".", 1)[1].split("-")) for path in (tmp_path / "marks").iterdir()]
    assert len(spans) == 5
    assert max(sum(a <= begin < b for a, b in spans) for begin, _ in spans) <= 3


def test_a_killed_process_gives_its_slot_back(tmp_path: Path) -> None:
    processes = _started(3, tmp_path, 60)
    try:
        _wait_for(tmp_path / "marks", 3)
        slots = GpuSlots(tmp_path / "slots", used=lambda: 0.0)
        with pytest.raises(ProviderError, match="all 3 are taken"), slots.take(0.0):
            pass
        assert processes[0].pid is not None
        os.kill(processes[0].pid, signal.SIGKILL)
        processes[0].join(10)
        with slots.take(10.0):
            pass
    finally:
        for process in processes:
            process.kill()
            process.join(10)


def _wait_for(folder: Path, count: int) -> None:
    for _ in range(1200):
        if len(list(folder.glob("*.held"))) >= count:
            return
        time.sleep(0.05)
    pytest.fail("the processes did not take their slots")


def test_no_render_begins_that_would_pass_the_memory_ceiling(tmp_path: Path) -> None:
    slots = GpuSlots(tmp_path, count=3, ceiling=28.0, used=lambda: 27.5)
    with pytest.raises(ProviderError, match=r"27\.5 GiB of video memory are in use and the ceiling is 28 GiB"), slots.take(0.0):
        pass


def test_renders_that_just_began_count_before_their_memory_shows(tmp_path: Path) -> None:
    slots = GpuSlots(tmp_path, count=3, ceiling=28.0, used=lambda: 26.5)
    with slots.take(0.0), pytest.raises(ProviderError, match="ceiling"), slots.take(0.0):
        pass


def test_waiting_for_a_slot_can_be_stopped(tmp_path: Path) -> None:
    slots = GpuSlots(tmp_path, count=1, used=lambda: 0.0)
    with slots.take(0.0), pytest.raises(Cancelled), slots.take(60.0, lambda: True):
        pass


def test_a_slot_comes_free_after_an_error_in_the_render(tmp_path: Path) -> None:
    slots = GpuSlots(tmp_path, count=1, used=lambda: 0.0)
    with pytest.raises(ValueError, match="lost"), slots.take(0.0):
        raise ValueError("lost")
    with slots.take(0.0) as number:
        assert number == 0


@pytest.mark.parametrize(
    ("name", "has"), [("NVIDIA H200", False), ("NVIDIA A100-SXM4-80GB", False), ("NVIDIA L4", True), ("NVIDIA A10G", True)]
)
def test_cards_without_an_encoder_are_known(name: str, has: bool) -> None:
    assert has_encoder(name) is has


def _driver() -> bool:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    pynvml.nvmlShutdown()
    return True


@pytest.mark.skipif(_driver(), reason="this machine has an NVIDIA driver")
def test_without_a_driver_the_report_says_so_and_what_is_done_instead(tmp_path: Path) -> None:
    assert gpu_report() == [
        "none: no NVIDIA driver is installed (libnvidia-ml.so.1 was not found). Films are rendered by libx264 on the CPU."
    ]
    with pytest.raises(ProviderError, match="no NVIDIA driver"):
        read_gpus()
    with pytest.raises(ProviderError, match="no NVIDIA driver"), GpuSlots(tmp_path).take(0.0):
        pass


def test_an_encoder_is_tried_before_it_is_trusted() -> None:
    assert trial("libx264") is None
    if trial("h264_nvenc") is not None:
        assert choose_encoder("h264_nvenc").name == "libx264"
        assert "does not open" in choose_encoder("h264_nvenc").fallback
