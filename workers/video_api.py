"""The HTTP calls of `ytempire video`."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from models.errors import ComponentDown, InvalidRequest, Misconfigured
from models.settings import Settings
from workers.stack import Running, running_stack, token_path

AGAIN = 1.0
"""Seconds until a call is made once more that did not reach the API."""
GONE = 5.0
"""Seconds without a stack after which the one that was followed has ended: one that starts again is up by then, or starting."""


class Api:
    """The calls of this command, with errors turned into sentences."""

    def __init__(self, running: Running, settings: Settings) -> None:
        try:
            token = token_path(settings).read_text().strip()
        except OSError as error:
            raise Misconfigured(
                "The command's access token is gone.", hint="Restart the stack (`./ytempire down`): the API writes a new one."
            ) from error
        self._running = running
        self._settings = settings
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the stack speaks HTTP; to read whom else we trust takes 50 ms
        self._client = httpx.Client(
            base_url=f"{running.api_url}/api/v1",
            headers={"X-API-Key": token},
            timeout=httpx.Timeout(60, connect=5),
            verify=nobody,
        )

    def close(self) -> None:
        """End its connections: the server waits for them at its end."""
        self._client.close()

    def upload(self, path: Path) -> dict[str, Any]:
        """Send one of the operator's own files; answers its reference."""
        with path.open("rb") as file:
            return self._call("POST", "/media", files={"file": (path.name, file)})

    def generate(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        """Ask for the video; any number of times under one key, which make one."""
        return self._call("POST", "/videos/generate", json=body, headers={"Idempotency-Key": key})

    def video(self, video_id: str) -> dict[str, Any]:
        """What the video has come to."""
        return self._call("GET", f"/videos/{video_id}")

    def cost(self, video_id: str) -> dict[str, Any]:
        """What it cost, by step."""
        return self._call("GET", f"/videos/{video_id}/cost")

    def events(self, video_id: str, last: str = "0") -> Iterator[dict[str, Any]]:
        """Its events after `last`, with their ids, over lost connections, until the stack has ended (or another is there); a
        `ping` for each try that came to nothing.

        Raises:
            InvalidRequest: the API refuses: the key is no good any more, or the video is gone.
        """
        missed: float | None = None
        while True:
            try:
                with self._client.stream("GET", f"/videos/{video_id}/events", headers={"Last-Event-ID": last}) as answer:
                    if answer.status_code in (401, 403, 404):
                        answer.read()
                        self._json(answer)
                    answer.raise_for_status()
                    missed = None
                    for event in _parse(answer.iter_lines()):
                        last = event.get("id", last)
                        yield event
                time.sleep(AGAIN)  # it has no more to say: nobody asks in a tight loop
            except (httpx.TransportError, httpx.HTTPStatusError):
                found = running_stack(self._settings)
                missed = None if found == self._running else missed or time.monotonic()
                if missed is not None and (found is not None or time.monotonic() - missed > GONE):
                    return
                yield {"event": "ping", "data": {}}
                time.sleep(AGAIN)

    def _call(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            return self._json(self._client.request(method, path, **how))
        except httpx.TransportError as error:
            raise ComponentDown(
                f"The API at {self._client.base_url} does not answer: {error}.",
                hint="What was accepted is kept: `./ytempire up` starts the stack again and goes on.",
            ) from error

    @staticmethod
    def _json(answer: httpx.Response) -> dict[str, Any]:
        if answer.is_success:
            found: dict[str, Any] = answer.json()
            return found
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:300]}
        fields = "; ".join(f"{each.get('field')}: {each.get('message')}" for each in problem.get("errors", ()))
        raise InvalidRequest(" ".join(part for part in (str(problem.get("detail", "")), fields) if part))


def _parse(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        if line.startswith(":"):
            yield {"event": "ping", "data": {}}
            continue
        name, _, value = line.partition(":")
        if not line:
            if "data" in event:
                yield event
            event = {}
        elif name == "data":
            event["data"] = json.loads(value)
        elif name in ("id", "event"):
            event[name] = value.strip()
