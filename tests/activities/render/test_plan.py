"""The plan of a film: sound and picture keep together, transitions fit, and an edit changes one scene's pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from obstore.store import MemoryStore

from activities.artifacts import ArtifactStore
from activities.footage.media import look_at
from activities.render.bookends import Bookend, Bookends
from activities.render.captions import VERTICAL, SpokenScene, pages_of
from activities.render.designs import Frame, ground_of
from activities.render.easing import value_at
from activities.render.ingredients import Ingredients
from activities.render.plan import TAIL, VERSION, plan
from activities.render.planning import PlanActivity
from activities.render.segment_plan import plan_segments
from activities.render.timeline import CaptionPages, ImageContent, Scene, ShapeContent, Sprite, TextContent, Timeline
from models.errors import YtempireError
from models.videos.brand import UNNAMED
from models.videos.contracts import (
    ArtifactRef,
    Level,
    PlanTask,
    SceneKind,
    Script,
    ScriptScene,
    Speech,
    Take,
    VideoFormat,
    VideoInput,
    VideoRequest,
    Word,
)
from models.videos.formats import profile_of, scene_starts
from models.videos.palettes import PALETTES, contrast, mix
from models.videos.scene_design import design_script

TEXTS = (
    "Why is the sky blue? It is a fair question.",
    "Sunlight holds every colour: red, orange, yellow, green, blue and violet.",
    "Nearly 30 percent of the light comes back to us.",
    "In 1859 John Tyndall saw it. In 1871 Lord Rayleigh wrote down the law.",
    "The air above us is never quite still.",
    "Thank you for watching.",
)
AUDIO = ArtifactRef(kind="speech-audio", digest="a" * 64, media_type="audio/flac", size=1)


def speech_of(place: int, text: str) -> Speech:
    words, at = [], 0.1
    for word in text.split():
        words.append(Word(text=word, start=at, end=at + 0.3))
        at += 0.37
    audio = AUDIO.model_copy(update={"digest": f"{place:064d}"})
    return Speech(scene=place, audio=audio, seconds=at + 0.517, words=tuple(words), provider="t", voice="t", language="en")


def ingredients(
    texts: tuple[str, ...] = TEXTS, format: VideoFormat = VideoFormat.STANDARD, level: Level = Level.STANDARD, **more: object
) -> Ingredients:
    script = Script(title="Why the sky is blue", scenes=tuple(ScriptScene(index=i, narration=t) for i, t in enumerate(texts)))
    speech = [speech_of(place, text) for place, text in enumerate(texts)]
    profile = profile_of(format, level)
    spans = pairwise(scene_starts((one.seconds for one in speech), profile.fps))
    pages = pages_of([SpokenScene(one.words, *span) for one, span in zip(speech, spans, strict=True)], VERTICAL)
    takes = [
        Take(scene=i, kind="design", design=design) for i, design in enumerate(design_script(script, PALETTES["science"][0]))
    ]  # fmt: skip
    return Ingredients(script, speech, takes, pages, profile, channel="Bright Minute", channel_id="c", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("format", list(VideoFormat))
def test_every_speech_begins_with_its_scene(format: VideoFormat) -> None:
    timeline = plan(ingredients(format=format))
    fps = timeline.output.fps
    assert [sound.at for sound in timeline.sound.speech] == pytest.approx([scene.first_frame / fps for scene in timeline.scenes])
    assert timeline.scenes[-1].frames / fps >= ingredients().speech[-1].seconds - 1 / fps


def test_the_last_picture_stays_a_moment_but_never_over_the_formats_length() -> None:
    spoken = sum(one.seconds for one in ingredients().speech)
    assert plan(ingredients()).seconds == pytest.approx(spoken + TAIL, abs=0.1)
    many = ("one two three four five six seven eight nine ten eleven twelve " * 3).strip()
    for count in (4, 5):
        long = ingredients((many,) * count, VideoFormat.SHORT)
        assert plan(long).seconds <= max(60.0, sum(one.seconds for one in long.speech) + 0.2)


def test_economy_cuts_plainly_and_others_move() -> None:
    assert {scene.transition.kind for scene in plan(ingredients(level=Level.ECONOMY)).scenes} == {"cut"}
    moves = [scene.transition for scene in plan(ingredients()).scenes]
    assert moves[0].kind == "cut"
    assert all(move.kind != "cut" and 0 < move.seconds <= 0.6 for move in moves[1:])


def test_a_very_short_scene_is_not_eaten_by_its_transition() -> None:
    timeline = plan(ingredients(("A fair question.", "Yes.", "No.", "Perhaps, and then again perhaps not.")))
    for scene in timeline.scenes:
        assert scene.transition.seconds * timeline.output.fps <= scene.frames / 3 + 1
    plain = {scene.first_frame / timeline.output.fps for scene in timeline.scenes if scene.transition.kind == "cut"}
    assert not plain & {round(effect.at + 0.1, 6) for effect in timeline.sound.effects}


@pytest.mark.parametrize("ends", [Bookends(), Bookends(Bookend(2.0), Bookend(4.0, True))])
def test_what_a_scene_shows_goes_with_the_scene_where_another_comes_in_over_it_and_else_before_its_end(ends: Bookends) -> None:
    def texts(scene: Scene, t: float) -> list[float]:
        """How much of each text of the scene is seen then."""
        sprites = [layer for layer in scene.layers if isinstance(layer, Sprite) and isinstance(layer.content, TextContent)]
        return [value_at(sprite.opacity, t, 1.0) for sprite in sprites]

    moving, cutting = plan(ingredients(ends=ends)), plan(ingredients(level=Level.ECONOMY, ends=ends))
    fps = moving.output.fps
    for scene, following in pairwise(moving.scenes):
        for t in (scene.frames / fps, scene.frames / fps + following.transition.seconds):
            assert min(texts(scene, t)) == 1.0, "two bare grounds would be seen to change"
    assert max(texts(moving.scenes[-1], moving.scenes[-1].frames / fps)) == 0.0
    for scene in cutting.scenes:
        assert max(texts(scene, scene.frames / cutting.output.fps)) == 0.0


def test_equal_ingredients_give_an_equal_plan() -> None:
    assert plan(ingredients()).model_dump_json() == plan(ingredients()).model_dump_json()


def test_an_edit_of_one_scene_changes_no_other_pictures() -> None:
    edited = (*TEXTS[:4], "The air above us is thin, cold and never still.", TEXTS[5])
    before = [segment.digest({}) for segment in plan_segments(plan(ingredients()))]
    after = [segment.digest({}) for segment in plan_segments(plan(ingredients(edited)))]
    changed = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert 4 in changed
    assert set(changed) <= {4, 5}, "the next scene comes in over the edited one; no other hangs on it"


def test_a_whoosh_sounds_at_moves_and_not_too_often() -> None:
    timeline = plan(ingredients(TEXTS * 3))
    starts = [scene.first_frame / timeline.output.fps for scene in timeline.scenes if scene.transition.kind in ("slide", "wipe")]
    effects = [effect.at for effect in timeline.sound.effects]
    assert effects
    assert all(any(abs(at + 0.1 - start) < 0.01 for start in starts) for at in effects)
    assert all(b - a > 12 for a, b in pairwise(effects))


@pytest.mark.parametrize(("niche", "mood"), [("True crime", "tense"), ("Cooking", "playful"), ("science", "curious"), ("", "calm")])
def test_the_music_suits_the_niche(niche: str, mood: str) -> None:
    music = plan(ingredients(niche=niche)).sound.music
    assert music is not None
    assert music.mood == mood


def test_vertical_films_leave_the_bar_of_progress_to_the_app() -> None:
    assert plan(ingredients()).overlays
    assert not plan(ingredients(format=VideoFormat.SHORT)).overlays


def test_a_logo_takes_the_place_of_the_channels_name() -> None:
    logo = ArtifactRef(kind="media", digest="b" * 64, media_type="image/png", size=1)
    kinds = [sprite.content.type for sprite in plan(ingredients(logo=logo)).overlays]
    assert "image" in kinds
    assert "text" not in kinds


def test_the_channels_name_and_the_line_of_progress_read_on_every_ground() -> None:
    parts = ingredients()
    given = [take.design for take in parts.takes if take.design]
    designs = [one.model_copy(update={"kind": SceneKind.QUOTATION, "seed": place}) for place, one in enumerate(given)]
    takes = [take.model_copy(update={"design": design}) for take, design in zip(parts.takes, designs, strict=True)]
    takes[-1] = takes[-1].model_copy(update={"kind": "clip", "media": AUDIO, "seconds": 4.0, "width": 160, "height": 90})
    timeline = plan(replace(parts, takes=takes))
    inks = set()
    for scene, take in zip(timeline.scenes, takes, strict=True):
        middle = (scene.first_frame + scene.frames / 2) / timeline.output.fps
        shown = [one.content for one in timeline.overlays if one.start <= middle and (one.end is None or one.end > middle)]
        (name,) = (content for content in shown if isinstance(content, TextContent))
        (line,) = (content for content in shown if isinstance(content, ShapeContent))
        inks.add(name.font.colour)
        if take.kind == "clip":
            assert name.font.outline > 0
        else:
            ground = ground_of(take.design).background  # type: ignore[arg-type]
            assert contrast(name.font.colour, ground) >= 4.5 and contrast(line.fill[:7], ground) >= 3
    assert len(inks) > 1


def test_a_film_whose_parts_do_not_belong_together_is_not_planned() -> None:
    parts = ingredients()
    with pytest.raises(ValueError, match="5 pieces of speech"):
        plan(Ingredients(parts.script, parts.speech[:5], parts.takes, parts.captions, parts.profile))


def task_of(store: ArtifactStore, parts: Ingredients, **request: object) -> PlanTask:
    zero = UUID(int=0)
    asked = VideoRequest(topic="x", **request)  # type: ignore[arg-type]
    video = VideoInput(video_id=zero, user_id=zero, channel_id=zero, channel_name="Bright Minute", request=asked)
    return PlanTask(
        video=video,
        script=store.put_content("script", parts.script.model_dump_json().encode()),
        speech=tuple(store.put_content("speech", one.model_dump_json().encode()) for one in parts.speech),
        takes=tuple(store.put_content("take", one.model_dump_json().encode()) for one in parts.takes),
        captions=store.put_content("captions", CaptionPages(pages=parts.captions.pages).model_dump_json().encode()),
    )


def test_the_step_keeps_the_timeline_and_makes_it_once(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path)
    planned: list[int] = []

    def counted(parts: Ingredients) -> Timeline:
        planned.append(len(parts.takes))
        return plan(parts)

    activity = PlanActivity(store, counted, look_at, version=VERSION)
    task = task_of(store, ingredients())
    first, second = activity.plan_film(task), activity.plan_film(task)
    assert first == second
    assert planned == [6]
    assert (first.segments, first.complex) == (6, False)
    assert store.read_model(first.timeline, Timeline).seconds == first.seconds


def test_the_step_plans_again_for_a_logo_and_for_economy(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path)
    activity = PlanActivity(store, plan, look_at, version=VERSION)
    logo = store.put_content("media", b"logo", "image/png")
    digests = {
        activity.plan_film(task_of(store, ingredients())).timeline.digest,
        activity.plan_film(task_of(store, ingredients(), media={"Logo.png": logo})).timeline.digest,
        activity.plan_film(task_of(store, ingredients()).model_copy(update={"economy": True})).timeline.digest,
    }
    assert len(digests) == 3


def test_parts_of_different_films_are_told_apart_for_people(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path)
    task = task_of(store, ingredients())
    with pytest.raises(YtempireError, match="cannot be planned"):
        PlanActivity(store, plan, look_at, version=VERSION).plan_film(task.model_copy(update={"takes": task.takes[:3]}))


def test_a_channel_without_a_name_of_its_own_is_not_named_in_its_films(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path)
    activity = PlanActivity(store, plan, look_at, version=VERSION)
    named = task_of(store, ingredients())
    unnamed = named.model_copy(update={"video": named.video.model_copy(update={"channel_name": UNNAMED})})
    films = [store.read_bytes(activity.plan_film(task).timeline).decode() for task in (named, unnamed)]
    assert [name in film for name, film in zip(("Bright Minute", UNNAMED), films, strict=True)] == [True, False]


@pytest.mark.parametrize("variant", range(3))
def test_the_channels_name_reads_on_the_field_of_a_title(variant: int) -> None:
    for palette in (one for group in PALETTES.values() for one in group):
        parts = ingredients()
        design = parts.takes[0].design
        assert design is not None
        first = parts.takes[0].model_copy(update={"design": design.model_copy(update={"variant": variant, "palette": palette})})
        timeline = plan(replace(parts, takes=[first, *parts.takes[1:]]))
        name = next(one.content for one in timeline.overlays if isinstance(one.content, TextContent))
        ground = mix(palette.accent, palette.accent2, 0.2) if variant == 2 else palette.background
        assert contrast(name.font.colour, ground) >= 4.5


@pytest.mark.parametrize("format", [VideoFormat.STANDARD, VideoFormat.SHORT])
def test_a_logo_lies_beside_what_the_scenes_show(format: VideoFormat) -> None:
    logo = AUDIO.model_copy(update={"kind": "media", "media_type": "image/png"})
    timeline = plan(ingredients(format=format, logo=logo))
    shown = next(one for one in timeline.overlays if isinstance(one.content, ImageContent))
    assert isinstance(shown.content, ImageContent)
    frame = Frame(timeline.output.width, timeline.output.height)
    assert shown.y + shown.content.height <= frame.safe.y or shown.x - shown.content.width >= frame.safe.right - 0.1 * frame.width
