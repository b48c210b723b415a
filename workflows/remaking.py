"""What a step finds gone from the artifact store is made again when a person retries: by which steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.footage.activity import FootageActivity
    from activities.render.activity import RenderActivity
    from activities.render.captioning import CaptionsActivity
    from activities.render.planning import PlanActivity
    from activities.script.activity import ScriptActivity
    from activities.thumbnail.activity import ThumbnailActivity
    from activities.upload.activity import UploadActivity
    from activities.voice.activity import VoiceActivity
    from models.videos.publishing import FILM_FOLDER
    from models.videos.status import Step
    from workflows.steps import Activity

ADDRESSED: tuple[tuple[Activity, Step], ...] = (
    (CaptionsActivity.make_captions, Step.CAPTIONS),
    (PlanActivity.plan_film, Step.RENDER),
    (RenderActivity.render_film, Step.RENDER),
    (UploadActivity.write_metadata, Step.UPLOAD),
)
"""Free ones that no provider serves: asked once more, they make of the same the same."""
SERVED: Mapping[str, tuple[Activity, Step]] = {
    "script": (ScriptActivity.write_script, Step.SCRIPT),
    "speech": (VoiceActivity.speak, Step.VOICE),
    "speech-audio": (VoiceActivity.speak, Step.VOICE),
    "take": (FootageActivity.find_footage, Step.FOOTAGE),
    "footage-file": (FootageActivity.find_footage, Step.FOOTAGE),
    "thumbnail": (ThumbnailActivity.make_thumbnail, Step.THUMBNAIL),
    FILM_FOLDER: (UploadActivity.publish, Step.UPLOAD),
}
"""By kind, those that a chain of providers serves: asked again only where that kind is gone, for another provider may
serve now, and be paid."""


def makers_of(missing: Collection[str]) -> list[tuple[Activity, Step]]:
    """Who is to be asked again where artifacts of these kinds were not found."""
    return [*(ADDRESSED if missing else ()), *(SERVED[kind] for kind in sorted(missing) if kind in SERVED)]
