"""The documents: their commands exist, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer.main

from models.settings import ROOT
from workers.cli import SUB_APPS, app, mount

DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
mount(SUB_APPS)
COMMAND = re.compile(r"`(\./ytempire [^`]+)`|^(\./ytempire [^#\n]+)", re.MULTILINE)


def commands() -> list[str]:
    found: dict[str, None] = {}
    for document in DOCUMENTS:
        for match in COMMAND.finditer(document.read_text()):
            found[(match[1] or match[2]).strip().removesuffix(" ...")] = None
    return list(found)


@pytest.mark.parametrize("line", commands())
def test_every_command_in_the_documents_is_one_that_exists(line: str) -> None:
    words = shlex.split(line.split(">")[0])[1:]
    command: Any = typer.main.get_command(app)
    context = command.context_class(command)
    while (group := getattr(command, "commands", None)) and words:
        name = words.pop(0)
        found = group.get(name)
        assert found is not None, f"there is no command {name!r}"
        command, context = found, found.context_class(found, parent=context, info_name=name)
    # Parsing looks at options and at how many arguments there are; nothing is run.
    command.make_context(command.name, words, parent=context, resilient_parsing=True)
    known = {option for parameter in command.params for option in parameter.opts}
    loose = bool(command.context_settings.get("ignore_unknown_options"))
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    assert loose or not unknown, f"{line}: unknown options {unknown}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_to_a_file(document: object) -> None:
    assert isinstance(document, type(ROOT))
    links = re.findall(r"(?<!!)\[[^\]]+\]\((?!https?://|#)([^)#]+)\)", re.sub(r"`[^`]*`", "", document.read_text()))
    assert [link for link in links if not (document.parent / link).exists()] == []
