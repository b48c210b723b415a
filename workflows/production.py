"""The making of a film: the steps in their order, as the business tells it. Each remembers what it made."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.footage.activity import FootageActivity
    from activities.quality.activity import QualityActivity
    from activities.quality.moderating import ModerationActivity
    from activities.records import StepRecord
    from activities.render.activity import RenderActivity
    from activities.render.captioning import CaptionsActivity
    from activities.render.planning import PlanActivity
    from activities.script.activity import ScriptActivity
    from activities.thumbnail.activity import ThumbnailActivity
    from activities.upload.activity import UploadActivity
    from activities.voice.activity import VoiceActivity
    from models.videos.choice import Choice
    from models.videos.contracts import (
        ArtifactRef,
        CaptionsMade,
        CaptionsTask,
        FilmMade,
        FilmPlanned,
        FootageMade,
        FootageTask,
        Kept,
        PlanTask,
        Provided,
        RenderTask,
        ScriptMade,
        ScriptTask,
        VideoFormat,
        VideoInput,
        VideoRequest,
        VoiceMade,
        VoiceTask,
    )
    from models.videos.decisions import Parked
    from models.videos.finishing import QualityReport, QualityTask, ThumbnailMade, ThumbnailTask, Uploaded, UploadTask
    from models.videos.formats import profile_of
    from models.videos.moderation import ModerationTask, ModerationVerdict
    from models.videos.publishing import Confirmation, MetadataTask
    from models.videos.status import ParkReason, Step
    from workflows import policies
    from workflows.publishing import Publishing
    from workflows.recording import Recorder
    from workflows.remaking import makers_of
    from workflows.steps import ProviderFailed, StepParked, StepRunner

SHORT_MARGIN = 0.5
"""Seconds a short stays under its limit: a platform that refuses 60.01 s refuses the whole film."""
FASTEST = 1.3
"""Speech faster than this is not understood with pleasure; a short that is still too long fails its check."""
T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Production:
    """Makes the parts of one video; `video` may be swapped for its economy version between steps."""

    def __init__(self, video: VideoInput, steps: StepRunner, recorder: Recorder, report: Callable[[Step, Provided], None]) -> None:
        self.video = video
        self.choice = Choice(chains={})
        self._steps = steps
        self._recorder = recorder
        self._report = report
        self._recorded: dict[Step, tuple[Provided, tuple[ArtifactRef, ...]]] = {}
        self.kept: dict[str, Kept] = {}

    async def _keeping(self, step: Step, source: ArtifactRef | None, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """What the step made of `source`, once in a video's life: neither the economy way nor another provider makes it again."""
        kept = self.kept.get(step)
        if kept is None or kept.source != source or not workflow.patched("made-is-kept"):
            kept = (await make()).model_copy(update={"source": source})
            self.kept[step] = kept
        return kept

    def forget_missing(self) -> None:
        """What was not found in the store is made again by the steps that made it; the others find theirs there."""
        for activity, step in makers_of(self._steps.missing):
            self._steps.forget(activity)
            self.kept.pop(step, None)
        self._steps.missing.clear()

    async def script(self) -> ScriptMade:
        """Written by the first writer that serves, or the operator's own."""
        kept = await self._keeping(Step.SCRIPT, self.video.request.script, self._write)
        return cast(ScriptMade, kept.script)

    async def _write(self) -> Kept:
        async def write(provider: str) -> ScriptMade:
            task = ScriptTask(video=self.video, provider=provider)
            return await self._steps.once(
                policies.SCRIPT, ScriptActivity.write_script, task, ScriptMade, step=Step.SCRIPT, summary=f"script by {provider}"
            )

        made, passed = await self._steps.chain(Step.SCRIPT, self.choice.chain(Step.SCRIPT), write)
        self._ended(Step.SCRIPT, made.provided, passed, (made.script,))
        return Kept(script=made)

    async def moderate(self, script: ScriptMade) -> None:
        """Judged before money is spent on the rest.

        Raises:
            StepParked: the script may not become a film as it is.
        """

        async def judge(provider: str) -> ModerationVerdict:
            task = ModerationTask(video=self.video, provider=provider, script=script.script)
            return await self._steps.once(
                policies.SCRIPT,
                ModerationActivity.moderate_script,
                task,
                ModerationVerdict,
                step=Step.MODERATION,
                summary=f"moderation by {provider}",
            )

        verdict, passed = await self._steps.chain(Step.MODERATION, self.choice.chain(Step.MODERATION), judge)
        self._ended(Step.MODERATION, verdict.provided, passed, ())
        if not verdict.allowed:
            hint = "Edit the script and it goes on, or cancel."
            raise StepParked(Parked(reason=ParkReason.PERSON, step=Step.MODERATION, detail=verdict.reason, hint=hint))

    async def voice(self, script: ScriptMade) -> tuple[ArtifactRef, ...]:
        """All scenes in one voice: when a provider fails in the middle, the next one speaks all of them again."""
        return (await self._keeping(Step.VOICE, script.script, lambda: self._voice(script))).artifacts

    async def _voice(self, script: ScriptMade) -> Kept:
        async def speak_all(provider: str) -> list[VoiceMade]:
            parts = await self._speak(provider, script, 1.0)
            tempo = fitting_tempo(self.video.request, sum(part.seconds for part in parts))
            return parts if tempo == 1.0 else await self._speak(provider, script, tempo)

        parts, passed = await self._steps.chain(Step.VOICE, self.choice.chain(Step.VOICE), speak_all)
        speech = tuple(ref for part in parts for ref in part.speech)
        self._ended(Step.VOICE, total([part.provided for part in parts]), passed, speech)
        return Kept(artifacts=speech)

    async def _speak(self, provider: str, script: ScriptMade, tempo: float) -> list[VoiceMade]:
        tasks = [
            VoiceTask(video=self.video, provider=provider, script=script.script, scenes=scenes, tempo=tempo)
            for scenes in batches(script.scenes)
        ]
        return await together(
            [
                self._steps.once(
                    policies.VOICE,
                    VoiceActivity.speak,
                    task,
                    VoiceMade,
                    step=Step.VOICE,
                    summary=f"{provider} speaks {_span(task.scenes)}",
                )
                for task in tasks
            ]
        )

    async def footage(self, script: ScriptMade) -> tuple[ArtifactRef, ...]:
        """A take for each scene; scenes that one provider has nothing for go to the next."""
        return (await self._keeping(Step.FOOTAGE, script.script, lambda: self._film(script))).artifacts

    async def _film(self, script: ScriptMade) -> Kept:
        takes: dict[int, ArtifactRef] = {}
        served: list[Provided] = []
        passed: list[str] = []

        async def film_batch(scenes: tuple[int, ...]) -> None:
            missing = scenes

            async def film(provider: str) -> FootageMade:
                nonlocal missing
                task = FootageTask(video=self.video, provider=provider, script=script.script, scenes=missing)
                made = await self._steps.once(
                    policies.FOOTAGE,
                    FootageActivity.find_footage,
                    task,
                    FootageMade,
                    step=Step.FOOTAGE,
                    summary=f"{provider} films {_span(missing)}",
                )
                takes.update(zip((scene for scene in missing if scene not in made.missing), made.takes, strict=True))
                # Who had nothing did not serve; why it did not is told all the same.
                served.append(made.provided if made.takes else made.provided.model_copy(update={"provider": ""}))
                missing = made.missing
                return made

            providers = self.choice.chain(Step.FOOTAGE)
            while True:
                made, over = await self._steps.chain(Step.FOOTAGE, providers, film)
                passed.extend(line for line in over if line not in passed)
                if not made.missing:
                    return
                providers = providers[providers.index(made.provided.provider) + 1 :]

        await together([film_batch(scenes) for scenes in batches(script.scenes)])
        ordered = tuple(takes[scene] for scene in sorted(takes))
        self._ended(Step.FOOTAGE, total(served), tuple(passed), ordered)
        return Kept(artifacts=ordered)

    async def thumbnail(self, script: ScriptMade) -> tuple[ArtifactRef, ...]:
        """The best of three candidates: for publishing, and for the console."""
        return (await self._keeping(Step.THUMBNAIL, script.script, lambda: self._draw(script))).artifacts

    async def _draw(self, script: ScriptMade) -> Kept:
        async def draw(provider: str) -> ThumbnailMade:
            task = ThumbnailTask(video=self.video, provider=provider, script=script.script)
            return await self._steps.once(
                policies.THUMBNAIL,
                ThumbnailActivity.make_thumbnail,
                task,
                ThumbnailMade,
                step=Step.THUMBNAIL,
                summary=f"thumbnail by {provider}",
            )

        made, passed = await self._steps.chain(Step.THUMBNAIL, self.choice.chain(Step.THUMBNAIL), draw)
        self._ended(Step.THUMBNAIL, made.provided, passed, (made.chosen, made.webp))
        return Kept(artifacts=(made.chosen, made.webp))

    async def captions(self, script: ScriptMade, speech: tuple[ArtifactRef, ...]) -> CaptionsMade:
        """Caption pages from the times of the spoken words."""
        task = CaptionsTask(video=self.video, script=script.script, speech=speech)
        made = await self._steps.once(
            policies.CAPTIONS, CaptionsActivity.make_captions, task, CaptionsMade, step=Step.CAPTIONS, summary="captions"
        )
        self._ended(Step.CAPTIONS, Provided(provider="local"), (), (made.pages, made.srt, made.vtt))
        return made

    async def plan(
        self,
        script: ScriptMade,
        speech: tuple[ArtifactRef, ...],
        takes: tuple[ArtifactRef, ...],
        captions: CaptionsMade,
        *,
        economy: bool,
    ) -> FilmPlanned:
        """The timeline: everything the render engine needs to know."""
        task = PlanTask(
            video=self.video,
            script=script.script,
            speech=speech,
            takes=takes,
            captions=captions.pages,
            economy=economy,
        )
        return await self._steps.once(
            policies.PLAN, PlanActivity.plan_film, task, FilmPlanned, step=Step.RENDER, summary="timeline"
        )

    async def render(self, planned: FilmPlanned) -> FilmMade:
        """The film; on a GPU where that is worth it and one answers, else on the CPU with the reason kept."""
        task = RenderTask(video=self.video, timeline=planned.timeline)
        reason = ""
        if self.choice.gpu and planned.complex:
            try:
                film = await self._render_on(policies.RENDER_ON_GPU, task, planned)
                self._ended(Step.RENDER, Provided(provider=film.encoder), (), (planned.timeline, film.film))
                return film
            except ProviderFailed as error:
                reason = error.failure.sentence
        film = await self._render_on(policies.RENDER_ON_CPU, task, planned)
        if reason:
            film = film.model_copy(update={"fallback": reason})
        passed = (f"gpu: {film.fallback}",) if film.fallback else ()
        self._ended(Step.RENDER, Provided(provider=film.encoder), passed, (planned.timeline, film.film))
        return film

    async def _render_on(self, policy: policies.Policy, task: RenderTask, planned: FilmPlanned) -> FilmMade:
        summary = f"{planned.seconds:.0f} s in {planned.segments} segments on {policy.queue}"
        return await self._steps.once(policy, RenderActivity.render_film, task, FilmMade, step=Step.RENDER, summary=summary)

    async def check(self, film: FilmMade, planned: FilmPlanned, captions: CaptionsMade, script: ScriptMade) -> QualityReport:
        """Everything decoded and measured, and the text compared with what the channel said lately."""
        task = QualityTask(
            video=self.video,
            film=film.film,
            timeline=planned.timeline,
            captions=captions.pages,
            script=script.script,
            recent=tuple(ref for ref in self.choice.recent if ref != script.script),
        )
        report = await self._steps.once(
            policies.QUALITY, QualityActivity.check_film, task, QualityReport, step=Step.QUALITY, summary="quality check"
        )
        self._ended(Step.QUALITY, Provided(provider="local"), (), ())
        return report

    async def metadata(self, script: ScriptMade, takes: tuple[ArtifactRef, ...], planned: FilmPlanned) -> ArtifactRef:
        """Title, description with chapters and credits, tags."""
        task = MetadataTask(video=self.video, script=script.script, takes=takes, timeline=planned.timeline)
        made = await self._steps.once(
            policies.METADATA, UploadActivity.write_metadata, task, ArtifactRef, step=Step.UPLOAD, summary="metadata"
        )
        self._recorder.step(
            StepRecord(
                video_id=self.video.video_id,
                step=Step.UPLOAD,
                part="metadata",
                provided=Provided(provider="local"),
                artifacts=(made,),
            )
        )
        return made

    def upload_task(self, film: FilmMade, thumbnail: ArtifactRef, captions: CaptionsMade, metadata: ArtifactRef) -> UploadTask:
        """What the first publisher is given."""
        return UploadTask(
            video=self.video,
            provider=self.choice.chain(Step.UPLOAD)[0],
            film=film.film,
            thumbnail=thumbnail,
            captions_srt=captions.srt,
            captions_vtt=captions.vtt,
            metadata=metadata,
            publish_at=self.video.request.publish_at,
        )

    async def upload(
        self, task: UploadTask, is_out: Callable[[Uploaded], None], is_scheduled: Callable[[Confirmation], None]
    ) -> tuple[Uploaded, Confirmation]:
        """Published exactly once, dressed, and watched until it is public; `is_out` is told as soon as it is uploaded."""
        publishing = Publishing(self._steps, task)
        uploaded, passed = await publishing.upload()
        is_out(uploaded)
        left_out = await publishing.dress(uploaded)
        self._ended(Step.UPLOAD, uploaded.provided, (*passed, *left_out), ())
        return uploaded, await publishing.watch(uploaded, is_scheduled)

    def _ended(self, step: Step, provided: Provided, passed: tuple[str, ...], artifacts: tuple[ArtifactRef, ...]) -> None:
        provided = provided.model_copy(update={"passed_over": passed + provided.passed_over})
        self._report(step, provided)
        if self._recorded.get(step) == (provided, artifacts):
            return
        self._recorded[step] = (provided, artifacts)
        self._recorder.step(StepRecord(video_id=self.video.video_id, step=step, provided=provided, artifacts=artifacts))


def fitting_tempo(request: VideoRequest, seconds: float) -> float:
    """How much faster a short must be spoken to stay within its longest length; 1 where it does, and for every other format."""
    longest = profile_of(request.format, request.level).longest - SHORT_MARGIN
    if request.format is not VideoFormat.SHORT or seconds <= longest:
        return 1.0
    return min(FASTEST, math.ceil(seconds / longest * 100) / 100)


def batches(scenes: int) -> list[tuple[int, ...]]:
    """Scenes cut into runs that one activity takes: at least `SCENES_A_BATCH` each, at most `BATCHES` runs."""
    size = max(policies.SCENES_A_BATCH, -(-scenes // policies.BATCHES))
    return [tuple(range(first, min(first + size, scenes))) for first in range(0, scenes, size)]


def total(parts: Sequence[Provided]) -> Provided:
    """Several parts of one step as one: who served, cost in all, cached when all were."""
    names = list(dict.fromkeys(part.provider for part in parts if part.provider))
    return Provided(
        provider="+".join(names),
        cost=sum((part.cost for part in parts), start=Provided(provider="").cost),
        passed_over=tuple(dict.fromkeys(line for part in parts for line in part.passed_over)),
        cached=bool(parts) and all(part.cached for part in parts),
    )


async def together(parts: Sequence[Awaitable[T]]) -> list[T]:
    """All of them side by side; when one fails the others end first, so that nothing paid for is cut off."""
    results = await asyncio.gather(*parts, return_exceptions=True)
    made: list[T] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        made.append(result)
    return made


async def side_by_side(first: Awaitable[A], second: Awaitable[B], third: Awaitable[C]) -> tuple[A, B, C]:
    """As `together`, for three different results."""
    one, two, three = await asyncio.gather(first, second, third, return_exceptions=True)
    for result in (one, two, three):
        if isinstance(result, BaseException):
            raise result
    return cast(A, one), cast(B, two), cast(C, three)


def _span(scenes: tuple[int, ...]) -> str:
    return f"scene {scenes[0] + 1}" if len(scenes) == 1 else f"scenes {scenes[0] + 1}-{scenes[-1] + 1}"
