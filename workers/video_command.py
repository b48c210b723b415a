"""`ytempire video`: asks for one film through the HTTP API and shows it being made."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from models.errors import ComponentDown, Conflict, InvalidRequest, NotFound
from models.settings import Settings
from models.videos.decoding import decoded_text
from models.videos.markdown import parse_script
from models.videos.topics import composed
from workers.stack import Running, Stack, running_stack
from workers.up_command import start_detached
from workers.video_api import AGAIN, GONE, Api

console = Console(stderr=True, highlight=False)

BRAND = (
    "logo.png", "logo.jpg", "logo.webp", "music.mp3", "music.ogg", "music.wav", "music.flac", "music.m4a",
    *(f"{end}.{kind}" for end in ("intro", "outro") for kind in ("mp4", "mov", "webm", "png", "jpg")),
)  # fmt: skip
"""Files of a media folder that are used without being named in a script."""
ENDS = frozenset({"published", "completed", "rejected", "cancelled", "failed"})
GOOD_ENDS = frozenset({"published", "completed"})
WAITS = 3
"""Exit code where a person has to decide; 2 is a command that was typed wrong."""
SILENCE = 60.0
"""Seconds without an event after which the command says where to look."""
PATIENCE = 90.0
"""Seconds after which an API that should run and does not answer is given up: one that is ending says nothing for as long."""
REF = ("kind", "digest", "media_type", "size")


@dataclass(frozen=True)
class VideoOrder:
    """What the command line asks for."""

    topic: str
    script: Path | None
    media: Path | None
    format: str
    level: str
    language: str
    voice: str
    niche: str
    seconds: int | None
    auto_publish: bool
    keep: bool


@dataclass
class Asked:
    """The one film that a command is about, over every stack that makes a part of it."""

    body: dict[str, Any]
    files: dict[str, Path]
    key: str = field(default_factory=lambda: str(uuid4()))
    """Under which it is asked for: as often as it takes, and made once."""
    video_id: str = ""
    heard: str = "0"
    """Id of the last event that was shown."""
    began: float = 0.0
    media: dict[str, Any] = field(default_factory=dict)
    """References of the files that were sent."""
    status: str = ""
    """Its last state, once it has ended or waits for a person."""


def make_video(order: VideoOrder) -> int:
    """Make the film; 0 when it is made, 1 when it ended otherwise, 3 when it waits (and what to do).

    Raises:
        InvalidRequest: neither topic nor script, or a file that cannot be read.
        Misconfigured: the stack cannot start.
    """
    body, files = read_order(order)
    asked = Asked(body, files)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with contextlib.ExitStack() as ending:
        try:
            return _make(Settings(), asked, order.keep, ending)
        except KeyboardInterrupt:
            if not asked.video_id:
                raise
            kept = f"Not watching any more; the video is kept. `./ytempire up` goes on making it (id {asked.video_id})."
            console.print(f"\n{kept}", soft_wrap=True)
            return 130


def read_order(order: VideoOrder) -> tuple[dict[str, Any], dict[str, Path]]:
    """The request's body, and the operator's own files by the names that the script gives them.

    Raises:
        InvalidRequest: neither topic nor script, or one that cannot be made into a film.
        NotFound: a file that is named does not exist.
    """
    if order.script is None and not order.topic.strip():
        raise InvalidRequest(
            "There is no topic and no script.", hint="Say what the film is about: ./ytempire video 'Why the sky is blue'"
        )
    if order.script is not None and order.topic.strip():
        raise InvalidRequest("There are both a topic and a script.", hint="Give one of them.")
    body: dict[str, Any] = {"level": order.level, "auto_publish": order.auto_publish}
    body |= {name: value for name in ("format", "language", "voice", "niche") if (value := getattr(order, name))}
    if order.seconds is not None:
        body["seconds"] = order.seconds
    if order.media is not None and not order.media.is_dir():
        raise NotFound(f"The media folder {order.media} does not exist.", hint="Name the folder with your pictures and clips.")
    if order.script is None:
        return body | {"topic": order.topic}, _files((), order.media)
    try:
        data = order.script.read_bytes()
    except OSError as error:
        raise NotFound(
            f"The script {order.script} cannot be read: {error.strerror}.", hint="See that the path is right."
        ) from error
    parsed = parse_script(data, name=order.script.name)
    text, _ = decoded_text(data, name=order.script.name)
    return body | {"script": text}, _files(parsed.media, order.media or order.script.parent)


def _files(named: tuple[str, ...], folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    found = {name: path for name in (*named, *BRAND) if (path := _file(folder / name)) is not None}
    missing = [name for name in named if name not in found]
    if missing:
        raise NotFound(
            f"The script shows {', '.join(missing)}, which is not in the folder {folder.resolve()}.",
            hint="Put it there, or name its folder: --media FOLDER",
        )
    return found


def _file(path: Path) -> Path | None:
    """The file that the operator means by a path; None where there is none."""
    if path.is_file():
        return path
    beside = path.parent.iterdir() if not path.name.isascii() and path.parent.is_dir() else ()
    return next((one for one in beside if composed(one.name) == composed(path.name) and one.is_file()), None)


def _make(settings: Settings, asked: Asked, keep: bool, ending: contextlib.ExitStack) -> int:
    """Over as many stacks as it takes: a video outlives the stack that began it, which another command may have ended."""
    silent: float | None = None
    while True:
        running = _some_stack(settings, keep, ending)
        try:
            with contextlib.closing(Api(running, settings)) as api:
                code = _follow(api, settings, running, asked)
        except ComponentDown as error:
            if silent is None:
                console.print(f"[dim]{escape(error.what)} It is asked again ...[/]")
            silent = silent or time.monotonic()
            if time.monotonic() - silent > PATIENCE:
                raise
            time.sleep(AGAIN)
            continue
        if code is not None:
            return code
        silent = None
        console.print("[dim]the stack that made this video has ended; it goes on in another ...[/]")


def _some_stack(settings: Settings, keep: bool, ending: contextlib.ExitStack) -> Running:
    """The stack that runs, else one of our own. One that another command is just starting, or ending, is waited for."""
    deadline = time.monotonic() + settings.drain_seconds + 60
    while (running := running_stack(settings)) is None:
        try:
            if keep:
                return start_detached(settings)
            stack = Stack(settings, say=lambda line: console.print(f"[dim]{line} ...[/]"))
            ending.callback(stack.stop)
            return stack.start()
        except Conflict:
            if time.monotonic() > deadline:
                raise
        again = time.monotonic() + GONE
        while running_stack(settings) is None and time.monotonic() < again:
            time.sleep(0.1)
    return running


def _follow(api: Api, settings: Settings, running: Running, asked: Asked) -> int | None:
    """The exit code; None when the stack has ended and the video has not."""
    if not asked.video_id:
        _ask(api, asked)
    asked.status = asked.status or _watch(api, asked, settings.data_dir / "logs")
    if not asked.status:
        return None
    video = api.video(asked.video_id)
    _print_end(video, api.cost(asked.video_id), running, time.monotonic() - asked.began)
    return 0 if asked.status in GOOD_ENDS else WAITS if asked.status in ("parked", "awaiting_approval") else 1


def _ask(api: Api, asked: Asked) -> None:
    left = {name: path for name, path in asked.files.items() if name not in asked.media}
    if left:
        console.print(f"[dim]sending {len(left)} media files ...[/]")
    for name, path in left.items():
        ref = api.upload(path)
        asked.media[name] = {key: ref[key] for key in REF}
    body = asked.body | {"media": asked.media} if asked.media else asked.body
    accepted = api.generate(body, asked.key)
    asked.video_id, asked.began = str(accepted["id"]), time.monotonic()
    cost = f"estimated at ${float(accepted.get('estimated_cost', 0)):.2f}"
    console.print(f"[bold]Accepted[/] as video {asked.video_id}, {cost}.", soft_wrap=True)


def _watch(api: Api, asked: Asked, logs: Path) -> str:
    """Show events until the video ends or waits for a person; answers its last state, "" where the stack has ended before."""
    columns = (TextColumn("  {task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[said]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        bar: TaskID | None = None
        heard = time.monotonic()
        for event in api.events(asked.video_id, asked.heard):
            asked.heard = event.get("id", asked.heard)
            kind, data = str(event.get("event", "")), event["data"]
            if kind == "ping":
                heard = _tell_silence(progress, heard, logs)
                continue
            heard = time.monotonic()
            if kind == "video.step" and data.get("part", "") == "":
                _print_step(progress, data)
            elif kind == "video.progress" and data.get("total"):
                bar = bar if bar is not None else progress.add_task("rendering", said="", total=data["total"])
                progress.update(bar, completed=data["done"], said=data.get("said", ""))
            elif kind.startswith("video."):
                status: str = kind.removeprefix("video.")
                if status in ("checking", "publishing") and bar is not None:
                    progress.remove_task(bar)
                    bar = None
                if status in ENDS or (status == "parked" and not data.get("park_until")) or status == "awaiting_approval":
                    return status
                if status == "parked":
                    progress.console.print(f"  [yellow]waits[/]  {escape(str(data.get('detail')))} Until {data.get('park_until')}.")
    return ""


def _tell_silence(progress: Progress, heard: float, logs: Path) -> float:
    """Say after a silence where to look: a step that fails is tried again, and nobody should have to guess."""
    if time.monotonic() - heard < SILENCE:
        return heard
    progress.console.print(f"  [dim]no news for {SILENCE:.0f} s; what is being tried is in the Temporal UI and in {logs}[/]")
    return time.monotonic()


def _print_step(progress: Progress, data: dict[str, Any]) -> None:
    reused = " [dim](reused)[/]" if data.get("cached") else ""
    progress.console.print(f"  [green]done[/]   {data['step']:<10} {escape(data['provider'])}{reused}")
    for line in data.get("passed_over") or ():
        progress.console.print(f"         [dim]passed over {escape(line)}[/]")


def _print_end(video: dict[str, Any], cost: dict[str, Any], running: Running, seconds: float) -> None:
    status = video["status"]
    if status in GOOD_ENDS:
        took = f"({video.get('seconds') or 0:.0f} s of film in {seconds:.0f} s)"
        console.print(f"[bold green]{status.capitalize()}[/]: {escape(video['title'])} {took}")
    else:
        why = escape(str(video.get("detail") or video.get("error") or video["title"]))
        console.print(f"[bold yellow]{status.replace('_', ' ').capitalize()}[/]: {why}")
    if video.get("location"):
        folder = Path(video["location"])
        for name in ("film.mp4", "thumbnail.jpg", "captions.srt", "captions.vtt", "description.txt"):
            if (folder / name).exists():
                print(folder / name, flush=True)
    for line in check_lines(video.get("quality") or {}):
        console.print(line)
    console.print(cost_table(video["steps"], cost))
    if float(cost["unknown"]):
        told = "is for calls whose outcome nobody knows, counted at their upper estimate."
        console.print(f"[dim]${float(cost['unknown']):.4f} of it {told}[/]")
    link = video.get("links", {}).get("temporal") or running.temporal_ui_url
    console.print(f"Run: {link}", soft_wrap=True)
    if status not in ENDS:
        console.print(f"`./ytempire up`, then decide in the console at {running.api_url}/ or through the API.")


def check_lines(report: dict[str, Any]) -> list[str]:
    """What the check found, as people read it: the score with those of its parts that lost points, then every problem."""
    if not report:
        return []
    lost = [f"{part} {points:.0f}" for part, points in report["parts"].items() if points < 100]
    lines = [f"Checked: {report['score']:.0f} of 100" + (f" ({', '.join(lost)})" if lost else "")]
    for problem in report["problems"]:
        mark = "[red]wrong[/]" if problem["fatal"] else "[yellow]note[/] "
        lines.append(f"  {mark}  {escape(problem['message'])}")
    return lines


def cost_table(steps: Sequence[dict[str, Any]], cost: dict[str, Any]) -> Table:
    """Who served each step, and what the ledger holds for it: tries that served nobody are part of it."""
    served = {step["step"]: step["provider"] for step in steps if not step.get("part")}
    table = Table("step", "provider", "cost", box=None, pad_edge=False, header_style="dim")
    for step in dict.fromkeys((*served, *cost["by_step"])):
        table.add_row(step, served.get(step, ""), f"${float(cost['by_step'].get(step, 0)):.4f}")
    table.add_row("[bold]total", "", f"[bold]${float(cost['total']):.4f}")
    return table
