"""The operator's own script as a provider: nothing is written, the Markdown is read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePath

from activities.script.port import Brief, Written
from models.errors import InvalidRequest
from models.money import ZERO
from models.videos.contracts import Script, ScriptScene, VideoRequest
from models.videos.markdown import ParsedScript, is_media, parse_script, require_fit
from models.videos.topics import composed

NAME = "script.md"


class OperatorScript:
    """Reads the script that came with the request. Free."""

    name = "operator"
    version = "2"
    """Raised when the same script is read otherwise."""
    account = "local"
    paid = False

    async def estimate(self, brief: Brief) -> Decimal:
        """Nothing."""
        return ZERO

    async def write(self, brief: Brief) -> Written:
        """The operator's script as scenes.

        Raises:
            InvalidRequest: it cannot be read, is too long for the format, or names pictures that were not given.
        """
        request = brief.request
        parsed = parse_script(brief.source, name=NAME)
        language = _language(request, parsed)
        require_fit(parsed, request.format, language, name=NAME)
        scenes = tuple(_with_media(scene, request) for scene in parsed.scenes)
        return Written(
            Script(
                title=request.title or parsed.title,
                hook=scenes[0].narration,
                scenes=scenes,
                description=parsed.description,
                tags=tuple(dict.fromkeys((*request.tags, *parsed.tags))),
                language=language,
                voice=request.voice or parsed.voice,
                niche=request.niche if request.niche != "general" else parsed.niche or "general",
                source="operator",
            )
        )


def _language(request: VideoRequest, parsed: ParsedScript) -> str:
    """The request's language; where it is only the default, the script's own."""
    default = VideoRequest.model_fields["language"].default
    return parsed.language if parsed.language and request.language == default else request.language


def _with_media(scene: ScriptScene, request: VideoRequest) -> ScriptScene:
    """The scene with the name under which its picture was given."""
    if not is_media(scene.visual):
        return scene
    names = {composed(name): name for name in request.media}
    for name in (scene.visual, PurePath(scene.visual).name):
        if composed(name) in names:
            return scene.model_copy(update={"visual": names[composed(name)]})
    given = ", ".join(sorted(request.media)) or "none"
    raise InvalidRequest(
        f"Scene {scene.index + 1} shows {scene.visual!r}, which is not among the files given ({given}).",
        hint="Give the folder that holds it, or change the `visual:` line.",
        field="media",
    )
