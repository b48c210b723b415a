"""The upload step: the film's metadata, then the publishers behind one port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from temporalio import activity

from activities.chosen import chosen
from activities.upload.port import PublisherPort
from models.ids import digest_of
from models.videos.contracts import ArtifactRef, Script, Take
from models.videos.finishing import Uploaded, UploadTask
from models.videos.metadata import BUILDER_VERSION, FilmTimes, build_metadata
from models.videos.publishing import Confirmation, ConfirmTask, Extra, ExtraDone, ExtraTask, MetadataTask, UploadProgress

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore


class UploadActivity:
    """Every method blocks: they run on the worker's thread pool."""

    def __init__(self, store: ArtifactStore, publishers: Mapping[str, PublisherPort]) -> None:
        """`publishers` by the names that tasks ask for."""
        self._store = store
        self._publishers = publishers

    @activity.defn
    def write_metadata(self, task: MetadataTask) -> ArtifactRef:
        """Title, description with chapters and credits, tags: kept as an artifact of kind `metadata`."""
        request = task.video.request
        digest = digest_of("metadata", BUILDER_VERSION, task.script, task.timeline, task.takes, request, task.playlist)
        found = self._store.find("metadata", digest)
        if found is not None:
            return found
        metadata = build_metadata(
            request,
            self._store.read_model(task.script, Script),
            self._store.read_model(task.timeline, FilmTimes),
            [self._store.read_model(take, Take) for take in task.takes],
            playlist=task.playlist,
        )
        return self._store.put_model("metadata", digest, metadata)

    @activity.defn
    def publish(self, task: UploadTask) -> Uploaded:
        """Bring the film to its publisher, exactly once."""
        return self._publisher(task).publish(task, _beat)

    @activity.defn
    def list_extras(self, task: UploadTask) -> tuple[Extra, ...]:
        """What is to be added to the published film, one `add_extra` each."""
        return self._publisher(task).extras(task)

    @activity.defn
    def add_extra(self, task: ExtraTask) -> ExtraDone:
        """Add a thumbnail, captions or the playlist; a repeat changes nothing."""
        return self._publisher(task.upload).add(task)

    @activity.defn
    def withdraw(self, task: UploadTask) -> None:
        """The video was cancelled or failed: give back what its unfinished upload holds."""
        self._publisher(task).withdraw(task)

    @activity.defn
    def confirm(self, task: ConfirmTask) -> Confirmation:
        """Look once whether the film is processed and visible on the right channel; the workflow asks again until it is settled."""
        return self._publisher(task.upload).confirm(task)

    def _publisher(self, task: UploadTask) -> PublisherPort:
        return chosen(self._publishers, task.provider, "publishing", "`./ytempire youtube connect` sets YouTube up.")


def _beat(progress: UploadProgress) -> None:
    activity.heartbeat(progress)
