"""Videos while anything dies at any moment: each is published, whole, and no step that had ended is made again.

    ./ytempire bench kills [--videos 3] [--kills 5] [--seed 1]

A whole stack in processes of its own makes one video after the other. While it does, a worker, the API, the process that starts
workers, Temporal, the database, or everything at once is killed as `kill -9` does, after pauses that the seed gives. In the end
each request is one published film that decodes to its end, each step has ended once, and no finished segment was rendered again.
Exit code 1 when a promise is broken. No speed: what a kill costs is one step's time, and the time to start what died.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from uuid import uuid4

import av
import httpx
import psutil

from tests.e2e.live_stack import ENDS, LiveStack, script_of, stacks

EVERYTHING = "everything"
DATABASE = "the database"
PROCESSES = ("workers.control", "workers.render", "workers.api", "workers.forking", "start-dev")
"""What is killed by itself, by a word of its command: `start-dev` is Temporal, and `workers.forking`, once dead, stays away."""
LONGEST_PAUSE = 4.0
"""Seconds between two kills; a film of this size takes about twice that."""


def drill(stack: LiveStack, name: str, kills: int, random: Random) -> list[str]:
    """One video that has `kills` to outlive; which promises were broken, if any."""
    others = len(_folders(stack))
    before = stack.segments()
    video_id = _asked(stack, name, random)
    killed: Counter[str] = Counter()
    for _ in range(kills):
        time.sleep(random.uniform(0, LONGEST_PAUSE))
        if stack.video(video_id).get("status") in ENDS:
            break
        before |= stack.segments()
        killed[_kill(stack, random)] += 1
    video = stack.finished(video_id)
    told = ", ".join(f"{part} x{times}" for part, times in killed.items())
    print(f"{name}: {video['status']}; killed meanwhile: {told or 'nothing'}")

    broken = [] if video["status"] == "published" else [f"{name} ended as {video['status']}: {video.get('detail', '')}"]
    broken += [f"{name}: {step} ended {times} times" for step, times in stack.ended_steps(video_id).items() if times != 1]
    after = stack.segments()
    broken += [f"{name}: {path.name} was rendered again" for path, written in before.items() if after.get(path) != written]
    if len(_folders(stack)) != others + 1:
        broken.append(f"{name}: {len(_folders(stack)) - others} folders were published for one request")
    if not broken and (missing := _missing_seconds(Path(video["location"]) / "film.mp4", video["seconds"])) > 0.1:
        broken.append(f"{name}: the film lacks {missing:.2f} s")
    return broken


def _asked(stack: LiveStack, name: str, random: Random) -> str:
    """Ask for it, again under the same key as long as no answer comes; now and then the API dies in between."""
    key = str(uuid4())
    asked: list[str] = []

    def answered() -> bool:
        with contextlib.suppress(httpx.TransportError, AssertionError):
            asked.append(stack.ask(key=key, script=script_of(name)))
            if len(asked) == 1 and random.random() < 0.5:
                stack.kill("workers.api")
                return False
        return bool(asked)

    stack.until(answered, 120)
    assert len(set(asked)) == 1, f"one request became several videos: {asked}"
    return asked[0]


def _kill(stack: LiveStack, random: Random) -> str:
    part = random.choice([*filter(stack.has, PROCESSES), DATABASE, EVERYTHING])
    if part == EVERYTHING:
        stack.kill_everything()
        stack.start()
    elif part == DATABASE:
        stack.kill_database()
    else:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just died of another kill
            stack.kill(part)
    return part


def _folders(stack: LiveStack) -> list[Path]:
    return [path for path in stack.films.glob("[!.]*") if path.is_dir()]


def _missing_seconds(film: Path, seconds: float) -> float:
    """How much of the film's length is not there when it is decoded to its end."""
    with av.open(str(film)) as container:
        picture = container.streams.video[0]
        frame = 1 / float(picture.average_rate or 1)
        return seconds - max(float(each.time or 0) + frame for each in container.decode(picture))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=3)
    parser.add_argument("--kills", type=int, default=5, help="for each video")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random = Random(given.seed)
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        folder.chmod(0o755)
        stack = ends.enter_context(contextlib.contextmanager(stacks)(folder))
        for number in range(given.videos):
            broken += drill(stack, f"Video {number + 1} of seed {given.seed}", given.kills, random)
    print("\n".join(broken) or "every promise held")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
