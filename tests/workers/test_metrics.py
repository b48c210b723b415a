"""What a worker's port shows to Prometheus, read over HTTP; and that the alerts and the dashboard ask for nothing else."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest
import structlog
import temporalio.bridge
import yaml
from obstore.store import LocalStore
from prometheus_client.parser import text_string_to_metric_families
from temporalio import activity
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore
from activities.auditing import AuditActivity
from activities.breaker import Breakers
from activities.calls import Calls
from activities.counters import count_reuse, observe_render, passed_over
from activities.records import Record, Records, RecordsActivity, StatusRecord, StepRecord
from activities.render.gpu import Gpu
from activities.script.activity import ScriptActivity
from activities.script.template import TemplateWriter
from activities.voice.activity import VoiceActivity
from activities.voice.silence import SilentVoice
from activities.voice.sound import FlacRecorder
from api.metrics import Metrics
from models.costs.checker import check_ledger, passed_caps
from models.costs.ledger import Ledger
from models.database import Database
from models.errors import CircuitOpen, ProviderError, Unavailable
from models.settings import ROOT, Settings
from models.system.breakers import BreakerStore
from models.videos.contracts import Provided, ScriptTask, VideoInput, VideoRequest, VoiceTask
from models.videos.runs import RunStore
from models.videos.status import Step, VideoStatus
from models.videos.store import VideoStore
from models.youtube.quota import pacific_day
from models.youtube.upload_store import UploadStore
from tests.fakes.ledger import FreeOfCharge, NoBreakers
from tests.models.money import OPEN, a_video
from tests.temporal_servers import dev_server
from workers.metrics import exporter
from workers.observing import observe_database, observe_gpus, observe_queues
from workers.reconciling import Reconciler

ACCOUNT = "jane@example.com's channel"
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboard.json"
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
Labels = dict[str, str]


@dataclass
class Exported:
    """A worker's exporter and what a scrape of it shows."""

    runtime: Runtime
    port: int

    def text(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:  # noqa: S310 - our own address
            text: str = answer.read().decode()
        return text

    def samples(self) -> list[tuple[str, Labels, float]]:
        found = text_string_to_metric_families(self.text())
        return [(sample.name, sample.labels, sample.value) for family in found for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series of a name that carry these labels."""
        return sum(value for at, have, value in self.samples() if at == name and labels.items() <= have.items())

    def activity(self) -> ActivityEnvironment:
        environment = ActivityEnvironment()
        environment.metric_meter = self.runtime.metric_meter
        return environment


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def exported(settings: Settings) -> Iterator[Exported]:
    port = _free_port()
    runtime = exporter(settings.model_copy(update={"worker_metrics_port": port}), "control")
    assert runtime is not None
    yield Exported(runtime, port)


@activity.defn
async def _look_and_render() -> None:
    count_reuse("footage", hit=True)
    count_reuse("footage", hit=True)
    count_reuse("footage", hit=False)
    observe_render(60.0, 30.0, "libx264")


async def _record(exported: Exported, database: Database, *entries: Record) -> None:
    await exported.activity().run(RecordsActivity(VideoStore(database)).record, Records(entries=entries))


def _step(video: VideoInput, part: str = "") -> Record:
    lines = (
        "pexels (scene 1): it has nothing that fits", "pexels (scene 2): it has nothing that fits",
        "pixabay: CircuitOpen, pixabay is not called", f"{ACCOUNT}: no uploads left today",
    )  # fmt: skip
    provided = Provided(provider="shutterstock+designed", cost=Decimal("0.25"), passed_over=lines)
    return Record(step=StepRecord(video_id=video.video_id, step=Step.FOOTAGE, part=part, provided=provided))


async def test_a_step_counts_who_served_and_who_was_passed_over_once(exported: Exported, database: Database) -> None:
    video = await a_video(database)
    for _ in range(2):  # a crash between the writing and Temporal's hearing of it repeats the activity
        await _record(exported, database, _step(video, "0-4"), _step(video))
    assert exported.value("ytempire_steps_total", step="footage", provider="shutterstock", reused="false") == 1
    assert exported.value("ytempire_steps_total") == 2
    assert exported.value("ytempire_passed_over_total", provider="pexels", reason="other") == 1
    assert exported.value("ytempire_passed_over_total", provider="pixabay", reason="CircuitOpen") == 1
    assert exported.value("ytempire_passed_over_total") == 3


async def test_the_cost_of_a_video_is_told_once_when_it_ends(exported: Exported, database: Database) -> None:
    video, ledger = await a_video(database), Ledger(database, OPEN)
    await ledger.reserve(
        "a", provider="openai", operation="script", amount=Decimal(2), video_id=video.video_id, user_id=video.user_id
    )
    await ledger.settle("a", Decimal("1.20"))
    working = Record(status=StatusRecord(video_id=video.video_id, status=VideoStatus.RENDERING))
    done = Record(status=StatusRecord(video_id=video.video_id, status=VideoStatus.COMPLETED))
    await _record(exported, database, working)
    assert exported.value("video_cost_dollars_count") == 0
    await _record(exported, database, done)
    await _record(exported, database, done)
    bounds = {have["le"]: value for name, have, value in exported.samples() if name == "video_cost_dollars_bucket"}
    assert bounds == {"0.5": 0, "1": 0, "1.5": 1, "2": 1, "2.5": 1, "3": 1, "+Inf": 1}
    assert exported.value("video_cost_dollars_sum", status="completed") == pytest.approx(1.2)


async def test_calls_of_providers_count_by_how_they_ended(exported: Exported, database: Database) -> None:
    breakers = Breakers(BreakerStore(database))

    @activity.defn
    async def call(fails: bool) -> None:
        async with breakers.guard("pexels"):
            if fails:
                raise Unavailable("down", provider="pexels")

    await exported.activity().run(call, False)
    for _ in range(5):
        with pytest.raises(Unavailable):
            await exported.activity().run(call, True)
    with pytest.raises(CircuitOpen):
        await exported.activity().run(call, False)
    outcomes = {"served": 1, "Unavailable": 5, "CircuitOpen": 1}
    for outcome, times in outcomes.items():
        assert exported.value("ytempire_provider_calls_total", provider="pexels", outcome=outcome) == times
    await observe_database(database, exported.runtime.metric_meter)
    assert exported.value("ytempire_breaker_open", provider="pexels") == 1
    await BreakerStore(database).served("pexels")
    await observe_database(database, exported.runtime.metric_meter)
    assert exported.value("ytempire_breaker_open", provider="pexels") == 0


async def test_hits_and_misses_of_scripts_and_phrases_are_counted(exported: Exported, tmp_path: Path) -> None:
    artifacts = ArtifactStore(LocalStore(tmp_path), tmp_path / "cache")
    script = ScriptActivity((TemplateWriter(),), artifacts, Calls(FreeOfCharge(), NoBreakers()))
    voice = VoiceActivity((SilentVoice(),), artifacts, FlacRecorder(), Calls(FreeOfCharge(), NoBreakers()))
    for _ in range(2):
        video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="Tides"))
        made = await exported.activity().run(script.write_script, ScriptTask(video=video, provider="template"))
        task = VoiceTask(video=video, provider="silence", script=made.script, scenes=(0,))
        await exported.activity().run(voice.speak, task)
    for what in ("script", "phrase"):
        assert [exported.value("ytempire_reuse_total", what=what, hit=hit) for hit in ("true", "false")] == [1, 1], what


def test_cards_show_their_memory_and_a_lost_one_is_seen(exported: Exported) -> None:
    card = Gpu(0, "RTX 5090", memory=32.0, used=29.0, driver="1", computing=0.5, encoding=None)
    observe_gpus(lambda: [card], exported.runtime.metric_meter)
    assert exported.value("ytempire_gpus") == 1
    assert exported.value("ytempire_gpu_memory_used_bytes", card="0") == 29 * 2**30
    assert exported.value("ytempire_gpu_use", card="0") == 0.5
    assert [name for name, _, _ in exported.samples() if name == "ytempire_gpu_encoder_use"] == []

    def lost() -> list[Gpu]:
        raise ProviderError("the GPU was lost", provider="gpu")

    observe_gpus(lost, exported.runtime.metric_meter)
    assert exported.value("ytempire_gpus") == 0


async def test_yesterdays_quota_reads_zero_today(exported: Exported, database: Database) -> None:
    today = pacific_day(datetime.now(UTC))
    add = "insert into youtube.quota_usage (project, bucket, day, used) values ('p1', $1, $2::date - $3::int, $4)"
    for bucket, ago, used in (("general", 0, 1600), ("general", 1, 9000), ("insert", 1, 5)):
        await database.value(add, bucket, today, ago, used)
    await observe_database(database, exported.runtime.metric_meter)
    assert exported.value("youtube_quota_used", project="p1", bucket="general") == 1600
    assert exported.value("youtube_quota_used", project="p1", bucket="insert") == 0


async def _everything(exported: Exported, database: Database) -> VideoInput:
    """All that our code counts, once, and what the SDK counts by itself."""
    video = await a_video(database)
    await exported.activity().run(_look_and_render)
    ended = Record(status=StatusRecord(video_id=video.video_id, status=VideoStatus.FAILED, error=f"{ACCOUNT} said no"))
    await _record(exported, database, _step(video), ended)

    @activity.defn
    async def call() -> None:
        async with Breakers(BreakerStore(database)).guard("pexels"):
            return

    await exported.activity().run(call)
    audit = AuditActivity(partial(check_ledger, database), partial(passed_caps, database))
    await exported.activity().run(audit.audit_ledger)
    add = "insert into youtube.quota_usage (project, bucket, day, used) values ('p1', 'general', $1, 1)"
    await database.value(add, pacific_day(datetime.now(UTC)))
    await observe_database(database, exported.runtime.metric_meter)
    card = Gpu(0, "RTX 5090", memory=32.0, used=1.0, driver="1", computing=0.0, encoding=0.0)
    observe_gpus(lambda: [card], exported.runtime.metric_meter)
    async with await dev_server(runtime=exported.runtime) as environment:
        await observe_queues(environment.client, exported.runtime.metric_meter)
        await _lose_a_run(exported, database, environment.client)
    return video


async def _lose_a_run(exported: Exported, database: Database, empty: Client) -> None:
    """A video's workflow was started, and Temporal does not know it."""
    await a_video(database)
    await database.value("update system.outbox set sent_at = now() returning key")
    meter, runs, uploads = exported.runtime.metric_meter, RunStore(database), UploadStore(database)
    reconciler = Reconciler(empty, runs, uploads, VideoStore(database), lambda _: "", quiet=timedelta(0), meter=meter)
    assert await reconciler.look() == 1


async def test_alerts_and_dashboard_name_only_metrics_that_exist(exported: Exported, database: Database) -> None:
    video = await _everything(exported, database)
    text = exported.text()
    for secret in (str(video.video_id), str(video.user_id), str(video.channel_id), "jane", "said no"):
        assert secret not in text
    assert exported.value("ytempire_reuse_total", what="footage", hit="true") == 2
    assert exported.value("ytempire_render_realtime_factor_sum", encoder="libx264") == 0.5
    assert exported.value("ytempire_runs_gone_total", what="lost") == 1
    assert exported.value("ytempire_queue_backlog", queue="control", kind="workflow") == 0
    assert exported.value("temporal_request_total", operation="DescribeTaskQueue") == 4
    known = _names(text) | _names(Metrics().exposition().decode()) | {"up"}
    library = next(Path(temporalio.bridge.__path__[0]).glob("temporal_sdk_bridge*")).read_bytes()
    for asked in sorted(set(_asked())):
        own = re.sub(r"^temporal_|_(bucket|sum|count|total)$", "", asked)
        assert asked in known or (asked.startswith("temporal_") and own.encode() in library), f"nothing exports {asked}"


def _names(text: str) -> set[str]:
    """The names of all series of an exposition."""
    ends = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + end for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M) for end in ends.get(kind, ("",))}


def _asked() -> Iterator[str]:
    """The names of all metrics in the rules and in the dashboard."""
    rules = yaml.safe_load(RULES.read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    asked += [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]
    assert len(asked) > 20
    for expression in asked:
        bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(by|without|on|ignoring)\s*\([^)]*\)|\boffset \w+|\bor\b", " ", expression)
        yield from re.findall(r"\b[a-z_]\w*\b(?!\s*\()(?!\s*(?:\{|\[))|\b[a-z_]\w*(?=\{|\[)", bare)


def test_a_taken_port_is_a_warning_and_no_end(settings: Settings) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with structlog.testing.capture_logs() as logged:
            assert exporter(settings.model_copy(update={"worker_metrics_port": taken - 1}), "render") is None
    [line] = logged
    assert line["log_level"] == "warning" and f"127.0.0.1:{taken}" in line["address"] and "already in use" in line["why"]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("openai-small: RateLimited, OpenAI says: wait", ("openai-small", "RateLimited")),
        ("gpu: no slot was free", ("gpu", "other")),
        ("pexels (from scene 2): it was cut off", ("pexels", "other")),
        ("a person's account: QuotaExhausted, full", ("other", "QuotaExhausted")),
        ("", ("other", "other")),
    ],
)
def test_lines_for_people_become_labels_without_their_words(line: str, read: tuple[str, str]) -> None:
    assert passed_over(line) == read
