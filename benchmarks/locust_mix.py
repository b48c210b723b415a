"""The mix of `benchmarks.api` as locust users, against an API that runs: 70 % lists, 15 % details, 5 % costs, 10 % new videos.

    YTEMPIRE_KEYS=key1,key2 locust -f benchmarks/locust_mix.py --host http://127.0.0.1:8321 --users 100 --spawn-rate 20 \\
        --run-time 1m --headless

Each user takes one of the API keys in YTEMPIRE_KEYS (scopes videos:read, videos:write, costs:read, channels:read), whose plans must
allow the requests. Names of requests begin with `read` and `write`, as the promises differ: 200 and 500 ms for 95 % of them.
"""

from __future__ import annotations

import itertools
import os
import random
from typing import Any
from uuid import uuid4

from locust import HttpUser, constant_pacing, task

KEYS = itertools.cycle([key for key in os.environ.get("YTEMPIRE_KEYS", "").split(",") if key])
LISTS = ("/api/v1/videos", "/api/v1/videos?status=published&limit=50", "/api/v1/videos?page=3")


class Operator(HttpUser):
    """Somebody with the console open, who asks for a video now and then: a request a second."""

    wait_time = constant_pacing(1)

    def on_start(self) -> None:
        """Take a key, a channel and a video to look at."""
        self.client.headers["X-API-Key"] = next(KEYS)
        self.channel = self._first("/api/v1/channels")
        self.video = self._first("/api/v1/videos")

    @task(70)
    def lists(self) -> None:
        """A page of videos."""
        self.client.get(random.choice(LISTS), name="read: list")

    @task(15)
    def detail(self) -> None:
        """A video with all that is known of it."""
        if self.video:
            self.client.get(f"/api/v1/videos/{self.video}", name="read: detail")

    @task(5)
    def costs(self) -> None:
        """What was spent."""
        self.client.get("/api/v1/costs/summary", name="read: costs")

    @task(10)
    def ask(self) -> None:
        """A new video."""
        body: dict[str, Any] = {"topic": f"Topic {uuid4()}", "format": "short", "channel_id": self.channel}
        with self.client.post("/api/v1/videos/generate", json=body, name="write: new video", catch_response=True) as answer:
            if answer.status_code == 202:
                self.video = answer.json()["id"]

    def _first(self, address: str) -> str:
        items = self.client.get(address, name="read: list").json()["items"]
        return str(items[0]["id"]) if items else ""
