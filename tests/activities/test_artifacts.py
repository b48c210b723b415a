"""What the artifact store keeps, in the face of killed writers and of second ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from obstore.store import LocalStore, MemoryStore, S3Store

from activities.artifacts import ArtifactStore
from models.errors import ComponentDown
from models.videos.contracts import ArtifactRef
from tests.e2e.live_stack import free_port

DIGEST = "ab" * 32


def opened(folder: Path) -> ArtifactStore:
    folder.mkdir(exist_ok=True)
    return ArtifactStore(LocalStore(folder), folder / "cache")


def test_the_second_writer_of_an_address_is_told_the_size_of_what_lies_there(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    store.put_bytes("film", DIGEST, b"first")
    again = store.put_bytes("film", DIGEST, b"another, longer one")
    assert again.size == len(store.read_bytes(again)) == len(b"first")


def test_what_a_killed_writer_left_goes_when_its_content_is_written_again(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    beside = tmp_path / "store" / "film" / "ab"
    beside.mkdir(parents=True)
    killed, alive = beside / f"{DIGEST}#1", beside / f"{DIGEST}#2"
    for part in (killed, alive):
        part.write_bytes(b"half")
    os.utime(killed, (time.time() - 60, time.time() - 60))
    store.put_bytes("film", DIGEST, b"whole")
    assert {path.name for path in beside.iterdir()} == {DIGEST, alive.name}


def test_a_store_that_is_away_is_waited_for_and_leaves_no_half_copies(tmp_path: Path) -> None:
    nobody = S3Store(
        "films", endpoint=f"http://127.0.0.1:{free_port()}", access_key_id="k", secret_access_key="s", region="eu",
        client_options={"allow_http": True}, retry_config={"max_retries": 0},
    )  # fmt: skip
    store, ref = ArtifactStore(nobody, tmp_path / "cache"), ArtifactRef(kind="film", digest=DIGEST, media_type="video/mp4", size=1)
    for read in (lambda: store.find("film", DIGEST), lambda: store.read_bytes(ref), lambda: store.path(ref)):
        with pytest.raises(ComponentDown, match="could not give a film"):
            read()
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_an_empty_file_that_a_power_cut_left_is_made_anew(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    kept = store.put_bytes("film", DIGEST, b"whole")
    store.path(kept).write_bytes(b"")
    assert store.find("film", DIGEST) is None
    assert store.read_bytes(store.put_bytes("film", DIGEST, b"whole")) == b"whole"
    assert store.find("film", DIGEST) == kept


def test_what_was_put_or_exported_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    really = os.fsync

    def fsync(opened: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{opened}").readlink()))
        really(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    store = opened(tmp_path / "store")
    ref = store.put_content("script", b"{}")
    lies = store.path(ref)
    assert synced == [str(lies), str(lies.parent)], "its content, then its name"
    store.export(ref, tmp_path / "film" / "script.json")
    assert synced[2:] == [str(tmp_path / "film" / ".script.json.part")], "before it takes its name"


def test_copies_from_a_remote_store_that_nobody_asked_for_since_yesterday_go(tmp_path: Path) -> None:
    store = ArtifactStore(MemoryStore(), tmp_path)
    unused, used, new = (store.put_content("footage-file", word) for word in (b"unused", b"used", b"new"))
    yesterday = time.time() - 25 * 3600
    for ref in (unused, used):
        os.utime(store.path(ref), (yesterday, yesterday))
    assert store.path(used).read_bytes() == b"used"
    copies = ArtifactStore(MemoryStore(), tmp_path)  # of a process that was started later
    copies.put_content("footage-file", b"new")
    assert copies.path(new).read_bytes() == b"new"
    assert {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == {b"used", b"new"}
    assert store.path(unused).read_bytes() == b"unused", "it is fetched again"
