"""What durability costs: a 20-scene video with instant steps against a bare workflow of as many activities.

    ./ytempire bench durability [--rounds 5] [--scenes 20]

Both run on the same tuned dev server, with the same worker and the same activities side by side where the video has them; its
own records go to a real PostgreSQL. The figure is the median of paired rounds: video / bare (goal: at most 1.5).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from activities.budget import BudgetActivity
    from activities.errors import interceptors
    from activities.records import RecordsActivity
    from models.costs.caps import Caps
    from models.costs.ledger import Ledger
    from models.database import Database
    from models.ids import digest_of, video_workflow_id
    from models.settings import Settings
    from models.system.bootstrap import laptop_owner
    from models.videos.choice import Choice
    from models.videos.contracts import (
        ArtifactRef,
        CaptionsMade,
        CaptionsTask,
        FilmMade,
        FilmPlanned,
        FootageMade,
        FootageTask,
        PlanTask,
        Provided,
        RenderTask,
        ScriptMade,
        ScriptTask,
        VideoInput,
        VideoRequest,
        VoiceMade,
        VoiceTask,
    )
    from models.videos.finishing import QualityReport, QualityTask, ThumbnailMade, ThumbnailTask, Uploaded, UploadTask
    from models.videos.moderation import ModerationTask, ModerationVerdict
    from models.videos.publishing import Confirmation, ConfirmTask, Extra, MetadataTask, Visibility
    from models.videos.status import Step
    from models.videos.store import VideoStore
    from workers.migrate import upgrade
    from workers.postgres_server import PostgresServer
    from workers.temporal_server import TemporalServer
    from workflows.connecting import connect
    from workflows.policies import CONTROL, RENDER_CPU
    from workflows.video import VideoWorkflow


def _ref(kind: str, *parts: Any) -> ArtifactRef:
    return ArtifactRef(kind=kind, digest=digest_of(kind, *parts), media_type="application/json", size=1)


FREE = Provided(provider="instant")


class InstantSteps:
    """Every step that takes time, answered at once."""

    def __init__(self, scenes: int) -> None:
        self._scenes = scenes

    def all(self) -> list[Any]:
        """The activities of queue `control`."""
        return [
            self.choose_providers, self.write_script, self.moderate_script, self.speak, self.find_footage,
            self.make_thumbnail, self.make_captions,
            self.plan_film, self.write_metadata, self.publish, self.list_extras, self.confirm,
        ]  # fmt: skip

    @activity.defn
    async def choose_providers(self, video: VideoInput) -> Choice:
        del video
        chains = dict.fromkeys((Step.SCRIPT, Step.MODERATION, Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL, Step.UPLOAD), ("instant",))
        return Choice(chains=chains)

    @activity.defn
    async def write_script(self, task: ScriptTask) -> ScriptMade:
        ref = _ref("script", task.video.video_id)
        return ScriptMade(script=ref, title="Instant", language="en", scenes=self._scenes, words=400, provided=FREE)

    @activity.defn
    async def moderate_script(self, task: ModerationTask) -> ModerationVerdict:
        return ModerationVerdict(allowed=True, provided=FREE)

    @activity.defn
    async def speak(self, task: VoiceTask) -> VoiceMade:
        return VoiceMade(speech=tuple(_ref("speech", scene) for scene in task.scenes), seconds=6.0, provided=FREE)

    @activity.defn
    async def find_footage(self, task: FootageTask) -> FootageMade:
        return FootageMade(takes=tuple(_ref("take", scene) for scene in task.scenes), provided=FREE)

    @activity.defn
    async def make_thumbnail(self, task: ThumbnailTask) -> ThumbnailMade:
        return ThumbnailMade(chosen=_ref("thumbnail"), webp=_ref("thumbnail-webp"), candidates=(), provided=FREE)

    @activity.defn
    async def make_captions(self, task: CaptionsTask) -> CaptionsMade:
        return CaptionsMade(pages=_ref("captions"), srt=_ref("srt"), vtt=_ref("vtt"), seconds=120.0)

    @activity.defn
    async def plan_film(self, task: PlanTask) -> FilmPlanned:
        return FilmPlanned(timeline=_ref("timeline"), segments=self._scenes, seconds=120.0)

    @activity.defn
    async def render_film(self, task: RenderTask) -> FilmMade:
        return FilmMade(film=_ref("film"), seconds=120.0, segments=self._scenes, segments_reused=0, encoder="instant")

    @activity.defn
    async def check_film(self, task: QualityTask) -> QualityReport:
        return QualityReport(passed=True, score=100.0, parts={}, measured={})

    @activity.defn
    async def write_metadata(self, task: MetadataTask) -> ArtifactRef:
        return _ref("metadata")

    @activity.defn
    async def publish(self, task: UploadTask) -> Uploaded:
        return Uploaded(location="nowhere", provided=FREE)

    @activity.defn
    async def list_extras(self, task: UploadTask) -> tuple[Extra, ...]:
        return ()

    @activity.defn
    async def confirm(self, task: ConfirmTask) -> Confirmation:
        return Confirmation(state=Visibility.VISIBLE)


@activity.defn
async def nothing() -> None:
    """An activity that does nothing."""


@workflow.defn
class BareWorkflow:
    """`before` activities in a row, `beside` side by side, `after` in a row; the shape of a video, and nothing else."""

    @workflow.run
    async def run(self, shape: list[int]) -> None:
        before, beside, after = shape
        for _ in range(before):
            await self._one()
        await asyncio.gather(*(self._one() for _ in range(beside)))
        for _ in range(after):
            await self._one()

    @staticmethod
    async def _one() -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))


async def _video(client: Client, database: Database) -> tuple[float, list[int]]:
    """Seconds of one video, and its activities before, beside and after the part where they run side by side."""
    owner, channel = await laptop_owner(database)
    video = VideoInput(video_id=uuid4(), user_id=owner.id, channel_id=channel.id, request=VideoRequest(topic="instant"))
    async with database.session() as session:
        await VideoStore(database).create(session, video, title="Instant", estimate=FREE.cost, slug="instant")
    began = time.perf_counter()
    handle = await client.start_workflow(VideoWorkflow.run, video, id=video_workflow_id(video.video_id), task_queue=CONTROL)
    await handle.result()
    took = time.perf_counter() - began
    names = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    beside = [at for at, name in enumerate(names) if name in ("speak", "find_footage", "make_thumbnail")]
    return took, [beside[0], len(beside), len(names) - beside[0] - len(beside)]


async def _bare(client: Client, shape: list[int]) -> float:
    began = time.perf_counter()
    await client.execute_workflow(BareWorkflow.run, shape, id=f"bare-{uuid4()}", task_queue=CONTROL)
    return time.perf_counter() - began


async def measure(rounds: int, scenes: int, folder: Path) -> None:
    """Run the paired rounds and print them."""
    settings = Settings(data_dir=folder)
    server = TemporalServer(settings)
    server.launch()
    postgres = PostgresServer(folder / "postgres").start()
    await asyncio.to_thread(upgrade, postgres.url())
    server.wait_ready()
    database = Database(postgres.url())
    client = await connect(settings, server.address)
    steps = InstantSteps(scenes)
    records, budget = RecordsActivity(VideoStore(database)), BudgetActivity(Ledger(database, Caps.of(settings)))
    activities = [*steps.all(), records.record, budget.budget_verdict, nothing]
    control = Worker(
        client, task_queue=CONTROL, workflows=[VideoWorkflow, BareWorkflow], activities=activities, interceptors=interceptors()
    )
    render = Worker(client, task_queue=RENDER_CPU, activities=[steps.render_film, steps.check_film])
    ratios: list[float] = []
    async with control, render:
        _, shape = await _video(client, database)
        await _bare(client, shape)
        print(f"activities: {sum(shape)} ({shape[1]} of them side by side)")
        for place in range(rounds):
            video, bare = (await _video(client, database))[0], await _bare(client, shape)
            ratios.append(video / bare)
            print(f"round {place + 1}: video {video * 1000:.0f} ms, bare {bare * 1000:.0f} ms, ratio {ratios[-1]:.2f}")
    print(f"median ratio video / bare: {statistics.median(ratios):.2f} (goal: at most 1.5)")
    await database.close()
    server.stop()
    postgres.stop()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scenes", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.rounds, given.scenes, Path(folder)))


if __name__ == "__main__":
    main()
