"""Many videos through providers that fail: each is published, or waits with the true reason; the ledger is exact; no cap is passed.

    ./ytempire bench faults [--videos 20] [--faults 0.1] [--seed 1] [--at-once 16]

Script, moderation, voice, footage and thumbnail are the real activities against local servers that speak the providers' protocols
and spoil the given share of their answers: 429 with Retry-After, spent quotas, 5xx, too slow, cut off, wrong JSON, another schema,
expired keys, refusals. The film itself is made by instant steps. Some videos must not be published: their topic is not allowed, or
there is neither money nor a free writer for them. Then comes a storm in which every answer goes wrong: videos that nobody free can
write must wait for their providers. In the end these are well again, and whatever waited for them must be published. Exit code 1
when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowUpdateFailedError

from activities.thumbnail.activity import ThumbnailActivity
from activities.thumbnail.port import DrawnPicture, DrawnThumbnail, ThumbnailOrder
from benchmarks.durability import InstantSteps
from models.costs.checker import check_ledger, passed_caps
from models.database import Database
from models.errors import ComponentDown
from models.ids import new_id
from models.money import ZERO, shown
from models.settings import Settings
from models.videos.contracts import Level, VideoFormat, VideoRequest
from models.videos.decisions import Decision
from models.videos.providers import account_of
from models.videos.status import VideoStatus
from tests.fakes.media import picture
from tests.fakes.misfortune import Misfortunes
from tests.workflows.factory import Factory, Handle, factory
from workers.migrate import upgrade
from workers.picture_adapters import thumbnail_providers
from workers.postgres_server import PostgresServer
from workers.temporal_server import TemporalServer
from workers.wiring import Wiring
from workflows.connecting import connect
from workflows.video import VideoWorkflow

FORBIDDEN = "why all women are vermin"
PENNILESS = Decimal("0.001")
LONGEST = 240.0
"""Seconds that a video may take until it ends or waits; more is a broken promise."""
ENTRIES = """
select provider, sum(reserved) as open, sum(spent) as spent, count(*) filter (where kind = 'settle') > 0 as settled
from costs.entries group by provider, key
"""
BY_ITSELF = frozenset({"parked: provider", "parked: quota"})
LACKING = {(name, "NotServed") for name in ("stored", "template", "google-neural")}
"""What is no fault: nothing is stored, or the language is none of theirs."""
ENDED = frozenset(status.value for status in VideoStatus if status.ended)
_NAMED = re.compile(r"(?:^|; )([a-z0-9-]+): ([A-Z][A-Za-z]+), ")


@dataclass
class Video:
    """One video: what may become of it, and what became of it."""

    request: VideoRequest
    may_end: frozenset[str]
    cap: Decimal | None = None
    handle: Handle | None = None
    end: str = ""
    detail: str = ""
    cost: Decimal = ZERO
    reasons: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What a run showed; `broken` are the promises that did not hold, in words."""

    videos: list[Video]
    seconds: float = 0.0
    waited: int = 0
    """Videos that waited for providers."""
    recovered: float = 0.0
    """Seconds from the providers' recovery until the last of those was published."""
    faults: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    cut_off: int = 0
    """Tries that a machine too busy for its own pulse lost in the middle, maybe between reserving and calling."""
    passed_over: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, tuple[Decimal, Decimal, Decimal]] = field(default_factory=dict)
    """By account: what it billed, what the ledger holds as spent, and what it holds for calls of unknown outcome."""
    broken: list[str] = field(default_factory=list)

    def print(self, cap: Decimal) -> None:
        """The figures, for people."""
        given = ", ".join(f"{count} {name}" for name, count in self.faults.most_common())
        print(f"{len(self.videos)} videos in {self.seconds:.0f} s; {self.answers} answers, {self.faults.total()} spoiled: {given}")
        for end, count in Counter(video.end for video in self.videos).most_common():
            example = next(video.detail for video in self.videos if video.end == end)
            print(f"  {count:4} {end}" + (f", such as: {example[:150]}" if end != "published" else ""))
        told = ", ".join(f"{count} {name}" for name, count in self.passed_over.most_common())
        print(f"passed over: {told or 'nobody'}")
        for account, (billed, spent, unknown) in sorted(self.accounts.items()):
            print(f"  {account:13} billed {billed:10.6f}  spent {spent:10.6f}  counted for unknown outcomes {unknown:10.6f}")
        dearest = max(video.cost for video in self.videos)
        print(f"dearest video {shown(dearest)} of {shown(cap)}; all of them {shown(sum((v.cost for v in self.videos), ZERO))}")
        print(
            f"{self.waited} videos waited for providers; the last was published {self.recovered:.0f} s after these were well again"
        )
        if self.cut_off:
            print(f"{self.cut_off} tries were cut off and made again: this machine has too much to do")
        print("\n".join(f"BROKEN: {line}" for line in self.broken) or "every promise held")


def videos(count: int) -> list[Video]:
    """The mix: all levels; some in a language without a free writer; some not allowed; some without money."""
    made = []
    for number in range(count):
        level = (Level.ECONOMY, Level.STANDARD, Level.PREMIUM)[number % 3]
        plain = VideoRequest(topic=f"The story of number {number}", format=VideoFormat.ECONOMY, level=level, seconds=20)
        dutch = plain.model_copy(update={"language": "nl"})
        if number % 10 == 4:
            forbidden = plain.model_copy(update={"topic": f"Number {number}: {FORBIDDEN}"})
            made.append(Video(forbidden, frozenset({"parked: person"})))
        elif number % 20 == 6:
            made.append(Video(dutch, frozenset({"parked: budget", *BY_ITSELF}), PENNILESS))
        elif number % 20 == 16:
            made.append(Video(plain, frozenset({"published"}), PENNILESS))
        elif number % 5 == 2:
            made.append(Video(dutch, frozenset({"published", *BY_ITSELF})))
        else:
            made.append(Video(plain, frozenset({"published"})))
    return made


def stormy(count: int) -> list[Video]:
    """Videos that only a provider can write, asked for while none of them works."""
    asked = VideoRequest(topic="", format=VideoFormat.ECONOMY, level=Level.PREMIUM, seconds=20, language="nl")
    return [
        Video(asked.model_copy(update={"topic": f"What the storm of number {number} left"}), BY_ITSELF) for number in range(count)
    ]


def settings_for(
    providers: Misfortunes, database: str, folder: Path, *, patience: float, cap: Decimal, pause: float = 60
) -> Settings:
    """An installation with an account at every provider; an answer that takes `patience` seconds is given up.

    `pause`: seconds until a provider that failed too often is tried again.
    """
    given = {
        "database_url": database, "data_dir": folder / "data", "films_dir": folder / "films", "video_cap": cap,
        "video_economy_from": cap * Decimal("0.8"), "user_day_cap": 1_000, "platform_day_cap": 1_000,
        "provider_day_caps": {}, "provider_seconds": patience, "openai_seconds": patience, "footage_seconds": patience,
        "openai_api_key": providers.openai.key, "openai_base_url": providers.openai.base_url,
        "google_tts_api_key": "speech-key-0123456789", "google_tts_endpoint": providers.google.url,
        "elevenlabs_api_key": "speech-key-0123456789", "elevenlabs_base_url": providers.elevenlabs.url,
        "pexels_api_key": providers.pexels.key, "pexels_base_url": providers.pexels.url, "pexels_hourly": 100_000,
        "pixabay_api_key": providers.pixabay.key, "pixabay_base_url": providers.pixabay.url, "pixabay_hourly": 100_000,
        "shutterstock_api_token": providers.shutterstock.token, "shutterstock_base_url": providers.shutterstock.url,
        "shutterstock_hourly": 100_000, "sdxl_base_url": providers.sdxl.url, "breaker_seconds": pause,
    }  # fmt: skip
    return Settings(_env_file=None, **given)


async def drill(running: Factory, providers: Misfortunes, asked: list[Video], storm: list[Video], at_once: int) -> Report:
    """Make the videos, so many at once, then those of the storm; let the weather clear; see whether what was promised holds."""
    every = [*asked, *storm]
    report = Report(every)
    began = time.monotonic()
    free = asyncio.Semaphore(at_once)

    async def make(video: Video) -> None:
        async with free:
            await _made(running, video)

    await asyncio.gather(*(make(video) for video in asked))
    providers.storm()
    await asyncio.gather(*(make(video) for video in storm))
    report.seconds = time.monotonic() - began
    for (_, name), count in providers.given.items():
        report.faults[name] += count
    report.answers = sum(len(server.answered) for server in providers.servers.values())
    for video in every:
        report.broken += _unexpected(video, running.wiring.ledger.caps.video)
        report.passed_over.update(f"{name}: {kind}" for line in video.reasons for name, kind in _NAMED.findall(line))
    report.broken += _untrue(every, providers)
    providers.recover()
    well = time.monotonic()
    waiting = [video for video in every if video.end in BY_ITSELF and video.cap is None]
    report.broken += [line for lines in await asyncio.gather(*(_goes_on(video) for video in waiting)) for line in lines]
    report.waited, report.recovered = len(waiting), time.monotonic() - well
    for video in waiting:
        video.cost = (await running.row(video.handle)).total_cost if video.handle else ZERO
    report.cut_off = sum(await asyncio.gather(*(_cut_off(video) for video in every)))
    report.broken += await _unaccounted(running.wiring.database, providers, report)
    return report


async def _made(running: Factory, video: Video) -> None:
    """Ask for the video and look until it has ended or waits."""
    handle = video.handle = await running.start(video.request, video.cap)
    until = time.monotonic() + LONGEST
    row = await running.row(handle)
    while time.monotonic() < until and row.status not in ENDED and row.status != VideoStatus.PARKED:
        await asyncio.sleep(0.5)
        with contextlib.suppress(ComponentDown):  # a machine too busy to answer is asked again
            row = await running.row(handle)
    video.end = f"parked: {row.park_reason}" if row.status == VideoStatus.PARKED else row.status
    video.detail, video.cost = row.detail, row.total_cost
    async with running.wiring.database.session() as session:
        steps = await running.wiring.videos.steps(session, row.id)
    video.reasons = [line for step in steps for line in step.passed_over]
    if row.status == VideoStatus.PARKED:
        video.reasons.append(row.detail.removeprefix(f"No provider could serve the step {row.step}: "))


async def _goes_on(video: Video) -> list[str]:
    """A video that waited for a provider is published once the providers are well and somebody looks again."""
    assert video.handle is not None
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        state = await video.handle.query(VideoWorkflow.state)
        if state.status is VideoStatus.PUBLISHED:
            return []
        if state.status is VideoStatus.PARKED:
            with contextlib.suppress(WorkflowUpdateFailedError):  # it went on by itself meanwhile
                await video.handle.execute_update(VideoWorkflow.retry, Decision(by=new_id(), reason="the providers are well again"))
        await asyncio.sleep(1)
    return [f"{video.request.topic!r} was {video.end} and is {state.status} though the providers are well: {state.parked}"]


async def _cut_off(video: Video) -> int:
    assert video.handle is not None
    history = await video.handle.fetch_history()
    started = [event.activity_task_started_event_attributes for event in history.events]
    return sum(one.attempt - 1 for one in started if one.last_failure.HasField("timeout_failure_info"))


def _unexpected(video: Video, cap: Decimal) -> list[str]:
    """An end that this video should not have come to. Whoever has spent all it may waits for money."""
    found = []
    spent_all = video.end == "parked: budget" and video.cost >= cap
    if video.end not in video.may_end and not spent_all:
        found.append(
            f"{video.request.topic!r} is {video.end}, which should be {' or '.join(sorted(video.may_end))}: {video.detail}"
        )
    if video.end == "parked: quota" and "QuotaExhausted" not in video.reasons[-1]:
        found.append(f"{video.request.topic!r} waits for quota, but none is spent: {video.detail}")
    if video.end == "parked: person" and "hatred" not in video.detail and "hate" not in video.detail:
        found.append(f"{video.request.topic!r} waits for a person for another reason: {video.detail}")
    return found


def _untrue(asked: list[Video], providers: Misfortunes) -> list[str]:
    """Reasons that name a failure more often than the provider was given one."""
    said: Counter[tuple[str, str]] = Counter()
    for video in asked:
        named = [found for line in dict.fromkeys(video.reasons) for found in _NAMED.findall(line) if found not in LACKING]
        said.update((account_of(name), kind) for name, kind in named)
    found = []
    for (account, kind), times in said.items():
        given = providers.told_as[account, kind]
        if kind == "CircuitOpen":  # ours, after failures in a row
            given = times * bool(providers.told_as[account, "Unavailable"] + providers.told_as[account, "AuthenticationFailed"])
        if kind != "OverBudget" and times > given:
            found.append(f"{times} times it is said of {account}: {kind}; it was made to fail so {given} times")
    return found


async def _unaccounted(database: Database, providers: Misfortunes, report: Report) -> list[str]:
    """Where the ledger and the providers' own bills differ.

    Every settled charge is one billed call, to the cent; every billed call that is not settled is covered by a charge that is still
    counted because nobody knows how its call ended.
    """
    found = [f"the ledger does not add up: {line}" for line in await check_ledger(database)]
    found += [f"a cap was passed: {line}" for line in await passed_caps(database)]
    rows = await database.rows(ENTRIES)
    for account in providers.servers:
        own = [row for row in rows if row["provider"] == account]
        spent, unknown = Counter(row["spent"] for row in own if row["spent"]), [row["open"] for row in own if row["open"]]
        billed = Counter(providers.billed(account))
        invented, unsettled = spent - billed, billed - spent
        doubtful = providers.doubtful(account) - spent.total()
        if len(unknown) > doubtful + report.cut_off:
            found.append(f"{len(unknown)} charges of {account} are still counted, but only {doubtful} calls had an unknown outcome")
        if invented:
            found.append(f"the ledger holds charges of {account} that it never billed: {dict(invented)}")
        if sum(unsettled.elements(), ZERO) > sum(unknown, ZERO):
            found.append(f"{account} billed what the ledger does not count: {dict(unsettled)}, counted are {unknown}")
        figures = (sum(billed.elements(), ZERO), sum(spent.elements(), ZERO), sum(unknown, ZERO))
        if any(figures):
            report.accounts[account] = figures
    return found


async def measure(count: int, share: float, seed: int, at_once: int, database: str, folder: Path) -> bool:
    """One run, printed; whether every promise held."""
    cap = Decimal("1.00")
    with Misfortunes(share, seed) as providers:
        settings = settings_for(providers, database, folder, patience=10, cap=cap)
        server = TemporalServer(settings)
        server.launch()
        try:
            server.wait_ready()
            client = await connect(settings, server.address)
            async with factory(settings, client, instead=instant_steps) as running:
                report = await drill(running, providers, videos(count), stormy(max(2, count // 10)), at_once)
        finally:
            server.stop()
    report.print(cap)
    return not report.broken


def instant_steps(wiring: Wiring) -> list[Callable[..., Any]]:
    """The activities that the run is not about, answered at once; the thumbnail's providers are real, its type is not set."""
    steps = InstantSteps(4)
    providers = thumbnail_providers(wiring.settings, wiring.calls, wiring.prices)
    return [
        ThumbnailActivity(wiring.store, providers, _undesigned).make_thumbnail,
        steps.make_captions, steps.plan_film, steps.render_film, steps.check_film, steps.write_metadata, steps.publish,
        steps.list_extras, steps.confirm,
    ]  # fmt: skip


def _undesigned(order: ThumbnailOrder, given: DrawnPicture | None) -> list[DrawnThumbnail]:
    del order
    return [DrawnThumbnail("plain", given.data if given else picture(), 50.0, {}, "drawn for a drill", webp=picture(kind="WEBP"))]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=20)
    parser.add_argument("--faults", type=float, default=0.1, help="share of the answers that go wrong, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=16)
    given = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)  # each failed attempt would be a stack trace
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = PostgresServer(folder / "postgres", options={"max_connections": "200"}).start()
        try:
            upgrade(server.url("faults"))
            held = asyncio.run(measure(given.videos, given.faults, given.seed, given.at_once, server.url("faults"), folder))
        finally:
            server.stop()
    sys.stdout.flush()
    os._exit(0 if held else 1)  # the time-skipping server may abort at an ordinary exit


if __name__ == "__main__":
    main()
