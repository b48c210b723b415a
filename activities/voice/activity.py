"""The voice step: the scenes of a script, spoken by one provider in one voice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from temporalio import activity

from activities.calls import Calls, this_attempt
from activities.chosen import chosen
from activities.counters import count_reuse
from activities.heartbeat import beating
from activities.voice.port import SAMPLE_RATE, Recorder, Spoken, Voice, VoicePort
from models.errors import BadOutput, NotServed
from models.ids import digest_of
from models.money import ZERO
from models.videos.contracts import ArtifactRef, Contract, Provided, Script, ScriptScene, Speech, VoiceMade, VoiceTask, Word

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

SHORTEST_WORD = 0.02
"""Seconds of speech a word takes at the very least; less means that the provider cut the text."""


class VoiceProgress(Contract):
    """Heartbeat of the voice step."""

    scenes_done: int
    scenes: int


class Phrase(Contract):
    """A spoken phrase without its pause, stored as an artifact of kind `phrase`, shared by all videos."""

    audio: ArtifactRef
    seconds: float
    words: tuple[Word, ...]
    provider: str
    voice: str
    language: str


K = TypeVar("K", Phrase, Speech)


class VoiceActivity:
    """Speaks scenes. What was spoken once, in any video, is never spoken (or paid) again."""

    def __init__(self, ports: Iterable[VoicePort], artifacts: ArtifactStore, recorder: Recorder, calls: Calls) -> None:
        self._ports = {port.name: port for port in ports}
        self._artifacts = artifacts
        self._recorder = recorder
        self._calls = calls

    @activity.defn
    async def speak(self, task: VoiceTask) -> VoiceMade:
        """Speak the task's scenes in order, each with the pause after it.

        Raises:
            ProviderError: the provider failed; scenes spoken so far are kept as phrases.
            OverBudget: a cap would be passed.
            NotServed: the provider does not speak the language.
        """
        port = chosen(self._ports, task.provider, "voices")
        script = await asyncio.to_thread(self._artifacts.read_model, task.script, Script)
        made: list[ArtifactRef] = []
        seconds, cost, cached = 0.0, ZERO, True

        def progress() -> VoiceProgress:
            return VoiceProgress(scenes_done=len(made), scenes=len(task.scenes))

        async with beating(progress):
            for index in task.scenes:
                activity.heartbeat(progress())
                scene = script.scenes[index]
                voice = self._voice(port, scene, script, task)
                phrase, paid = await self._phrase(port, voice, scene, task)
                cached = cached and paid is None
                cost += paid or ZERO
                ref, length = await asyncio.to_thread(self._in_its_scene, phrase, scene, task.tempo)
                made.append(ref)
                seconds += length
        return VoiceMade(
            speech=tuple(made), seconds=round(seconds, 3), provided=Provided(provider=port.name, cost=cost, cached=cached)
        )

    @staticmethod
    def _voice(port: VoicePort, scene: ScriptScene, script: Script, task: VoiceTask) -> Voice:
        language = scene.language or script.language
        voice = port.voice_for(language, task.video.request.voice or script.voice)
        if voice is None:
            raise NotServed(f"{port.name} does not speak {language!r} (scene {scene.index + 1}).", provider=port.name)
        return voice

    async def _phrase(self, port: VoicePort, voice: Voice, scene: ScriptScene, task: VoiceTask) -> tuple[Phrase, Decimal | None]:
        """The scene's phrase, and what it cost now; None when it was there already."""
        digest = digest_of("phrase", scene.narration, port.name, port.version, voice.name, voice.language)
        kept = await asyncio.to_thread(self._kept, "phrase", digest, Phrase)
        count_reuse("phrase", hit=kept is not None)
        if kept:
            return kept[1], None
        if port.paid:
            spoken = await self._paid(port, voice, scene, task, digest)
        else:
            spoken = await port.synthesise(scene.narration, voice)
        self._check(port, scene, spoken)
        return await asyncio.to_thread(self._keep, port, voice, spoken, digest), spoken.cost

    async def _paid(self, port: VoicePort, voice: Voice, scene: ScriptScene, task: VoiceTask, digest: str) -> Spoken:
        return await self._calls.paid(
            port.account,
            lambda: port.synthesise(scene.narration, voice),
            video=task.video,
            operation="voice",
            part=f"{digest[:24]}:{this_attempt()}",
            price=await port.estimate(scene.narration, voice),
            cost=lambda spoken: spoken.cost,
        )

    @staticmethod
    def _check(port: VoicePort, scene: ScriptScene, spoken: Spoken) -> None:
        seconds = len(spoken.samples) / SAMPLE_RATE
        if not spoken.words or seconds < SHORTEST_WORD * len(spoken.words):
            raise BadOutput(
                f"{port.name} returned {seconds:.2f} s of sound for {len(spoken.words)} words of scene {scene.index + 1}.",
                provider=port.name,
            )

    def _kept(self, kind: str, digest: str, of: type[K]) -> tuple[ArtifactRef, K] | None:
        """What lies under this address; None where nothing does, or its sound is gone."""
        found = self._artifacts.find(kind, digest)
        if found is None:
            return None
        kept = self._artifacts.read_model(found, of)
        if self._artifacts.find(kept.audio.kind, kept.audio.digest):
            return found, kept
        self._artifacts.delete(found)  # a voice may speak it otherwise now, and what lies there would stay
        return None

    def _keep(self, port: VoicePort, voice: Voice, spoken: Spoken, digest: str) -> Phrase:
        # By its content: a voice that speaks otherwise each time must not leave one try's sound beside another's word times.
        audio = self._artifacts.put_content("speech-audio", self._recorder.flac(spoken.samples))
        phrase = Phrase(
            audio=audio,
            seconds=len(spoken.samples) / SAMPLE_RATE,
            words=spoken.words,
            provider=port.name,
            voice=voice.name,
            language=voice.language,
        )
        self._artifacts.put_model("phrase", digest, phrase)
        return phrase

    def _in_its_scene(self, phrase: Phrase, scene: ScriptScene, tempo: float) -> tuple[ArtifactRef, float]:
        """The scene's speech: the phrase at the task's tempo, and the pause after it."""
        digest = digest_of("speech", phrase, scene.index, scene.pause_after, tempo)
        samples = round(phrase.seconds * SAMPLE_RATE / tempo) + round(scene.pause_after / tempo * SAMPLE_RATE)
        seconds = samples / SAMPLE_RATE
        kept = self._kept("speech", digest, Speech)
        if kept:
            return kept[0], seconds
        speech = Speech(
            scene=scene.index,
            audio=phrase.audio if tempo == 1.0 else self._faster(phrase.audio, tempo),
            seconds=seconds,
            words=tuple(_sooner(word, tempo) for word in phrase.words),
            provider=phrase.provider,
            voice=phrase.voice,
            language=phrase.language,
        )
        return self._artifacts.put_model("speech", digest, speech), seconds

    def _faster(self, audio: ArtifactRef, tempo: float) -> ArtifactRef:
        samples = self._recorder.faster(self._recorder.samples(self._artifacts.read_bytes(audio)), tempo)
        return self._artifacts.put_content("speech-audio", self._recorder.flac(samples))


def _sooner(word: Word, tempo: float) -> Word:
    """A word's times in the same speech at another tempo."""
    return word if tempo == 1.0 else Word(text=word.text, start=round(word.start / tempo, 3), end=round(word.end / tempo, 3))
