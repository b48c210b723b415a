"""The walk with curl in the guide runs as it stands, and the N8N workflow is one that N8N can read."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

from models.settings import ROOT
from models.users.scopes import Scope
from tests.api.conftest import Api


async def test_the_walk_with_curl_runs_as_it_stands(api: Api, tmp_path: Path) -> None:
    user = await api.user()
    key = await api.key(user, *(scope for scope in Scope if scope is not Scope.ADMIN))
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    script = "set -eu\n" + "\necho\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    environment = os.environ | {"API": f"{api.url}/api/v1", "KEY": key, "no_proxy": "*"}
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", script, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    refused = [json.loads(line) for line in re.findall(r'^\{"type":"/problems/.*', output, re.MULTILINE)]
    assert [problem["status"] for problem in refused] == [503, 422], output
    assert output.count('"status":"queued"') >= 3 and "event: video.queued" in output and '"secret":"whsec_' in output


def test_the_n8n_workflow_connects_nodes_that_exist() -> None:
    flow = json.loads((ROOT / "deploy" / "n8n" / "start-video-and-wait.json").read_text())
    names = {node["name"] for node in flow["nodes"]}
    reached = {link["node"] for outputs in flow["connections"].values() for links in outputs["main"] for link in links}
    assert set(flow["connections"]) | reached == names
