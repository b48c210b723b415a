"""What the steps of a film hand to each other: references and small values, never file contents.

Everything here crosses Temporal as JSON and may lie in a history for months: a field may be added with a default, never
renamed or given another meaning.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from models.money import ZERO, Money


class Contract(BaseModel):
    """A frozen value. Unknown fields are ignored, so that an older worker reads what a newer one wrote."""

    model_config = ConfigDict(frozen=True)


class VideoFormat(StrEnum):
    """The formats of a film; figures are in `models.videos.formats`."""

    STANDARD = "standard"
    LONG = "long"
    SHORT = "short"
    ECONOMY = "economy"


class Level(StrEnum):
    """How much a video may spend on quality (the column `level` of the pipeline's table)."""

    ECONOMY = "economy"
    STANDARD = "standard"
    PREMIUM = "premium"


class ArtifactRef(Contract):
    """Something a step made, addressed by what it was made from."""

    kind: str
    digest: str = Field(description="SHA-256 of the inputs, 64 hex digits")
    media_type: str
    size: int = Field(ge=0, description="bytes")


class Palette(Contract):
    """Five colours of a channel, `#rrggbb`; text on background and on surface has a contrast of 4.5 at least."""

    background: str
    surface: str
    text: str
    accent: str
    accent2: str


class BrandColours(Contract):
    """Colours that an operator chose, `#rrggbb`; empty ones are found to go with the others."""

    background: str = ""
    surface: str = ""
    text: str = ""
    accent: str = ""
    accent2: str = ""


class Ident(Contract):
    """What opens or closes a channel's films: a clip or picture of its own, or a designed card with its name and logo."""

    card: bool = False
    media: ArtifactRef | None = None
    name: str = Field(default="", description="of the file, for messages")


class Brand(Contract):
    """How a channel looks and sounds, as far as its operator said so; the rest follows from the niche."""

    colours: BrandColours = BrandColours()
    logo: ArtifactRef | None = None
    music: ArtifactRef | None = None
    intro: Ident = Ident()
    outro: Ident = Ident()


class VideoRequest(Contract):
    """What was asked for. Exactly one of `topic` and `script` (an artifact of kind `source-script`) leads the script step."""

    topic: str = ""
    script: ArtifactRef | None = None
    title: str = ""
    format: VideoFormat = VideoFormat.STANDARD
    level: Level = Level.STANDARD
    language: str = Field(default="en", description="BCP 47")
    voice: str = ""
    niche: str = "general"
    tags: tuple[str, ...] = ()
    seconds: int | None = Field(default=None, description="wished length; None is the format's own")
    auto_publish: bool = True
    publish: bool = Field(default=True, description="False: the film is made and kept (`completed`)")
    publish_at: datetime | None = None
    priority: int = Field(default=3, ge=1, le=5, description="1 is first")
    media: dict[str, ArtifactRef] = Field(default_factory=dict, description="the operator's own pictures and clips, by file name")


class Provided(Contract):
    """Which provider served a step, at what cost, and why those before it did not."""

    provider: str
    cost: Money = ZERO
    passed_over: tuple[str, ...] = Field(default=(), description="`name: reason` of each provider tried or skipped before")
    cached: bool = False


class ScriptMade(Contract):
    """Output of the script step."""

    script: ArtifactRef
    title: str
    language: str
    scenes: int
    words: int
    provided: Provided


class Kept(Contract):
    """What a step has made, and of what: a run that goes on does not make it again."""

    source: ArtifactRef | None = Field(default=None, description="the script it was made of; None: a topic")
    artifacts: tuple[ArtifactRef, ...] = ()
    script: ScriptMade | None = Field(default=None, description="of the script step")


class Carried(Contract):
    """What a run hands to the run that continues it."""

    approved: bool = False
    seen: str = Field(default="", description="digest of the film that was approved, or whose check was skipped")
    economy: str = Field(default="", description="why the economy way was chosen")
    skipped: tuple[str, ...] = ()
    parks: int = Field(default=0, description="times it waited for a provider, for growing pauses")
    location: str = Field(default="", description="where its film is out already: nothing calls that back")
    made: dict[str, Kept] = Field(default_factory=dict, description="by step, of those that providers serve")
    providers: dict[str, Provided] = Field(default_factory=dict, description="who served each step, for people")
    spent: Money = ZERO


class VideoInput(Contract):
    """Input of `VideoWorkflow`."""

    video_id: UUID
    user_id: UUID
    channel_id: UUID
    channel_name: str = ""
    weight: int = Field(default=1, description="scheduling weight of the user's plan")
    request: VideoRequest
    brand: Brand = Brand()
    carried: Carried = Carried()


class VideoOutcome(Contract):
    """Result of `VideoWorkflow`."""

    video_id: UUID
    status: str
    detail: str = ""
    location: str = ""


# --- script ---------------------------------------------------------------------------------------------------------


class SceneKind(StrEnum):
    """What a scene shows (the yardstick of good films): chosen by its content."""

    TITLE = "title"
    STATEMENT = "statement"
    NUMBER = "number"
    LIST = "list"
    QUOTATION = "quotation"
    COMPARISON = "comparison"
    TIMELINE = "timeline"
    DIAGRAM = "diagram"
    PICTURE = "picture"
    CLIP = "clip"
    END_CARD = "end_card"


class ScriptScene(Contract):
    """One idea: what is said and what is seen."""

    index: int
    kind: SceneKind = SceneKind.STATEMENT
    heading: str = ""
    narration: str
    visual: str = Field(default="", description="what the picture shows, in words; or the name of one of the operator's own files")
    on_screen: tuple[str, ...] = Field(
        default=(), description="short texts on the picture: list points, a number and its label, sides of a comparison"
    )
    pause_after: float = Field(default=0.3, ge=0, le=5, description="seconds")
    language: str = ""


class Script(Contract):
    """A whole script, stored as an artifact of kind `script` (JSON)."""

    title: str
    hook: str = ""
    scenes: tuple[ScriptScene, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    language: str = "en"
    voice: str = ""
    niche: str = "general"
    source: str = Field(default="template", description="template, operator, or the provider that wrote it")
    sources: tuple[str, ...] = Field(default=(), description="works the script leans on, for the description")


class ScriptTask(Contract):
    """Input of the script step for one provider."""

    video: VideoInput
    provider: str
    repair: str = Field(default="", description="why the provider's last answer was not usable")


# --- voice ----------------------------------------------------------------------------------------------------------


class Word(Contract):
    """A spoken word: the text as it is read, with its time in the scene's sound."""

    text: str
    start: float = Field(description="seconds from the start of the scene's sound")
    end: float


class Speech(Contract):
    """A scene's speech, stored as an artifact of kind `speech` (JSON) beside its sound (FLAC, mono, 48 kHz)."""

    scene: int
    audio: ArtifactRef
    seconds: float = Field(description="of the scene: the sound, and the pause after it")
    words: tuple[Word, ...]
    provider: str
    voice: str
    language: str


class VoiceTask(Contract):
    """Input of the voice step: some scenes of a script, spoken by one provider in one voice."""

    video: VideoInput
    provider: str
    script: ArtifactRef
    scenes: tuple[int, ...]
    tempo: float = Field(
        default=1.0, ge=0.8, le=1.3, description="how much faster than spoken: for a film that would pass its longest length"
    )


class VoiceMade(Contract):
    """Output of the voice step."""

    speech: tuple[ArtifactRef, ...] = Field(description="one of kind `speech` for each scene of the task, in its order")
    seconds: float
    provided: Provided


# --- footage --------------------------------------------------------------------------------------------------------


class DesignItem(Contract):
    """A part of a designed picture: a list point, a side of a comparison, a date of a timeline, a node of a diagram."""

    label: str
    detail: str = ""
    value: float | None = None
    unit: str = ""


class SceneDesign(Contract):
    """A designed motion-graphics picture: what it shows; how it moves is the render step's."""

    kind: SceneKind
    seed: int
    palette: Palette
    variant: int = Field(default=0, description="which of the kind's layouts")
    heading: str = ""
    text: str = ""
    items: tuple[DesignItem, ...] = ()
    icon: str = Field(default="", description="name of a drawn symbol, empty for none")
    language: str = "en"


class Take(Contract):
    """What fills the picture of one scene. Stored as an artifact of kind `take` (JSON)."""

    scene: int
    kind: Literal["clip", "still", "design"]
    media: ArtifactRef | None = Field(default=None, description="of a clip or still")
    design: SceneDesign | None = Field(default=None, description="of a design; for clips and stills, what is written over them")
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    focus_x: float = Field(default=0.5, ge=0, le=1, description="what matters in the picture, as shares of its width and height")
    focus_y: float = Field(default=0.5, ge=0, le=1)
    face: float = Field(default=0.0, ge=0, le=1, description="height of the face whose eyes the focus is on, as a share; 0: none")
    looks: int = Field(default=1, description="version of the rules by which the focus was found")
    see_through: bool = Field(default=False, description="it has alpha, and is shown whole")
    provider: str = ""
    source_id: str = Field(default="", description="the provider's id of the clip, to use none twice")
    licence: str = ""
    author: str = ""
    page: str = Field(default="", description="where the licence and author can be read")
    credit: str = Field(default="", description="the line that the licence wants in the description, empty where none")


class FootageTask(Contract):
    """Input of the footage step: some scenes of a script, from one provider."""

    video: VideoInput
    provider: str
    script: ArtifactRef
    scenes: tuple[int, ...]


class FootageMade(Contract):
    """Output of the footage step. `missing` are scenes for which the provider had nothing: the next provider's."""

    takes: tuple[ArtifactRef, ...] = Field(description="of kind `take`, for the scenes of the task less `missing`, in order")
    missing: tuple[int, ...] = ()
    provided: Provided


# --- captions, render -----------------------------------------------------------------------------------------------


class CaptionsTask(Contract):
    """Input of the captions step."""

    video: VideoInput
    script: ArtifactRef
    speech: tuple[ArtifactRef, ...]
    economy: bool = False


class CaptionsMade(Contract):
    """Output: caption pages (kind `captions`, JSON), and the same timings as SRT and WebVTT."""

    pages: ArtifactRef
    srt: ArtifactRef
    vtt: ArtifactRef
    seconds: float = Field(description="length of the film that the timings follow")


class PlanTask(Contract):
    """Input of the planning of a film: everything that its timeline is made from."""

    video: VideoInput
    script: ArtifactRef
    speech: tuple[ArtifactRef, ...]
    takes: tuple[ArtifactRef, ...]
    captions: ArtifactRef
    economy: bool = False


class FilmPlanned(Contract):
    """Output: the timeline (kind `timeline`, JSON) and what it takes to render it."""

    timeline: ArtifactRef
    segments: int
    seconds: float
    complex: bool = Field(default=False, description="many layers or clips: better on a GPU")


class RenderTask(Contract):
    """Input of the render step."""

    video: VideoInput
    timeline: ArtifactRef


class FilmMade(Contract):
    """Output of the render step."""

    film: ArtifactRef
    seconds: float
    segments: int
    segments_reused: int
    encoder: str
    fallback: str = Field(default="", description="why not the encoder that was asked for")
    render_seconds: float = 0.0
