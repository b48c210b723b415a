"""The artifact store: put, get, by the digest of what a thing was made from (local disk, S3, GCS).

The methods block; an async activity calls them with `asyncio.to_thread`. A file appears whole or not at all, a second writer of
the same digest changes nothing, and what was put on a local disk outlives a power cut.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlparse

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import GCSStore, LocalStore, MemoryStore, S3Store
from pydantic import BaseModel

from models.errors import ComponentDown, Misconfigured, NotFound
from models.settings import Settings
from models.videos.contracts import ArtifactRef

M = TypeVar("M", bound=BaseModel)
LEFT_BEHIND = 15.0
"""Seconds after which a part that nobody writes to is one of a writer that was killed: sooner than its activity is tried again."""
UNUSED_SECONDS = 24 * 3600.0
"""How long the local copy of an artifact of a remote store stays after it was last asked for."""
SWEEP_SECONDS = 3600.0

MEDIA_TYPES = {
    "source-script": "text/markdown",
    "script": "application/json",
    "speech": "application/json",
    "speech-audio": "audio/flac",
    "take": "application/json",
    "captions": "application/json",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "timeline": "application/json",
    "segment": "video/mp4",
    "soundtrack": "audio/flac",
    "film": "video/mp4",
    "thumbnail": "image/jpeg",
    "thumbnail-webp": "image/webp",
    "quality": "application/json",
    "metadata": "application/json",
    "stock-search": "application/json",
    "stock-file": "application/json",
    "stock-licence": "application/json",
    "moderation": "application/json",
}
"""The media type of each kind of artifact; kinds not named here carry their own in the reference."""


@contextmanager
def _reachable(what: str) -> Iterator[None]:
    """What goes wrong while `what` is read is the store's being away, but for its not being there."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, BaseError) as error:
        raise ComponentDown(
            f"The artifact store could not give {what}: {_first_line(error)}.",
            hint="Fix the store, or free space for its copies (`./ytempire doctor` shows both); the step goes on by itself.",
        ) from error


def keep_on_disk(path: Path) -> None:
    """Return when a file's content, or a folder's names, outlive a power cut.

    Raises:
        OSError: the disk is full, or fails.
    """
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class ArtifactStore:
    """Artifacts under `kind/dd/digest` of one object store."""

    def __init__(self, store: LocalStore | S3Store | GCSStore | MemoryStore, cache: Path) -> None:
        """`cache` is a local folder for files that must be opened by path while the store is remote."""
        self._store = store
        self._cache = cache
        self._sweep_at = 0.0
        self._root = Path(store.prefix) if isinstance(store, LocalStore) and store.prefix else None

    @staticmethod
    def _key(kind: str, digest: str) -> str:
        return f"{kind}/{digest[:2]}/{digest}"

    def find(self, kind: str, digest: str) -> ArtifactRef | None:
        """The artifact with this address, or None when nobody made it yet, or a power cut left an empty file in its place.

        Raises:
            ComponentDown: the store is away.
        """
        try:
            size = self._size(kind, digest)
        except FileNotFoundError:
            return None
        if not size:
            return None
        return ArtifactRef(kind=kind, digest=digest, media_type=MEDIA_TYPES.get(kind, "application/octet-stream"), size=size)

    def put_bytes(self, kind: str, digest: str, data: bytes, media_type: str = "") -> ArtifactRef:
        """Keep `data` under this address; what is already there stays.

        Raises:
            ComponentDown: the disk is full or the store is away.
        """
        return self._put(kind, digest, data, len(data), media_type)

    def put_file(self, kind: str, digest: str, path: Path, media_type: str = "") -> ArtifactRef:
        """Keep the file's content under this address; the file itself stays where it is."""
        return self._put(kind, digest, path, path.stat().st_size, media_type)

    def put_model(self, kind: str, digest: str, model: BaseModel) -> ArtifactRef:
        """Keep a contract as JSON."""
        return self.put_bytes(kind, digest, model.model_dump_json().encode())

    def put_content(self, kind: str, data: bytes, media_type: str = "") -> ArtifactRef:
        """Keep something given from outside, addressed by its own SHA-256."""
        return self.put_bytes(kind, hashlib.sha256(data).hexdigest(), data, media_type)

    def read_bytes(self, ref: ArtifactRef) -> bytes:
        """The content.

        Raises:
            NotFound: nothing lies there (deleted by retention, or another store is configured).
            ComponentDown: the store is away.
        """
        try:
            with _reachable(f"a {ref.kind}"):
                return obstore.get(self._store, self._key(ref.kind, ref.digest)).bytes().to_bytes()
        except FileNotFoundError as error:
            raise self._missing(ref) from error

    def read_model(self, ref: ArtifactRef, model: type[M]) -> M:
        """The content as the contract it was kept as."""
        return model.model_validate_json(self.read_bytes(ref))

    def path(self, ref: ArtifactRef) -> Path:
        """A local file with the content, to be read and never changed; fetched into the cache from a remote store."""
        if self._root is not None:
            found = self._root / self._key(ref.kind, ref.digest)
            if not found.exists():
                raise self._missing(ref)
            return found
        local = self._cache / self._key(ref.kind, ref.digest)
        try:
            os.utime(local)
        except FileNotFoundError:
            local.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(ref, local)
            self._forget_unused()
        return local

    def _fetch(self, ref: ArtifactRef, to: Path) -> None:
        with tempfile.NamedTemporaryFile(dir=to.parent, delete=False) as part:
            try:
                with _reachable(f"a {ref.kind}"):
                    for chunk in obstore.get(self._store, self._key(ref.kind, ref.digest)).stream():
                        part.write(chunk)
            except BaseException as error:
                Path(part.name).unlink()
                if isinstance(error, FileNotFoundError):
                    raise self._missing(ref) from error
                raise
        Path(part.name).rename(to)

    def _forget_unused(self) -> None:
        """Remove the copies that nobody has asked for since yesterday, now and then: the disk is smaller than the store."""
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + SWEEP_SECONDS
        for copy in self._cache.rglob("*"):
            with suppress(OSError):
                if copy.is_file() and time.time() - copy.stat().st_mtime > UNUSED_SECONDS:
                    copy.unlink()

    def export(self, ref: ArtifactRef, to: Path) -> None:
        """Write the content as `to`, whole or not at all."""
        to.parent.mkdir(parents=True, exist_ok=True)
        part = to.with_name(f".{to.name}.part")
        try:
            shutil.copyfile(self.path(ref), part)
            keep_on_disk(part)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)

    def delete(self, ref: ArtifactRef) -> None:
        """Forget the content; fine when it is already gone."""
        try:
            obstore.delete(self._store, self._key(ref.kind, ref.digest))
        except FileNotFoundError:
            return

    def _put(self, kind: str, digest: str, content: bytes | Path, size: int, media_type: str) -> ArtifactRef:
        key = self._key(kind, digest)
        try:
            try:
                obstore.put(self._store, key, content, mode="create")
            except AlreadyExistsError:
                if there := self._size(kind, digest):
                    size = there  # of what stays: the second writer's may be another
                else:
                    obstore.put(self._store, key, content, mode="overwrite")
            if self._root is not None:
                # Who is told that it is made may remember that for ever; a power cut would leave it torn, or not there.
                keep_on_disk(self._root / key)
                keep_on_disk((self._root / key).parent)
        except (OSError, BaseError) as error:
            raise ComponentDown(
                f"The artifact store could not keep a {kind} of {size} bytes: {_first_line(error)}.",
                hint="Free space or fix the store (`./ytempire doctor` shows both); the step goes on by itself.",
            ) from error
        self._forget_leftovers(kind, digest)
        return ArtifactRef(
            kind=kind, digest=digest, media_type=media_type or MEDIA_TYPES.get(kind, "application/octet-stream"), size=size
        )

    def _size(self, kind: str, digest: str) -> int:
        with _reachable(f"a {kind}"):
            return int(obstore.head(self._store, self._key(kind, digest))["size"])

    def _forget_leftovers(self, kind: str, digest: str) -> None:
        """Remove what a writer that was killed left beside the content. A slow one that lives writes again, and finds it there."""
        if self._root is None:
            return
        whole = self._root / self._key(kind, digest)
        for part in whole.parent.glob(f"{whole.name}#*"):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > LEFT_BEHIND:
                    part.unlink()

    @staticmethod
    def _missing(ref: ArtifactRef) -> NotFound:
        return NotFound(
            f"The {ref.kind} {ref.digest[:12]} is not in the artifact store.",
            hint="It was deleted, or YTEMPIRE_ARTIFACT_URL points elsewhere. Retry the step to make it again.",
            detail={"kind": ref.kind},
        )


def _first_line(error: Exception) -> str:
    """What happened, without the library's own account of its insides."""
    return str(error).partition("\n")[0].rstrip(". ")


def open_store(settings: Settings) -> ArtifactStore:
    """The store that the settings name.

    Raises:
        Misconfigured: for an address of an unknown kind.
    """
    cache = settings.data_dir / "cache"
    if not settings.artifact_url:
        settings.artifacts_dir.mkdir(parents=True, exist_ok=True)
        return ArtifactStore(LocalStore(settings.artifacts_dir), cache)
    address = urlparse(settings.artifact_url)
    prefix = address.path.strip("/") or None
    if address.scheme == "file":
        folder = Path(address.path)
        folder.mkdir(parents=True, exist_ok=True)
        return ArtifactStore(LocalStore(folder), cache)
    if address.scheme == "gs":
        return ArtifactStore(GCSStore(address.netloc, prefix=prefix), cache)
    if address.scheme == "s3":
        options: dict[str, str] = {"region": settings.artifact_s3_region}
        if settings.artifact_s3_endpoint:
            options["endpoint"] = settings.artifact_s3_endpoint
        if settings.artifact_s3_key_id:
            options["access_key_id"] = settings.artifact_s3_key_id
            options["secret_access_key"] = settings.artifact_s3_secret.get_secret_value()
        plain = settings.artifact_s3_endpoint.startswith("http://")
        return ArtifactStore(S3Store(address.netloc, prefix=prefix, client_options={"allow_http": plain}, **options), cache)  # type: ignore[arg-type]
    raise Misconfigured(
        f"YTEMPIRE_ARTIFACT_URL is {settings.artifact_url!r}, which no store understands.", hint="Use s3://, gs:// or file:///."
    )
