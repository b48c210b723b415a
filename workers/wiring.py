"""Settings -> adapters -> activity instances: the only place that imports providers.

A provider's library is imported when it is configured, so that a laptop without keys starts quickly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from activities.artifacts import ArtifactStore, open_store
from activities.auditing import AuditActivity
from activities.breaker import Breakers
from activities.budget import BudgetActivity, Charges
from activities.calls import Calls
from activities.choice import ChoiceActivity
from activities.records import RecordsActivity
from activities.retention import RetentionActivity
from models.costs.caps import Caps
from models.costs.checker import check_ledger, passed_caps
from models.costs.estimate import estimate, plan_of
from models.costs.ledger import Ledger
from models.costs.prices import PriceList
from models.costs.store import PriceStore
from models.database import Database
from models.settings import Settings
from models.system.breakers import BreakerStore
from models.system.provider_calls import ProviderCalls
from models.system.retention import Kept, RetentionStore
from models.system.switches import SwitchStore
from models.videos.contracts import ArtifactRef, VideoInput, VideoRequest
from models.videos.footage_uses import FootageUses
from models.videos.status import Step
from models.videos.store import VideoStore

if TYPE_CHECKING:
    from activities.upload.port import PublisherPort
    from activities.upload.youtube_setup import YouTube

Activities = list[Callable[..., Any]]


class Wiring:
    """Everything one worker process needs, opened once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database.of(settings)
        self.store: ArtifactStore = open_store(settings)
        self.videos = VideoStore(self.database)
        self.ledger = Ledger(self.database, Caps.of(settings))
        self.breakers = Breakers(BreakerStore.of(self.database, settings))
        self.charges = Charges(self.ledger)
        self.calls = Calls(self.charges, self.breakers)
        self.youtube = _youtube(settings, self.database)

    async def __aenter__(self) -> Wiring:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.database.close()

    async def prices(self) -> PriceList:
        """The price list of now: one that a person changes holds from the next call on."""
        async with self.database.session() as session:
            return await PriceStore().all(session)

    async def pause(self, reason: str) -> None:
        """Turn the platform's pause switch on: videos park between their steps."""
        async with self.database.session() as session:
            await SwitchStore().pause(session, reason)

    async def resume(self) -> None:
        """Turn it off."""
        async with self.database.session() as session:
            await SwitchStore().resume(session)

    def control(self) -> Activities:
        """The activities of queue `control`."""
        records, budget = RecordsActivity(self.videos), BudgetActivity(self.ledger)
        choice = ChoiceActivity(
            self.settings.configured_accounts,
            gpu=self.settings.gpu_queue,
            publisher=self.settings.publisher,
            youtube_serves=self.youtube.serves if self.youtube else None,
            estimates=self._estimates,
            recent=self._recent_scripts,
        )
        kept = Kept(self.settings.keep_requests_days, self.settings.keep_audit_days, self.settings.keep_deliveries_days)
        steps = (self._script, self._moderation, self._voice, self._footage, self._thumbnail, self._film, self._upload)
        return [
            records.record,
            budget.budget_verdict,
            budget.raise_cap,
            choice.choose_providers,
            RetentionActivity(RetentionStore(self.database, kept).forget).forget_old_rows,
            AuditActivity(partial(check_ledger, self.database), partial(passed_caps, self.database)).audit_ledger,
            *(activity for step in steps for activity in step()),
            *self._webhooks(),
        ]

    def render(self) -> Activities:
        """The activities of queue `render-cpu`."""
        from activities.quality.activity import QualityActivity
        from activities.quality.film import PyavInspector
        from activities.render.activity import RenderActivity
        from activities.render.engine import fitting_parallel

        settings = self.settings
        render = RenderActivity(
            self.store,
            settings.data_dir / "work",
            threads=settings.encoder_threads,
            parallel=settings.segment_parallelism or fitting_parallel(),
            report=self._progress(),
        )
        return [render.render_film, QualityActivity(self.store, PyavInspector(settings.encoder_threads)).check_film]

    def gpu_render(self) -> Activities:
        """The activities of queue `render-gpu`."""
        from activities.render.activity import RenderActivity
        from activities.render.gpu import GpuSlots

        settings = self.settings
        slots = GpuSlots(settings.data_dir / "gpu", count=settings.gpu_renders, ceiling=settings.gpu_memory_ceiling_gb)
        render = RenderActivity(self.store, settings.data_dir / "work", encoder="h264_nvenc", slots=slots, report=self._progress())
        return [render.render_film]

    def _progress(self) -> Callable[[UUID, int, int], None]:
        """From a render's thread into the database, without waiting for it."""
        loop = asyncio.get_running_loop()

        def report(video_id: UUID, done: int, total: int) -> None:
            asyncio.run_coroutine_threadsafe(self._tell(video_id, done, total), loop)

        return report

    async def _tell(self, video_id: UUID, done: int, total: int) -> None:
        # A database that is away costs people a step of the bar, never the render.
        with contextlib.suppress(Exception):
            await self.videos.record_progress(video_id, Step.RENDER, done, total, f"{done} of {total} s drawn")

    async def _estimates(self, request: VideoRequest) -> dict[Step, Decimal]:
        now, prices = datetime.now(UTC), await self.prices()
        made = estimate(request, plan_of(request, self.settings, prices, now), prices, now)
        return {Step(part.step): part.amount for part in made.parts}

    async def _recent_scripts(self, video: VideoInput) -> tuple[ArtifactRef, ...]:
        async with self.database.session() as session:
            return tuple(await self.videos.recent_scripts(session, video.channel_id, but=video.video_id))

    # --- one step each ------------------------------------------------------------------------------------------------

    def _script(self) -> Activities:
        from activities.script.activity import ScriptActivity
        from workers.adapters import script_ports

        ports = script_ports(self.settings, self.store, self.prices)
        return [ScriptActivity(ports, self.store, self.calls).write_script]

    def _moderation(self) -> Activities:
        from activities.quality.moderating import ModerationActivity
        from workers.picture_adapters import moderation_ports

        return [ModerationActivity(moderation_ports(self.settings, self.calls, self.prices), self.store).moderate_script]

    def _voice(self) -> Activities:
        from activities.voice.activity import VoiceActivity
        from activities.voice.sound import FlacRecorder
        from workers.adapters import voice_ports

        ports = voice_ports(self.settings, self.prices)
        return [VoiceActivity(ports, self.store, FlacRecorder(), self.calls).speak]

    def _footage(self) -> Activities:
        from activities.footage.activity import FootageActivity
        from activities.footage.media import look_at
        from workers.picture_adapters import footage_providers

        limits, uses = ProviderCalls(self.database), FootageUses(self.database)
        providers = footage_providers(self.settings, self.store, self.calls, limits, self.prices)
        return [FootageActivity(self.store, providers, look_at, uses).find_footage]

    def _thumbnail(self) -> Activities:
        from activities.thumbnail.activity import ThumbnailActivity
        from activities.thumbnail.designed import draw_candidates
        from workers.picture_adapters import thumbnail_providers

        providers = thumbnail_providers(self.settings, self.calls, self.prices)
        return [ThumbnailActivity(self.store, providers, draw_candidates).make_thumbnail]

    def _film(self) -> Activities:
        from activities.footage.media import look_at
        from activities.render.captioning import CaptionsActivity
        from activities.render.plan import VERSION, plan
        from activities.render.planning import PlanActivity

        planning = PlanActivity(self.store, plan, look_at, version=VERSION)
        return [CaptionsActivity(self.store, look_at).make_captions, planning.plan_film]

    def _upload(self) -> Activities:
        from activities.upload.activity import UploadActivity
        from activities.upload.folder import FolderPublisher

        publishers: dict[str, PublisherPort] = {"folder": FolderPublisher(self.settings.films_dir, self.store)}
        upkeep: Activities = []
        if self.youtube is not None:
            publishers["youtube"] = self.youtube.publisher(self.store, asyncio.get_running_loop())
            upkeep = [self.youtube.upkeep.keep_tokens_alive, self.youtube.upkeep.probe_accounts]
        upload = UploadActivity(self.store, publishers)
        return [
            upload.write_metadata,
            upload.publish,
            upload.list_extras,
            upload.add_extra,
            upload.confirm,
            upload.withdraw,
            *upkeep,
        ]

    def folder_of(self, video_id: UUID) -> str:
        """Where the film of a video lies in the films folder; empty when it does not."""
        from activities.upload.folder import FolderPublisher

        return FolderPublisher(self.settings.films_dir, self.store).place_of(video_id)

    def _webhooks(self) -> Activities:
        from activities.webhooks.activity import WebhookActivity
        from activities.webhooks.sender import HttpSender
        from models.encryption import Cipher
        from models.system.webhooks import WebhookStore

        sender = HttpSender(private_too=self.settings.webhook_private_addresses)
        webhooks = WebhookActivity(WebhookStore(self.database), sender, Cipher.of(self.settings))
        return [webhooks.attempt_delivery, webhooks.give_up_delivery]


def _youtube(settings: Settings, database: Database) -> YouTube | None:
    """Publishing to YouTube, once there is an OAuth client to do it with."""
    if not settings.youtube_configured:
        return None
    from activities.upload.youtube_setup import YouTube
    from models.encryption import Cipher

    return YouTube.of(settings, database, Cipher.of(settings))
