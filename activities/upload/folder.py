"""The folder publisher: a film with all that belongs to it under `films/<slug>/`.

The default without credentials, and a product of its own for people who upload by hand. A folder appears whole; in a
folder that is there already, each file is replaced whole. A video keeps its folder, whatever its title becomes.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

from activities.artifacts import ArtifactStore, keep_on_disk
from activities.upload.port import Beat
from models.errors import DISK_FULL, ComponentDown, Misconfigured, NotFound
from models.ids import slug_of
from models.videos.contracts import ArtifactRef, Provided
from models.videos.finishing import FilmMetadata, Uploaded, UploadTask
from models.videos.publishing import (
    FILM_FOLDER,
    Confirmation,
    ConfirmTask,
    Extra,
    ExtraDone,
    ExtraTask,
    UploadProgress,
    Visibility,
)

INDEX = ".videos"


class FolderPublisher:
    """Writes films under one folder."""

    name = "folder"

    def __init__(self, films: Path, store: ArtifactStore) -> None:
        """`films` is made when it is missing."""
        self._films = films
        self._store = store

    def place_of(self, video_id: UUID) -> str:
        """Where the film of a video lies; empty when it was not published here."""
        folder = self._known(video_id)
        return str(folder) if folder is not None else ""

    def publish(self, task: UploadTask, beat: Beat) -> Uploaded:
        """Write the film's folder.

        Raises:
            Misconfigured: the folder cannot be written.
            ComponentDown: the disk is full.
        """
        metadata = self._store.read_model(task.metadata, FilmMetadata)
        with self._clear_errors():
            self._films.mkdir(parents=True, exist_ok=True)
            self._forget_leftovers(task.video.video_id)
            with tempfile.TemporaryDirectory(
                prefix=_part_prefix(task.video.video_id), dir=self._films, ignore_cleanup_errors=True
            ) as made:
                whole = Path(made) / "film"
                whole.mkdir()
                self._fill(whole, task, metadata, beat)
                folder = self._place(whole, task.video.video_id, slug_of(metadata.title))
                keep_on_disk(folder)
                keep_on_disk(self._films)
        return Uploaded(location=str(folder), external_id=folder.name, provided=Provided(provider=self.name))

    def extras(self, task: UploadTask) -> tuple[Extra, ...]:  # noqa: ARG002 - the port's signature
        """None: everything is in the folder already."""
        return ()

    def add(self, task: ExtraTask) -> ExtraDone:
        """Done by `publish`."""
        return ExtraDone(extra=task.extra, done=True)

    def withdraw(self, task: UploadTask) -> None:
        """Remove what a killed attempt left; a finished folder stays."""
        self._forget_leftovers(task.video.video_id)

    def confirm(self, task: ConfirmTask) -> Confirmation:
        """A folder is visible as soon as it is there.

        Raises:
            NotFound: it is not there any more.
        """
        if not (Path(task.uploaded.location) / "film.mp4").is_file():
            raise NotFound(
                f"The folder {task.uploaded.location} of the film is gone.",
                hint="Retry the upload to have it written again.",
                detail={"kind": FILM_FOLDER},
            )
        return Confirmation(state=Visibility.VISIBLE)

    def _fill(self, folder: Path, task: UploadTask, metadata: FilmMetadata, beat: Beat) -> None:
        """Write every file of the film into `folder`."""
        files: dict[str, ArtifactRef] = {
            "film.mp4": task.film,
            "thumbnail.jpg": task.thumbnail,
            "captions.srt": task.captions_srt,
            "captions.vtt": task.captions_vtt,
        }
        size, sent = sum(ref.size for ref in files.values()), 0
        if shutil.disk_usage(folder).free < size:
            raise OSError(errno.ENOSPC, "not enough free space", str(folder))
        for name, ref in files.items():
            beat(UploadProgress(publisher=self.name, sent=sent, size=size))
            self._store.export(ref, folder / name)
            sent += ref.size
        (folder / "description.txt").write_text(_description(metadata), encoding="utf-8")
        about = {
            "video_id": str(task.video.video_id),
            "channel": task.video.channel_name,
            "publish_at": task.publish_at.isoformat() if task.publish_at else None,
            **metadata.model_dump(mode="json"),
        }
        (folder / "metadata.json").write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for name in ("description.txt", "metadata.json"):
            keep_on_disk(folder / name)
        beat(UploadProgress(publisher=self.name, sent=size, size=size))

    def _place(self, whole: Path, video_id: UUID, slug: str) -> Path:
        """Give the finished folder its name: the video's own one, or the first that is free."""
        known = self._known(video_id)
        if known is not None:
            return self._refresh(whole, known)
        for number in count(1):
            folder = self._films / (slug if number == 1 else f"{slug}-{number}")
            if _owner(folder) == str(video_id):
                return self._note(video_id, self._refresh(whole, folder))
            if folder.exists():
                continue
            try:
                whole.rename(folder)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    continue  # another video took the name since we looked
                raise
            return self._note(video_id, folder)
        raise AssertionError("there is always another number")

    @staticmethod
    def _refresh(whole: Path, folder: Path) -> Path:
        for made in whole.iterdir():
            made.replace(folder / made.name)
        return folder

    def _known(self, video_id: UUID) -> Path | None:
        try:
            folder = self._films / (self._films / INDEX / str(video_id)).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return folder if _owner(folder) == str(video_id) else None

    def _note(self, video_id: UUID, folder: Path) -> Path:
        """Remember whose folder it is, so that a new title later finds it without reading them all."""
        index = self._films / INDEX
        index.mkdir(exist_ok=True)
        part = index / f"{video_id}.part"
        part.write_text(folder.name, encoding="utf-8")
        part.replace(index / str(video_id))
        return folder

    def _forget_leftovers(self, video_id: UUID) -> None:
        """Remove what an attempt that was killed left behind. One attempt of a video runs at a time."""
        for leftover in self._films.glob(f"{_part_prefix(video_id)}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in DISK_FULL:
                raise ComponentDown(
                    f"The disk of {self._films} is full; the film was not written.",
                    retry_after=timedelta(minutes=1),
                    hint="Free some space: the film is kept and is written by itself then.",
                ) from error
            if error.errno == errno.ENOENT:
                raise ComponentDown(
                    f"The film's folder under {self._films} vanished while it was written.", hint="It is written again by itself."
                ) from error
            raise Misconfigured(
                f"The films folder {self._films} cannot be written: {error.strerror or error}.",
                hint="Give this user the right to write there, or name another folder in YTEMPIRE_FILMS_DIR; then retry.",
            ) from error


def _part_prefix(video_id: UUID) -> str:
    return f".{video_id}.part-"


def _owner(folder: Path) -> str | None:
    """The video whose folder this is; None when it is nobody's or not ours."""
    try:
        about = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(about.get("video_id", "")) if isinstance(about, dict) else None


def _description(metadata: FilmMetadata) -> str:
    """What a person pastes into the upload form: title, description, tags."""
    return f"{metadata.title}\n\n{metadata.description}\n\n{', '.join(metadata.tags)}\n"
