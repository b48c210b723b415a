"""`ytempire doctor` looks before it says "ok", and says what to do where it is not."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.settings import ROOT, Settings
from tests.e2e.live_stack import free_port
from workers import doctor_services
from workers.findings import Finding, Health
from workers.stack import Running
from workflows.policies import CONTROL, RENDER_CPU

STACK = Running(1, "http://127.0.0.1:1", "", "", "")


@workflow.defn
class Nothing:
    """A workflow for a worker to have."""

    @workflow.run
    async def run(self) -> None:
        """End."""


@activity.defn
async def nothing() -> None:
    """An activity for a worker to have."""


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def with_settings(folder: Path, **settings: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **settings)  # type: ignore[call-arg]


async def of_temporal(settings: Settings, running: Running | None = None) -> list[Finding]:
    return await asyncio.to_thread(lambda: list(doctor_services.temporal(settings, running)))


async def test_temporal_is_asked_for_its_namespace_and_its_workers(temporal_address: str, tmp_path: Path) -> None:
    settings = with_settings(tmp_path, temporal_address=temporal_address)
    server, control, render = await of_temporal(settings)
    assert server.health is Health.OK and temporal_address in server.what
    assert {control.health, render.health} == {Health.NOTE} and "./ytempire worker render-cpu" in render.remedy
    _, control, render = await of_temporal(settings, STACK)
    assert {control.health, render.health} == {Health.BAD} and "logs/control.log" in control.remedy

    client = await Client.connect(temporal_address)
    plain = UnsandboxedWorkflowRunner()
    async with (
        Worker(client, task_queue=CONTROL, workflows=[Nothing], activities=[nothing], workflow_runner=plain),
        Worker(client, task_queue=RENDER_CPU, activities=[nothing]),
        asyncio.timeout(60),
    ):
        while {found.health for found in await of_temporal(settings, STACK)} != {Health.OK}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    (missing,) = await of_temporal(with_settings(tmp_path, temporal_address=temporal_address, temporal_namespace="films"))
    assert missing.health is Health.BAD and "namespace create --namespace films" in missing.remedy


async def test_a_temporal_that_does_not_answer_is_bad(tmp_path: Path, silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_services, "PATIENCE", 0.2)
    for address, what in (
        (silent, "no answer"),
        (f"127.0.0.1:{free_port()}", "no answer"),
        ("temporal.example.com", "names no port"),
    ):
        (found,) = await of_temporal(with_settings(tmp_path, temporal_address=address))
        assert found.health is Health.BAD and what in found.what and "YTEMPIRE_TEMPORAL_ADDRESS" in found.remedy
    (found,) = await of_temporal(with_settings(tmp_path), Running(1, "", silent, "", ""))
    assert found.health is Health.BAD and "server.log" in found.remedy
    assert await of_temporal(with_settings(tmp_path)) == []


async def test_the_database_is_connected_to(database_address: str) -> None:
    async def of_database(url: str) -> Finding:
        (found,) = await asyncio.to_thread(lambda: list(doctor_services.database(url, "yours")))
        return found

    found = await of_database(database_address)
    assert found.health is Health.OK and found.what.startswith("yours, 1")
    new = await of_database(f"{database_address}_new")
    assert new.health is Health.OK and "made at the first start" in new.what
    for wrong in (
        f"postgresql://u:secret@127.0.0.1:{free_port()}/x",
        "mysql://u:secret@h/x",
        re.sub(r":[^:@]+@", ":secret@", database_address),
    ):
        found = await of_database(wrong)
        assert found.health is Health.BAD and "YTEMPIRE_DATABASE_URL" in found.remedy and "secret" not in str(found)


def test_the_artifact_store_keeps_and_gives_a_trial(tmp_path: Path) -> None:
    (unmade,) = doctor_services.store(with_settings(tmp_path / "new"))
    assert unmade.health is Health.OK and not (tmp_path / "new").exists()
    (tmp_path / "artifacts").mkdir()
    (found,) = doctor_services.store(with_settings(tmp_path))
    assert (found.health, found.what) == (Health.OK, f"{tmp_path / 'artifacts'}, keeps and gives")
    assert [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()] == []
    (tmp_path / "file").write_text("")
    (found,) = doctor_services.store(with_settings(tmp_path, artifact_url=f"file://{tmp_path}/file/store"))
    assert found.health is Health.BAD and "YTEMPIRE_ARTIFACT_URL" in found.remedy


def test_the_command_ends_though_a_service_does_not_answer(tmp_path: Path, silent: str) -> None:
    own = {
        "YTEMPIRE_DATA_DIR": str(tmp_path), "YTEMPIRE_ARTIFACT_URL": "s3://films", "YTEMPIRE_ARTIFACT_S3_ENDPOINT": f"http://{silent}",
        "YTEMPIRE_ARTIFACT_S3_KEY_ID": "id", "YTEMPIRE_ARTIFACT_S3_SECRET": "secret", "YTEMPIRE_TEMPORAL_ADDRESS": "here",
        "COLUMNS": "200", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-m", "workers.cli", "doctor"]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | own
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no answer within 3 s" in done.stdout and "Not ready: Temporal, artifact store." in done.stdout
