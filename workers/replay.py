"""`ytempire replay`: stored or exported histories against today's workflow code."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from models.errors import InvalidRequest
from models.settings import ROOT
from workers.flows import WORKFLOWS

HISTORIES = ROOT / "tests" / "replay" / "histories"
console = Console(highlight=False)


def stored_histories() -> list[Path]:
    """The histories kept with the code, one file a story."""
    return sorted(HISTORIES.glob("*.json"))


def read_history(path: Path) -> WorkflowHistory:
    """A history as `temporal workflow show --output json` writes it.

    Raises:
        InvalidRequest: the file is not one.
    """
    try:
        return WorkflowHistory.from_json(path.stem, path.read_text())
    except (OSError, ValueError, KeyError) as error:
        raise InvalidRequest(
            f"{path} is not a workflow history: {error}.",
            hint="Export one with: temporal workflow show --workflow-id video-<id> --output json",
        ) from error


async def replay_one(history: WorkflowHistory) -> str:
    """Why the history does not fit today's code; empty when it does."""
    replayer = Replayer(workflows=list(WORKFLOWS), data_converter=pydantic_data_converter)
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return str(result.replay_failure) if result.replay_failure else ""


def replay_files(files: Sequence[Path]) -> int:
    """Replay each and say how it went; the number of those that do not fit."""
    failed = 0
    for path in files or stored_histories():
        why = asyncio.run(replay_one(read_history(path)))
        console.print(f"{'[red]does not fit[/]' if why else '[green]fits[/]'} {path.name}" + (f"\n  {why}" if why else ""))
        failed += bool(why)
    return failed
