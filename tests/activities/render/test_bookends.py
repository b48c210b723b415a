"""Intro and outro: everything else moves by their length, and the format's longest length is kept."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from obstore.store import MemoryStore

from activities.artifacts import ArtifactStore
from activities.footage.media import look_at
from activities.render.audio import RATE, decode
from activities.render.bookends import CARD_SECONDS, PICTURE_SECONDS, Bookend, Bookends, bookends_of, looking
from activities.render.plan import plan
from activities.render.sound import master_soundtrack
from activities.render.timeline import Clip, ImageContent, Music, Sound, SoundTrack, Sprite, Still
from models.videos.contracts import ArtifactRef, Brand, Ident, Script, ScriptScene, VideoFormat, VideoInput, VideoRequest
from models.videos.formats import PROFILES
from models.videos.metadata import FilmTimes
from tests.activities.quality.films import Film
from tests.activities.render.test_plan import ingredients
from tests.activities.render.test_sound import keep, part, strength, tone

CARD = Ident(card=True)
SCRIPT = Script(title="t", scenes=(ScriptScene(index=0, narration="Hello.", visual="shown.mp4"),))


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(MemoryStore(), tmp_path / "cache")


@pytest.fixture
def clip(tmp_path: Path, store: ArtifactStore) -> ArtifactRef:
    return store.put_content("media", Film(seconds=2.0).write(tmp_path / "clip.mp4").read_bytes(), "video/mp4")


def ends(store: ArtifactStore, brand: Brand, seconds: float = 20.0, media: dict[str, ArtifactRef] | None = None) -> Bookends:
    zero = UUID(int=0)
    request = VideoRequest(topic="x", format=VideoFormat.SHORT, media=media or {})
    video = VideoInput(video_id=zero, user_id=zero, channel_id=zero, request=request, brand=brand)
    return bookends_of(video, SCRIPT, seconds, PROFILES[VideoFormat.SHORT], looking(look_at, store.path))


def test_a_channel_may_have_cards_clips_and_pictures(store: ArtifactStore, clip: ArtifactRef) -> None:
    assert ends(store, Brand()) == Bookends()
    made = ends(store, Brand(intro=Ident(media=clip, name="hello.mp4"), outro=CARD))
    assert made.intro is not None and made.outro is not None
    assert (made.intro.moving, made.intro.sound, made.intro.name) == (True, True, "hello.mp4")
    assert made.intro.seconds == pytest.approx(2.0, abs=0.05)
    assert (made.outro.media, made.outro.seconds, made.outro.closing) == (None, CARD_SECONDS[True], True)


def test_files_named_intro_and_outro_serve_unless_a_scene_shows_them(store: ArtifactStore, clip: ArtifactRef) -> None:
    made = ends(store, Brand(intro=CARD), media={"Intro.mp4": clip})
    assert made.intro is not None and made.intro.media == clip
    zero = UUID(int=0)
    request = VideoRequest(topic="x", media={"intro.mp4": clip})
    video = VideoInput(video_id=zero, user_id=zero, channel_id=zero, request=request)
    shown = SCRIPT.model_copy(update={"scenes": (ScriptScene(index=0, narration="Hello.", visual="intro.mp4"),)})
    assert bookends_of(video, shown, 20.0, PROFILES[VideoFormat.STANDARD], looking(look_at, store.path)).intro is None


def test_where_the_longest_length_has_no_room_the_outro_goes_first(store: ArtifactStore) -> None:
    both = Brand(intro=CARD, outro=CARD)
    assert [end is not None for end in ends(store, both, 50)] == [True, True]
    assert [end is not None for end in ends(store, both, 55)] == [True, False]
    assert [end is not None for end in ends(store, both, 58)] == [False, False]


def test_scenes_sounds_and_chapters_begin_after_the_intro(store: ArtifactStore) -> None:
    plain = plan(ingredients())
    with_ends = plan(ingredients(ends=Bookends(Bookend(2.0), Bookend(4.0, True))))
    assert (with_ends.first_scene, len(with_ends.scenes)) == (1, len(plain.scenes) + 2)
    assert with_ends.frames == plain.frames + 60 + 120
    assert with_ends.sound.speech[0].at == plain.sound.speech[0].at + 2.0
    times = FilmTimes.model_validate(with_ends.model_dump())
    assert times.starts()[0] == 2.0
    lines = [sprite for sprite in with_ends.overlays if sprite.reveal]
    assert lines[0].start == 2.0 and lines[-1].end == with_ends.seconds - 4.0
    assert all(sprite.start >= 2.0 and (sprite.end or 0) <= with_ends.seconds - 4.0 for sprite in with_ends.overlays)


def test_a_card_shows_the_logo_and_the_name_and_a_file_is_shown_itself() -> None:
    logo = ArtifactRef(kind="media", digest="c" * 64, media_type="image/png", size=1)
    made = plan(ingredients(ends=Bookends(Bookend(2.6), Bookend(3.0, True, logo, "o.png")), logo=logo))
    contents = [layer.content for layer in made.scenes[0].layers if isinstance(layer, Sprite)]
    assert any(isinstance(content, ImageContent) for content in contents)
    assert any(getattr(content, "text", "") == "Bright Minute" for content in contents)
    assert isinstance(made.scenes[-1].layers[0], Still)
    clip = plan(ingredients(ends=Bookends(Bookend(2.0, media=logo, moving=True, sound=True))))
    assert isinstance(clip.scenes[0].layers[0], Clip)
    assert clip.sound.clips == (Sound(media=logo, at=0.0, seconds=2.0),)
    assert PICTURE_SECONDS[True] > PICTURE_SECONDS[False]


def test_the_sound_of_an_intro_is_heard_and_the_music_waits_for_its_end(store: ArtifactStore, tmp_path: Path) -> None:
    jingle = keep(store, tmp_path, tone(4, 3500, 0.05))
    music = keep(store, tmp_path, tone(3, 1500, 0.1))
    track = SoundTrack(clips=(Sound(media=jingle, at=0.0, seconds=2.0),), music=Music(media=music))
    out = tmp_path / "out.flac"
    report = master_soundtrack(track, 8.0, store, out)
    sound = np.concatenate(list(decode(out, 2)))
    during, after = part(sound, 0.2, 1.5), part(sound, 3.0, 5.0)
    assert strength(during, 3500) > strength(during, 1500) + 60
    assert strength(after, 1500) > strength(after, 3500) + 40
    assert report.loudness == pytest.approx(-14.0, abs=0.2)
    assert np.abs(np.diff(sound[int(1.7 * RATE) : int(2.4 * RATE), 0])).max() < 0.2


def test_the_music_comes_back_where_the_sound_of_a_clip_ends_before_its_pictures(store: ArtifactStore, tmp_path: Path) -> None:
    jingle = keep(store, tmp_path, np.concatenate([tone(1, 3500, 0.05), np.zeros(5 * RATE)]))
    music = keep(store, tmp_path, tone(12, 1500, 0.1))
    track = SoundTrack(clips=(Sound(media=jingle, at=0.0, seconds=6.0),), music=Music(media=music))
    master_soundtrack(track, 10.0, store, tmp_path / "out.flac")
    sound = np.concatenate(list(decode(tmp_path / "out.flac", 2)))
    assert strength(part(sound, 0.2, 0.8), 3500) > strength(part(sound, 0.2, 0.8), 1500) + 60
    assert strength(part(sound, 1.7, 5.5), 1500) == pytest.approx(strength(part(sound, 6.5, 8.0), 1500), abs=0.5)
