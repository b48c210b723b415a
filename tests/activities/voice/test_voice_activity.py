"""The voice step: speech is kept as phrases, reused by every video, and carries its pause."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import LocalStore
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore
from activities.calls import Calls
from activities.voice.activity import Phrase, VoiceActivity, VoiceProgress
from activities.voice.alignment import runs_of
from activities.voice.espeak import EspeakVoice
from activities.voice.silence import SilentVoice
from activities.voice.sound import FlacRecorder
from models.errors import Misconfigured, NotServed
from models.videos.contracts import ArtifactRef, Script, ScriptScene, Speech, VideoInput, VideoRequest, VoiceMade, VoiceTask
from tests.fakes.ledger import FreeOfCharge, NoBreakers

SCRIPT = Script(
    title="T",
    scenes=(
        ScriptScene(index=0, narration="The first scene speaks.", pause_after=0.5),
        ScriptScene(index=1, narration="Y la segunda habla español.", language="es", pause_after=0.0),
        ScriptScene(index=2, narration="The first scene speaks.", pause_after=0.25),
    ),
)


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(LocalStore(tmp_path), tmp_path / "cache")


def _task(artifacts: ArtifactStore, script: Script = SCRIPT, provider: str = "espeak") -> VoiceTask:
    video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="t"))
    ref = artifacts.put_content("script", script.model_dump_json().encode())
    return VoiceTask(video=video, provider=provider, script=ref, scenes=tuple(scene.index for scene in script.scenes))


async def _speak(artifacts: ArtifactStore, task: VoiceTask, heartbeats: list[VoiceProgress] | None = None) -> VoiceMade:
    step = VoiceActivity((EspeakVoice(), SilentVoice()), artifacts, FlacRecorder(), Calls(FreeOfCharge(), NoBreakers()))
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: heartbeats.extend(details) if heartbeats is not None else None
    return await environment.run(step.speak, task)


async def test_each_scene_becomes_speech_with_its_pause_in_its_own_language(artifacts: ArtifactStore) -> None:
    heartbeats: list[VoiceProgress] = []
    made = await _speak(artifacts, _task(artifacts), heartbeats)
    speech = [artifacts.read_model(ref, Speech) for ref in made.speech]
    assert [each.scene for each in speech] == [0, 1, 2]
    assert [each.language for each in speech] == ["en", "es", "en"]
    assert speech[0].seconds - speech[2].seconds == pytest.approx(0.25)
    assert made.seconds == pytest.approx(sum(each.seconds for each in speech), abs=0.01)
    for each, scene in zip(speech, SCRIPT.scenes, strict=True):
        heard = FlacRecorder().samples(artifacts.read_bytes(each.audio))
        assert len(heard) / 48_000 + scene.pause_after == pytest.approx(each.seconds, abs=1e-4)
    assert speech[0].audio == speech[2].audio, "the same words, whatever pause comes after them"
    assert [beat.scenes_done for beat in heartbeats] == [0, 1, 2]


async def test_what_was_spoken_once_is_not_spoken_again_in_another_video(artifacts: ArtifactStore) -> None:
    first = await _speak(artifacts, _task(artifacts))
    again = await _speak(artifacts, _task(artifacts))
    assert again.speech == first.speech
    assert not first.provided.cached
    assert again.provided.cached


async def test_the_sound_that_a_killed_try_left_is_not_given_to_other_words(artifacts: ArtifactStore, tmp_path: Path) -> None:
    def kept(kind: str) -> list[ArtifactRef]:
        found = [artifacts.find(kind, path.name) for path in (tmp_path / kind).rglob("*") if path.is_file()]
        return [ref for ref in found if ref is not None]

    script = SCRIPT.model_copy(update={"scenes": SCRIPT.scenes[:1]})
    spoken = artifacts.read_model((await _speak(artifacts, _task(artifacts, script))).speech[0], Speech)
    (phrase,) = kept("phrase")
    right = artifacts.read_bytes(artifacts.read_model(phrase, Phrase).audio)
    for ref in (*kept("phrase"), *kept("speech"), *kept("speech-audio")):
        artifacts.delete(ref)
    artifacts.put_bytes("speech-audio", phrase.digest, b"another try's sound, half as long")
    assert artifacts.read_model((await _speak(artifacts, _task(artifacts, script))).speech[0], Speech) == spoken
    assert artifacts.read_bytes(artifacts.read_model(phrase, Phrase).audio) == right


async def test_the_voice_of_the_script_is_heard(artifacts: ArtifactStore) -> None:
    made = await _speak(artifacts, _task(artifacts, SCRIPT.model_copy(update={"voice": "f2"})))
    assert artifacts.read_model(made.speech[0], Speech).voice == "en-us+f2"


async def test_a_language_that_the_voice_does_not_speak_is_refused_naming_the_scene(artifacts: ArtifactStore) -> None:
    script = Script(title="T", scenes=(ScriptScene(index=0, narration="nuqneH"),), language="tlh")
    with pytest.raises(NotServed, match=r"espeak does not speak 'tlh' \(scene 1\)"):
        await _speak(artifacts, _task(artifacts, script))
    assert (await _speak(artifacts, _task(artifacts, script, "silence"))).seconds > 1


async def test_a_provider_that_is_not_set_up_is_named(artifacts: ArtifactStore) -> None:
    with pytest.raises(Misconfigured, match="no provider of voices named 'elevenlabs'"):
        await _speak(artifacts, _task(artifacts, provider="elevenlabs"))


async def test_a_faster_tempo_shortens_sound_words_and_pauses_alike(artifacts: ArtifactStore) -> None:
    calm = await _speak(artifacts, _task(artifacts))
    brisk = await _speak(artifacts, _task(artifacts).model_copy(update={"tempo": 1.2}))
    assert brisk.seconds == pytest.approx(calm.seconds / 1.2, abs=0.01)
    assert brisk.provided.cached, "the phrases were spoken already"
    slow, fast = (artifacts.read_model(made.speech[0], Speech) for made in (calm, brisk))
    assert [word.text for word in fast.words] == [word.text for word in slow.words]
    assert fast.words[-1].start == pytest.approx(slow.words[-1].start / 1.2, abs=0.002)
    heard = FlacRecorder().samples(artifacts.read_bytes(fast.audio))
    assert len(heard) / 48_000 + SCRIPT.scenes[0].pause_after / 1.2 == pytest.approx(fast.seconds, abs=1e-4)
    onset = runs_of(heard)[0][0]
    assert abs(onset - fast.words[0].start) < 0.08
