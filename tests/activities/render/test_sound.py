"""The soundtrack is as long and as loud as asked, speech leads, and nothing clicks."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.render.audio import RATE, FlacFile, decode
from activities.render.effects import LEAD, effect
from activities.render.loudness import probe_audio
from activities.render.music import open_bed
from activities.render.sound import SoundCancelled, master_soundtrack
from activities.render.synthesis import MOODS, hertz, score_of
from activities.render.timeline import Effect, Music, Sound, SoundTrack
from models.errors import ComponentDown, MediaError
from models.videos.contracts import ArtifactRef
from tests.activities.render.by_hand import loudness, true_peak

Samples = NDArray[np.floating]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    (tmp_path / "store").mkdir()
    return ArtifactStore(LocalStore(tmp_path / "store"), tmp_path / "cache")


def keep(store: ArtifactStore, tmp_path: Path, sound: Samples) -> ArtifactRef:
    file = tmp_path / "sound.flac"
    with FlacFile(file) as out:
        out.write(np.repeat(sound[:, None], 2, axis=1).astype(np.float32))
    return store.put_content("speech-audio", file.read_bytes())


def voice(seconds: float, level: float = 0.2, seed: int = 1) -> Samples:
    """Noise between 300 and 3,000 Hz in syllables: what speech is to a meter."""
    samples = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    at = np.fft.rfftfreq(samples, 1 / RATE)
    noise = np.fft.irfft(spectrum * ((at > 300) & (at < 3000)), samples)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(samples) / RATE)
    return noise / np.abs(noise).max() * syllables * level


def tone(seconds: float, frequency: float, level: float = 0.2) -> Samples:
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def heard(path: Path) -> Samples:
    return np.concatenate(list(decode(path, 2)))


def strength(sound: Samples, frequency: float) -> float:
    """Amplitude of a frequency in the left channel, in dB."""
    window = np.hanning(len(sound))
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(sound)) / RATE)
    return float(20 * np.log10(2 * abs((sound[:, 0] * window * wave).sum()) / window.sum() + 1e-9))


def part(sound: Samples, start: float, end: float) -> Samples:
    return sound[int(start * RATE) : int(end * RATE)]


def test_a_film_is_exactly_as_long_and_as_loud_as_asked_with_room_above_its_peaks(store: ArtifactStore, tmp_path: Path) -> None:
    speech = tuple(Sound(media=keep(store, tmp_path, voice(3, seed=at)), at=at) for at in (1, 4, 7))
    track = SoundTrack(speech=speech, music=Music(seed=3, mood="bright"), effects=(Effect(at=4), Effect(kind="tick", at=7)))
    out = tmp_path / "out.flac"
    shares: list[float] = []
    report = master_soundtrack(track, 11.0333, store, out, progress=shares.append)
    sound = heard(out)
    assert len(sound) == report.samples == round(11.0333 * RATE)
    assert loudness(sound) == pytest.approx(-14.0, abs=0.2)
    assert report.loudness == pytest.approx(loudness(sound), abs=0.1)
    assert true_peak(sound) <= -1.0
    assert report.true_peak == pytest.approx(true_peak(sound), abs=0.3)
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".sound")] == []


def test_the_same_track_gives_the_same_file(store: ArtifactStore, tmp_path: Path) -> None:
    track = SoundTrack(speech=(Sound(media=keep(store, tmp_path, voice(1)), at=0.5),), music=Music(seed=9, mood="calm"))
    master_soundtrack(track, 2.0, store, tmp_path / "one.flac")
    master_soundtrack(track, 2.0, store, tmp_path / "two.flac")
    assert (tmp_path / "one.flac").read_bytes() == (tmp_path / "two.flac").read_bytes()


def test_music_lies_twenty_under_speech_and_rises_six_in_long_pauses_only(store: ArtifactStore, tmp_path: Path) -> None:
    speech = tuple(Sound(media=keep(store, tmp_path, voice(3, seed=int(at) + 1)), at=at) for at in (0, 3.6, 9.6))
    music = keep(store, tmp_path, tone(20, 5000))
    track = SoundTrack(speech=speech, music=Music(media=music, under_speech_db=-20, rise_db=6))
    master_soundtrack(track, 13, store, tmp_path / "out.flac")
    sound = heard(tmp_path / "out.flac")
    under = strength(part(sound, 4.2, 6.2), 5000)
    assert strength(part(sound, 3.1, 3.5), 5000) == pytest.approx(under, abs=0.5)
    assert strength(part(sound, 7.4, 9.1), 5000) == pytest.approx(under + 6, abs=0.5)
    alone = tone(2, 5000, 10 ** (under / 20))
    assert loudness(part(sound, 4.2, 6.2)) - loudness(np.stack([alone, alone], axis=1)) == pytest.approx(20, abs=1.5)


def test_scenes_of_different_loudness_are_levelled(store: ArtifactStore, tmp_path: Path) -> None:
    speech = (
        Sound(media=keep(store, tmp_path, voice(3, 0.02)), at=0),
        Sound(media=keep(store, tmp_path, voice(3, 0.9, seed=2)), at=3),
    )
    master_soundtrack(SoundTrack(speech=speech), 6, store, tmp_path / "out.flac")
    sound = heard(tmp_path / "out.flac")
    assert loudness(part(sound, 0.2, 2.8)) == pytest.approx(loudness(part(sound, 3.2, 5.8)), abs=0.5)


def test_rumble_under_the_voice_is_taken_away(store: ArtifactStore, tmp_path: Path) -> None:
    rumbling = voice(3) + tone(3, 30, 0.1) + tone(3, 4000, 0.1)
    master_soundtrack(SoundTrack(speech=(Sound(media=keep(store, tmp_path, rumbling), at=0),)), 3, store, tmp_path / "out.flac")
    sound = part(heard(tmp_path / "out.flac"), 0.5, 2.5)
    assert strength(sound, 30) < strength(sound, 4000) - 12


def test_no_join_clicks(store: ArtifactStore, tmp_path: Path) -> None:
    """Tones that end in mid-swing must not leave a step; cut hard, this one leaves one of half its height."""
    cut = np.cos(2 * np.pi * 200 * np.arange(int(1.00125 * RATE)) / RATE) * 0.3
    media = keep(store, tmp_path, cut)
    master_soundtrack(
        SoundTrack(speech=tuple(Sound(media=media, at=at) for at in (0, 1.1, 2.2))), 3.2, store, tmp_path / "out.flac"
    )
    sound = heard(tmp_path / "out.flac")[:, 0]
    assert np.abs(np.diff(sound, 2)).max() < 0.01 * np.abs(sound).max()


def test_a_film_without_a_voice_has_its_music_at_the_same_loudness(store: ArtifactStore, tmp_path: Path) -> None:
    silence = Sound(media=keep(store, tmp_path, np.zeros(RATE)), at=0)
    report = master_soundtrack(SoundTrack(speech=(silence,), music=Music(seed=1)), 4, store, tmp_path / "out.flac")
    assert not report.speech
    assert loudness(heard(tmp_path / "out.flac")) == pytest.approx(-14, abs=0.2)


def test_a_track_with_nothing_in_it_is_silence_of_the_right_length(store: ArtifactStore, tmp_path: Path) -> None:
    report = master_soundtrack(SoundTrack(), 1.5, store, tmp_path / "out.flac")
    assert not heard(tmp_path / "out.flac").any()
    assert (report.samples, report.loudness) == (72_000, -70.0)


def test_effects_alone_stay_quiet(store: ArtifactStore, tmp_path: Path) -> None:
    report = master_soundtrack(SoundTrack(effects=(Effect(at=1, gain_db=-18),)), 2, store, tmp_path / "out.flac")
    assert report.loudness < -25


@pytest.mark.parametrize("kind", sorted(LEAD))
def test_an_effect_begins_and_ends_in_silence_and_is_strongest_about_its_moment(kind: str) -> None:
    sound = effect(kind)
    assert np.abs(sound[0]).max() < 1e-3 and np.abs(sound[-1]).max() < 1e-3
    loudest = int(np.convolve((sound**2).sum(axis=1), np.ones(480), "same").argmax()) / RATE
    assert loudest == pytest.approx(LEAD[kind], abs=0.06)


def test_a_music_file_that_is_too_short_is_repeated_without_a_gap(store: ArtifactStore, tmp_path: Path) -> None:
    media = keep(store, tmp_path, voice(6, 0.5))
    bed = open_bed(Music(media=media), store.path(media))
    sound = bed.read(20 * RATE)
    loud = np.sqrt((sound.reshape(-1, RATE // 2, 2) ** 2).mean(axis=(1, 2)))
    assert loud.min() > 0.5 * loud.mean()


def test_a_corrupt_or_silent_music_file_is_named(store: ArtifactStore, tmp_path: Path) -> None:
    broken = store.put_content("music", b"this is no music" * 100)
    with pytest.raises(MediaError, match=broken.digest[:12]):
        master_soundtrack(SoundTrack(music=Music(media=broken)), 1, store, tmp_path / "out.flac")
    with pytest.raises(MediaError, match="silent"):
        open_bed(Music(), store.path(keep(store, tmp_path, np.zeros(RATE))))


def test_a_scratch_in_the_music_is_passed_over_but_not_in_the_speech(store: ArtifactStore, tmp_path: Path) -> None:
    data = bytearray(store.read_bytes(keep(store, tmp_path, voice(6, 0.5))))
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(range(200)) * 2
    scratched = store.put_content("music", bytes(data))
    master_soundtrack(SoundTrack(music=Music(media=scratched)), 3, store, tmp_path / "out.flac")
    with pytest.raises(MediaError, match=scratched.digest[:12]):
        master_soundtrack(SoundTrack(speech=(Sound(media=scratched, at=0),)), 3, store, tmp_path / "out.flac")


def test_a_cancelled_mastering_leaves_nothing_behind(store: ArtifactStore, tmp_path: Path) -> None:
    track = SoundTrack(speech=(Sound(media=keep(store, tmp_path, voice(3)), at=0),))
    asked: list[int] = []

    def after_three() -> bool:
        asked.append(1)
        return len(asked) > 3

    (tmp_path / "made").mkdir()
    with pytest.raises(SoundCancelled):
        master_soundtrack(track, 3, store, tmp_path / "made" / "out.flac", cancelled=after_three)
    assert list((tmp_path / "made").iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing_behind(store: ArtifactStore, tmp_path: Path) -> None:
    """A limit on the size of files stands for the end of the disk."""
    track = SoundTrack(speech=(Sound(media=keep(store, tmp_path, voice(3)), at=0),))
    (tmp_path / "made").mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, hard))
    try:
        with pytest.raises(ComponentDown, match="could not be written"):
            master_soundtrack(track, 3, store, tmp_path / "made" / "out.flac")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "made").iterdir()) == []


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_chords_keep_their_voices_close_and_stay_between_bass_and_speech(mood: str) -> None:
    for seed in range(20):
        score = score_of(seed, mood)
        for bass, voices in score.bars:
            assert 33 <= bass <= 47 and all(50 <= note <= 72 for note in voices)
            assert len(voices) >= 3 and min(np.diff(voices)) >= 2


def test_what_sounds_are_the_notes_of_the_score() -> None:
    """The strongest frequencies of each bar are its chord and the figure over it, not something beside them."""
    score = score_of(4, "calm")
    bed = open_bed(Music(seed=4, mood="calm"), None)
    bar = 2 * score.bar
    sound = bed.read(5 * bar)
    for number in (1, 2, 3):
        bass, voices = score.bars[number]
        around = (*score.bars[number - 1][1], *voices)
        allowed = np.array(
            [hertz(note + overtone) for note in (*around, bass, score.bars[number - 1][0]) for overtone in (0, 12, 19, 24)]
        )
        power = np.abs(np.fft.rfft(sound[number * bar : (number + 1) * bar, 0] * np.hanning(bar)))
        peaks = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] > power[2:]) & (power[1:-1] > 0.1 * power.max())) + 1
        strongest = np.fft.rfftfreq(bar, 1 / RATE)[peaks]
        assert len(strongest) > 3
        cents = [1200 * np.abs(np.log2(frequency / allowed)).min() for frequency in strongest]
        assert max(cents) < 25


def test_a_loop_has_no_seam_and_goes_on_for_ever() -> None:
    bed = open_bed(Music(seed=2, mood="playful"), None)
    length = 2 * score_of(2, "playful").bar * 16
    bed.read(length - RATE)
    sound = bed.read(2 * RATE)
    steps = np.abs(np.diff(sound[:, 0], 2))
    assert steps[RATE - 100 : RATE + 100].max() <= 1.5 * steps.max()
    assert steps[RATE - 3 : RATE + 3].max() < 0.9 * steps.max()


def test_seeds_and_moods_sound_different() -> None:
    scores = {(score_of(seed, mood).bars, score_of(seed, mood).beat) for seed in range(5) for mood in MOODS}
    assert len(scores) == 5 * len(MOODS)


def test_probing_tells_length_loudness_and_peak(store: ArtifactStore, tmp_path: Path) -> None:
    sound = tone(2, 997, 0.1)
    facts = probe_audio(store.path(keep(store, tmp_path, sound)))
    assert facts.seconds == 2.0
    assert facts.loudness == pytest.approx(-20.0, abs=0.1)
    assert facts.true_peak == pytest.approx(-20.0, abs=0.1)
    assert len(facts.momentary) == 20
