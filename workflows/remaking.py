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

MAKERS: tuple[tuple[Activity, Step], ...] = (
    (VoiceActivity.speak, Step.VOICE),
    (FootageActivity.find_footage, Step.FOOTAGE),
    (ThumbnailActivity.make_thumbnail, Step.THUMBNAIL),
    (CaptionsActivity.make_captions, Step.CAPTIONS),
    (PlanActivity.plan_film, Step.RENDER),
    (RenderActivity.render_film, Step.RENDER),
    (UploadActivity.write_metadata, Step.UPLOAD),
)
"""Those that look into the store before they make anything: asked once more, they find what is left there, at no cost."""
ITSELF: Mapping[str, tuple[Activity, Step]] = {
    "script": (ScriptActivity.write_script, Step.SCRIPT),
    FILM_FOLDER: (UploadActivity.publish, Step.UPLOAD),
}
"""Kinds that are made again only where they are missed themselves: another script would be another film, paid once more."""


def makers_of(missing: Collection[str]) -> list[tuple[Activity, Step]]:
    """Who is to be asked again where artifacts of these kinds were not found."""
    return [*(MAKERS if missing else ()), *(ITSELF[kind] for kind in sorted(missing) if kind in ITSELF)]
