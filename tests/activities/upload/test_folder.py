"""The folder publisher: whole folders, one a video, clear words when it cannot write."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from obstore.store import LocalStore

from activities.artifacts import ArtifactStore
from activities.upload.folder import FolderPublisher
from models.errors import ComponentDown, Misconfigured
from models.videos.publishing import UploadProgress
from tests.activities.upload.films import finished_film

FILES = {"film.mp4", "thumbnail.jpg", "captions.srt", "captions.vtt", "description.txt", "metadata.json"}


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    folder = tmp_path / "artifacts"
    folder.mkdir()
    return ArtifactStore(LocalStore(folder), tmp_path / "cache")


def _silent(_: UploadProgress) -> None:
    return


def test_a_film_has_all_its_files_and_nothing_else_is_left(store: ArtifactStore, tmp_path: Path) -> None:
    task = finished_film(store)
    uploaded = FolderPublisher(tmp_path / "films", store).publish(task, _silent)
    folder = Path(uploaded.location)
    assert {path.name for path in folder.iterdir()} == FILES
    assert FolderPublisher(tmp_path / "films", store).place_of(task.video.video_id) == uploaded.location
    assert FolderPublisher(tmp_path / "films", store).place_of(finished_film(store).video.video_id) == ""
    assert folder.name == "why-the-sky-is-blue"
    assert (folder / "film.mp4").read_bytes() == store.read_bytes(task.film)
    about = json.loads((folder / "metadata.json").read_text())
    assert about["title"] == "Why the sky is blue" and about["video_id"] == str(task.video.video_id)
    assert (folder / "description.txt").read_text() == "Why the sky is blue\n\nLight scatters.\n\nsky\n"
    assert {path.name for path in (tmp_path / "films").iterdir()} == {"why-the-sky-is-blue", ".videos"}


def test_two_videos_of_one_title_get_two_folders(store: ArtifactStore, tmp_path: Path) -> None:
    publisher = FolderPublisher(tmp_path / "films", store)
    tasks = [finished_film(store) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        folders = [Path(made.location).name for made in threads.map(lambda task: publisher.publish(task, _silent), tasks)]
    assert sorted(folders) == sorted(["why-the-sky-is-blue", *(f"why-the-sky-is-blue-{number}" for number in range(2, 7))])
    for task, name in zip(tasks, folders, strict=True):
        assert (tmp_path / "films" / name / "film.mp4").read_bytes() == store.read_bytes(task.film)


def test_a_video_keeps_its_folder_under_a_new_title(store: ArtifactStore, tmp_path: Path) -> None:
    publisher = FolderPublisher(tmp_path / "films", store)
    first = finished_film(store)
    kept = publisher.publish(first, _silent).location
    (Path(kept) / "notes.txt").write_text("the operator's own")
    again = finished_film(store, title="Another title", video_id=first.video.video_id)
    assert publisher.publish(again, _silent).location == kept
    assert json.loads((Path(kept) / "metadata.json").read_text())["title"] == "Another title"
    assert (Path(kept) / "notes.txt").exists()


def test_a_folder_without_its_index_is_still_recognised(store: ArtifactStore, tmp_path: Path) -> None:
    publisher = FolderPublisher(tmp_path / "films", store)
    task = finished_film(store)
    kept = publisher.publish(task, _silent).location
    (tmp_path / "films" / ".videos" / str(task.video.video_id)).unlink()
    assert publisher.publish(task, _silent).location == kept


def test_a_folder_of_somebody_elses_is_never_written_into(store: ArtifactStore, tmp_path: Path) -> None:
    theirs = tmp_path / "films" / "why-the-sky-is-blue"
    theirs.mkdir(parents=True)
    (theirs / "metadata.json").write_text("[not ours")
    uploaded = FolderPublisher(tmp_path / "films", store).publish(finished_film(store), _silent)
    assert Path(uploaded.location).name == "why-the-sky-is-blue-2"
    assert [path.name for path in theirs.iterdir()] == ["metadata.json"]


def test_a_films_folder_that_is_a_file_is_named(store: ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "films").write_text("")
    with pytest.raises(Misconfigured, match=r"films folder .* cannot be written.*YTEMPIRE_FILMS_DIR"):
        FolderPublisher(tmp_path / "films", store).publish(finished_film(store), _silent)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder where even root may not write")
def test_an_unwritable_folder_is_named(store: ArtifactStore) -> None:
    with pytest.raises(Misconfigured, match=r"films folder /sys/kernel/films cannot be written.*YTEMPIRE_FILMS_DIR"):
        FolderPublisher(Path("/sys/kernel/films"), store).publish(finished_film(store), _silent)


def test_a_full_disk_leaves_nothing_half_written(store: ArtifactStore, tmp_path: Path) -> None:
    """A file size limit of the process stands in for the full disk: the kernel refuses the write the same way."""
    task = finished_film(store, size=200_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ComponentDown, match=r"disk of .* is full.*Free some space"):
            FolderPublisher(tmp_path / "films", store).publish(task, _silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert list((tmp_path / "films").iterdir()) == []
    assert FolderPublisher(tmp_path / "films", store).publish(task, _silent).location


KILLED = """
import os, sys
from pathlib import Path
from obstore.store import LocalStore
from activities.artifacts import ArtifactStore
from activities.upload.folder import FolderPublisher
from models.videos.finishing import UploadTask
root = Path(sys.argv[1])
task = UploadTask.model_validate_json((root / "task.json").read_text())
beats = iter(range(int(sys.argv[2])))
def beat(progress):
    if next(beats, None) is None:
        os.kill(os.getpid(), 9)
FolderPublisher(root / "films", ArtifactStore(LocalStore(root / "artifacts"), root / "cache")).publish(task, beat)
"""


@pytest.mark.parametrize("beats", [0, 1, 4])
def test_a_kill_leaves_no_folder_and_the_next_attempt_cleans_up(store: ArtifactStore, tmp_path: Path, beats: int) -> None:
    task = finished_film(store)
    (tmp_path / "task.json").write_text(task.model_dump_json())
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(beats)], timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    films = tmp_path / "films"
    assert all(path.name.startswith(".") for path in films.iterdir())
    FolderPublisher(films, store).publish(task, _silent)
    assert {path.name for path in films.iterdir()} == {"why-the-sky-is-blue", ".videos"}
