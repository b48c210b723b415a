"""A finished film is refused for what a viewer would notice, at a time code, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.quality.activity import QualityActivity
from activities.quality.facts import spread
from activities.quality.film import PyavInspector
from activities.quality.judge import PART_OF, PARTS, judge
from activities.render.timeline import CaptionPages, Sound, Timeline, Transition
from models.videos.contracts import ArtifactRef, Script, ScriptScene, VideoFormat, VideoInput, VideoRequest
from models.videos.finishing import Problem, QualityReport, QualityTask
from tests.activities.quality.films import FPS, HEIGHT, RATE, WIDTH, Film, captions, moving, plan, speech_file, voice

SPEECH = ArtifactRef(kind="speech-audio", digest="0" * 64, media_type="audio/flac", size=1)


def check(film: Path, speech: Path | None, timeline: Timeline | None = None, pages: CaptionPages | None = None) -> QualityReport:
    facts = PyavInspector(threads=2).inspect(film, [(0.0, speech)] if speech else [], lambda _: None)
    wanted = timeline or plan(speech=SPEECH if speech else None)
    return judge(facts, wanted, captions() if pages is None else pages, VideoFormat.ECONOMY)


def fatal(report: QualityReport) -> dict[str, Problem]:
    return {problem.check: problem for problem in report.problems if problem.fatal}


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return speech_file(tmp_path_factory.mktemp("speech") / "speech.flac", voice(6))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Film().write(tmp_path_factory.mktemp("films") / "good.mp4")


def test_a_good_film_passes_and_says_what_it_measured(good: Path, speech: Path) -> None:
    report = check(good, speech)
    assert report.passed and not fatal(report)
    assert report.score > 95 and set(report.parts) == set(PARTS)
    assert report.measured["frames"] == 180 and report.measured["seconds"] == 6
    assert report.measured["loudness_lufs"] == pytest.approx(-14, abs=0.5)
    assert abs(report.measured["speech_offset_ms"]) <= 1


def quiet_from(second: float) -> Film:
    sound = voice(6)
    sound[int(second * RATE) :] = 0
    return Film(sound=sound)


def black(first: int, last: int) -> Callable[[int], np.ndarray]:
    return lambda frame: np.full((HEIGHT, WIDTH), 16, np.uint8) if first <= frame < last else moving(frame)


def flicker(frames: int) -> Callable[[int], np.ndarray]:
    return lambda frame: np.full((HEIGHT, WIDTH), (40 if frame // frames % 2 else 220) if 60 <= frame < 120 else 120, np.uint8)


FAULTS: dict[str, tuple[Film, str, tuple[float, float] | None]] = {
    "black": (Film(picture=black(60, 120)), "black", (2.0, 4.0)),
    "frozen": (Film(picture=lambda frame: moving(min(frame, 20))), "frozen", (0.667, 6.0)),
    "flashing": (Film(picture=flicker(4)), "flash", (2.0, 4.0)),
    "silent": (quiet_from(3), "silence", (3.0, 6.0)),
    "loud": (Film(sound=voice(6, level=0.8)), "loudness", None),
    "clipped": (Film(sound=voice(6, level=0.8)), "true peak", None),
    "index last": (Film(options={}), "faststart", None),
    "another size": (Film(size=(128, 72)), "format", None),
    "another rate": (Film(fps=25), "format", None),
    "baseline profile": (Film(x264={"profile": "baseline"}), "format", None),
    "no colour tags": (Film(tagged=False), "format", None),
    "rare keyframes": (Film(keyframes=90), "format", None),
    "sound at 44.1 kHz": (Film(rate=44_100, sound=voice(6)), "format", None),
    "late sound": (Film(sound_late=0.1), "sync", (0.0, 0.0)),
    "too short": (Film(seconds=5), "frames", None),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_found_and_located(name: str, tmp_path: Path, speech: Path) -> None:
    film, expected, span = FAULTS[name]
    report = check(film.write(tmp_path / "film.mp4"), speech)
    assert not report.passed
    problem = fatal(report)[expected]
    assert problem.message.endswith(".")
    if span:
        assert problem.start == pytest.approx(span[0], abs=0.15) and problem.end == pytest.approx(span[1], abs=0.5)
    assert report.parts[PART_OF[expected]] < 50
    assert report.score < 95


def test_a_message_is_in_words_with_time_codes(tmp_path: Path, speech: Path) -> None:
    report = check(Film(picture=black(60, 120)).write(tmp_path / "film.mp4"), speech)
    assert fatal(report)["black"].message == "The picture is black from 0:02 to 0:04 (2.0 s)."


@pytest.mark.parametrize("options", [{"movflags": "+faststart"}, {}], ids=["index first", "index last"])
def test_a_truncated_file_is_refused(tmp_path: Path, speech: Path, options: dict[str, str]) -> None:
    film = Film(options=options).write(tmp_path / "film.mp4")
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    assert "truncation" in fatal(check(film, speech))


@pytest.mark.parametrize("content", [b"", b"not a film at all" * 100, b"\x00\x00\x00\x18ftypisom"], ids=["empty", "text", "header"])
def test_what_is_no_film_is_refused_not_raised(tmp_path: Path, content: bytes) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    report = check(film, None)
    assert not report.passed and report.score == 0 and "opening" in fatal(report)


def test_damaged_pictures_are_found(tmp_path: Path, speech: Path) -> None:
    texture = np.random.default_rng(3).integers(80, 140, (HEIGHT, 600)).astype(np.uint8)
    film = Film(picture=lambda frame: texture[:, frame : frame + WIDTH]).write(tmp_path / "film.mp4")
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    film.write_bytes(bytes(data))
    assert "corrupt" in fatal(check(film, speech))


def test_a_calm_picture_that_moves_a_little_is_not_frozen(tmp_path: Path, speech: Path) -> None:
    """Four per cent of zoom over six seconds on a soft slope, under a caption that changes."""

    def calm(frame: int) -> np.ndarray:
        zoom = 1 + 0.04 * frame / 180
        x, y = np.meshgrid((np.arange(WIDTH) - 80) / zoom, (np.arange(HEIGHT) - 45) / zoom)
        luma = 70 + 0.35 * x + 30 * np.exp(-(x**2 + y**2) / 900)
        luma[75:82, 30 : 60 + frame // 60 * 20] = 220
        return np.clip(luma, 16, 235).astype(np.uint8)

    assert "frozen" not in fatal(check(Film(picture=calm).write(tmp_path / "film.mp4"), speech))


def test_a_planned_fade_through_black_is_no_fault(tmp_path: Path, speech: Path) -> None:
    film = Film(picture=black(60, 105)).write(tmp_path / "film.mp4")
    assert "black" in fatal(check(film, speech))
    planned = plan(speech=SPEECH)
    scene = planned.scenes[1].model_copy(update={"transition": Transition(kind="fade_black", seconds=1.0)})
    assert "black" not in fatal(check(film, speech, planned.model_copy(update={"scenes": (planned.scenes[0], scene)})))


def test_three_flashes_a_second_are_allowed(tmp_path: Path, speech: Path) -> None:
    assert "flash" not in fatal(check(Film(picture=flicker(6)).write(tmp_path / "film.mp4"), speech))


def test_a_film_that_was_planned_silent_passes(tmp_path: Path) -> None:
    film = Film(sound=np.zeros(6 * RATE)).write(tmp_path / "film.mp4")
    assert check(film, None).passed
    silent_voice = speech_file(tmp_path / "silent.flac", np.zeros(6 * RATE))
    assert check(film, silent_voice).passed
    assert not check(film, None, plan(music=True)).passed


def test_a_clip_that_is_heard_itself_may_be_silent_but_not_the_film_about_it(tmp_path: Path) -> None:
    film = quiet_from(1.2).write(tmp_path / "film.mp4")
    music = plan(music=True)

    def under(seconds: float) -> QualityReport:
        clips = (Sound(media=SPEECH, at=0.5, seconds=seconds),)
        return check(film, None, music.model_copy(update={"sound": music.sound.model_copy(update={"clips": clips})}))

    assert "silence" in fatal(check(film, None, music))
    assert "silence" not in {problem.check for problem in under(5.5).problems}
    noted = under(3.0)
    assert "silence" not in fatal(noted) and any(problem.check == "silence" for problem in noted.problems)
    assert "silence" in fatal(under(1.0))


def test_speech_that_is_not_heard_where_it_was_planned_is_found(tmp_path: Path, speech: Path) -> None:
    report = check(Film(sound=voice(6, seed=99)).write(tmp_path / "film.mp4"), speech)
    assert fatal(report)["silence"].message == "The speech planned at 0:00 is not heard."


def test_captions_must_not_overlap_outlast_the_film_or_run_beside_the_speech(good: Path, tmp_path: Path, speech: Path) -> None:
    pages = captions().pages
    overlapping = CaptionPages(pages=(pages[0].model_copy(update={"end": 2.5}), *pages[1:]))
    assert "over each other at 0:02" in fatal(check(good, speech, pages=overlapping))["captions"].message
    outlasting = CaptionPages(pages=(*pages[:2], pages[2].model_copy(update={"end": 7.0})))
    assert "beyond" in fatal(check(good, speech, pages=outlasting))["captions"].message
    sound = voice(6)
    sound[: 4 * RATE] *= 0.01
    beside = check(Film(sound=sound).write(tmp_path / "film.mp4"), speech)
    assert "do not follow the speech" in fatal(beside)["captions"].message


def test_a_short_over_a_minute_is_refused_and_another_length_is_only_noted(good: Path) -> None:
    facts = PyavInspector(threads=2).inspect(good, [], lambda _: None)
    assert facts.picture is not None
    noted = judge(facts, plan(), captions(), VideoFormat.STANDARD)
    assert noted.passed and any(problem.check == "length" and not problem.fatal for problem in noted.problems)
    long = type(facts)(facts.file, type(facts.picture)(**{**vars(facts.picture), "frames": 61 * FPS, "end": 61.0}), facts.sound)
    assert "length" in fatal(judge(long, plan(61), CaptionPages(), VideoFormat.SHORT))


def test_a_film_that_is_not_as_long_as_asked_says_both_lengths(good: Path) -> None:
    facts = PyavInspector(threads=2).inspect(good, [], lambda _: None)
    missed = judge(facts, plan(), captions(), VideoFormat.STANDARD, wished=20)
    assert [problem.message for problem in missed.problems if problem.check == "length"] == [
        "The film lasts 0:06; 0:20 was asked for."
    ]
    met = judge(facts, plan(), captions(), VideoFormat.STANDARD, wished=7)
    assert not any(problem.check == "length" for problem in met.problems)


def test_speech_is_looked_for_from_the_first_to_the_last() -> None:
    assert spread(range(101)) == [0, 25, 50, 75, 100]
    assert (spread([1, 2]), spread([7]), spread([])) == ([1, 2], [7], [])


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    (tmp_path / "store").mkdir()
    return ArtifactStore(LocalStore(tmp_path / "store"), tmp_path / "cache")


def test_the_step_checks_a_film_with_its_text_once(store: ArtifactStore, good: Path, speech: Path) -> None:
    audio = store.put_content("speech-audio", speech.read_bytes())
    video = VideoInput(
        video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=VideoRequest(topic="x", format=VideoFormat.ECONOMY)
    )
    said = Script(title="A film", scenes=(ScriptScene(index=0, narration="This pill cures cancer, they say."),))
    script = store.put_model("script", "1" * 64, said)
    earlier = store.put_model("script", "2" * 64, said.model_copy(update={"title": "An older film"}))
    task = QualityTask(
        video=video,
        film=store.put_content("film", good.read_bytes()),
        timeline=store.put_model("timeline", "3" * 64, plan(speech=audio)),
        captions=store.put_model("captions", "4" * 64, captions()),
        script=script,
        recent=(earlier,),
    )
    report = QualityActivity(store, PyavInspector(threads=2)).check_film(task)
    assert report.passed
    messages = [problem.message for problem in report.problems]
    assert "The text has something for a person to see (medical promises): “cures cancer”." in messages
    assert "100% of the text was already said in “An older film” on this channel." in messages
    store.delete(task.film)
    assert QualityActivity(store, PyavInspector(threads=2)).check_film(task) == report
