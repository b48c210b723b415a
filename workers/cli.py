"""The `ytempire` command. Each command imports what it needs when it runs, so that help and short commands are quick."""

# ruff: noqa: E402 - the collector is told first: what follows is what takes long

from __future__ import annotations

from workers.collector import collect_rarely

collect_rarely()

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperCommand

from models.errors import YtempireError

EPILOG = "Examples:  ./ytempire video 'Why the sky is blue'   ./ytempire up   ./ytempire doctor"

app = typer.Typer(
    name="ytempire", help="A durable video factory: topic or script in, checked and published video out.", epilog=EPILOG,
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
)  # fmt: skip
console = Console(stderr=True, highlight=False)
FURTHER_WORDS = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
"""Of commands that hand words on: after the first word of theirs nothing is ours, --help neither."""


@app.command(epilog="Examples:  ./ytempire video 'Why the sky is blue'   ./ytempire video --script my.md --format short")
def video(
    topic: Annotated[str, typer.Argument(help="What the film is about; leave it out with --script.")] = "",
    script: Annotated[Path | None, typer.Option(help="Your own script in Markdown instead of a topic.")] = None,
    media: Annotated[Path | None, typer.Option(help="Folder with your own pictures and clips, which `visual:` lines name.")] = None,
    format: Annotated[str, typer.Option(help="standard (16:9, 1080p), long, short (9:16), economy (720p).")] = "",
    level: Annotated[str, typer.Option(help="economy, standard or premium: how much quality may cost.")] = "standard",
    language: Annotated[str, typer.Option(help="en, es, de, ar, hi, ja ...: of the speech and the captions.")] = "",
    voice: Annotated[str, typer.Option(help="Name of a voice, or empty for the language's own.")] = "",
    niche: Annotated[str, typer.Option(help="technology, finance, cooking ...: decides palette and mood.")] = "",
    seconds: Annotated[int | None, typer.Option(help="Wished length, for topics.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Wait for your approval before the film is published.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running afterwards.")] = False,
) -> None:
    """Make one film: starts what is not running, shows each step, ends with the files, the cost and the run's link."""
    from workers.ending import end_process
    from workers.video_command import VideoOrder, make_video

    order = VideoOrder(
        topic=topic, script=script, media=media, format=format, level=level, language=language, voice=voice, niche=niche,
        seconds=seconds, auto_publish=not approve, keep=keep,
    )  # fmt: skip
    end_process(make_video(order))


@app.command()
def up() -> None:
    """Start the whole stack and stay: database, Temporal with its web pages, API, workers. Ctrl-C ends it cleanly."""
    from workers.ending import end_process
    from workers.up_command import stay_up

    end_process(stay_up())


@app.command()
def down() -> None:
    """End the stack that runs over this data folder."""
    from workers.up_command import end_running

    raise typer.Exit(end_running())


@app.command()
def doctor() -> None:
    """Say what is there, what is missing and how to get it."""
    from workers.doctor import examine
    from workers.ending import end_process

    end_process(examine())  # without waiting for a service that does not answer


@app.command()
def migrate() -> None:
    """Bring your own PostgreSQL to this version (several hosts; `up` does so by itself). Safe to repeat."""
    from models.settings import Settings
    from workers.migrate import upgrade_yours

    console.print(f"The database is at revision {upgrade_yours(Settings())}.")


@app.command()
def worker(queue: Annotated[str, typer.Argument(help="control, render-cpu or render-gpu.")]) -> None:
    """Run one worker process against your own Temporal and PostgreSQL (several hosts)."""
    _demand_schema()
    if queue == "control":
        from workers.control import main
    elif queue == "render-cpu":
        from workers.render import main
    elif queue == "render-gpu":
        from workers.gpu import main
    else:
        raise typer.BadParameter("it is control, render-cpu or render-gpu", param_hint="queue")
    main()


@app.command()
def api() -> None:
    """Run one API process against your own Temporal and PostgreSQL (several hosts)."""
    _demand_schema()
    from workers.api import main

    main()


def _demand_schema() -> None:
    from models.settings import Settings
    from workers.migrate import demand_schema

    demand_schema(Settings())


@app.command()
def replay(
    history: Annotated[list[Path] | None, typer.Argument(help="History files (JSON); none: the stored ones.")] = None,
) -> None:
    """Replay histories against today's workflow code."""
    from workers.replay import replay_files

    raise typer.Exit(replay_files(history or []))


@app.command(context_settings=FURTHER_WORDS)
def test(context: typer.Context) -> None:
    """Run every check and test. Further words go to pytest: ./ytempire test -k durability"""
    from workers.checks import run_tests

    raise typer.Exit(run_tests(context.args))


@app.command()
def check() -> None:
    """The quick part of `test`: format, lint, types, who imports whom."""
    from workers.checks import run_checks

    raise typer.Exit(run_checks())


class BenchCommand(TyperCommand):
    """Its help names the benchmarks, which are looked for only then."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        from workers.checks import benchmark_names

        self.epilog = f"Benchmarks: {', '.join(benchmark_names())}"
        super().format_help(ctx, formatter)


@app.command(cls=BenchCommand, context_settings=FURTHER_WORDS)
def bench(context: typer.Context, name: Annotated[str, typer.Argument(help="Which one.")]) -> None:
    """Run a benchmark; further words are its own options: ./ytempire bench durability --help"""
    from workers.checks import run_benchmark

    raise typer.Exit(run_benchmark(name, context.args))


@app.command(epilog="Example:  ./ytempire inspect films/why-the-sky-is-blue")
def inspect(
    film: Annotated[Path, typer.Argument(help="A finished film (MP4), or the folder it lies in.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the picture (PNG); beside the film unless said.")] = None,
    captions: Annotated[Path | None, typer.Option(help="Captions (SRT or WebVTT); those beside the film unless said.")] = None,
) -> None:
    """Show a film as one picture: frames with times, waveform, loudness curve, caption timing."""
    from workers.inspect_command import show_film

    raise typer.Exit(show_film(film, out, captions))


@app.command()
def lock() -> None:
    """Write the requirement locks anew from requirements/*.in."""
    from workers.checks import write_locks

    raise typer.Exit(write_locks())


@app.command()
def settings() -> None:
    """Print the page of all settings (docs/settings.md)."""
    from workers.settings_page import page

    typer.echo(page(), nl=False)


SUB_APPS = {
    "prices": ("workers.money_cli", "prices_app"),
    "budget": ("workers.money_cli", "budget_app"),
    "providers": ("workers.providers_cli", "providers_app"),
    "youtube": ("workers.youtube_cli", "app"),
}
"""Commands with commands of their own, and where they are."""


def mount(names: Iterable[str]) -> None:
    """Load these sub-commands: each brings the database with it, which other commands need not wait for."""
    for name in names:
        module, attribute = SUB_APPS[name]
        app.add_typer(getattr(import_module(module), attribute), name=name)


def main() -> None:
    """Run the command; an error of the tree becomes a sentence and exit code 1, never a stack trace."""
    asked = sys.argv[1:2]
    mount(asked if asked and asked[0] in SUB_APPS else SUB_APPS if not asked or asked == ["--help"] else ())
    try:
        app(prog_name="ytempire")
    except ValidationError as error:
        if error.title != "Settings":
            raise
        for wrong in error.errors():
            name = f"YTEMPIRE_{str(wrong['loc'][0]).upper()}" if wrong["loc"] else "the settings"
            console.print(f"[bold red]A setting is not valid.[/] {name}: {wrong['msg']}.", soft_wrap=True)
        console.print("  docs/settings.md says what each setting takes.")
        sys.exit(1)
    except YtempireError as error:
        console.print(f"[bold red]{error.title}.[/] {error.what}", soft_wrap=True)
        if error.hint:
            console.print(f"  {error.hint}", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
