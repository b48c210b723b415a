"""The timeline: the typed plan of a film and the only input of the engine. Same plan, same pictures.

Lengths are pixels of the film's own frame; times are seconds from the start of the scene unless said otherwise; the frame's
origin is its upper left corner. Every picture is a stack of layers, drawn in order. A layer's animated figure is a `Track`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.videos.contracts import ArtifactRef


class Part(BaseModel):
    """A frozen part of the plan; unknown fields are refused, so that a misspelt one is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ease(StrEnum):
    """How a figure moves to the keyframe that carries it."""

    HOLD = "hold"
    LINEAR = "linear"
    IN = "in"
    OUT = "out"
    IN_OUT = "in_out"
    BACK = "back"


class Key(Part):
    """A figure at a time."""

    at: float
    value: float
    ease: Ease = Ease.IN_OUT


Track = tuple[Key, ...]
"""Keys in order of time; before the first and after the last the figure holds. Empty: the layer's default."""


class Font(Part):
    """How text is set. `family` is a role of the brand, resolved to installed fonts: `display`, `text`, `mono`."""

    family: str = "text"
    size: float
    weight: int = 400
    colour: str = "#ffffff"
    letter_spacing: float = 0.0
    line_height: float = 1.15
    align: Literal["start", "center", "end"] = "start"
    outline: float = Field(default=0.0, description="width of the outline in pixels")
    outline_colour: str = "#000000"
    shadow: float = Field(default=0.0, description="blur radius of a soft shadow in pixels")


class TextContent(Part):
    """Shaped text, wrapped at `width` pixels (0: one line), shrunk to at most `max_lines` lines."""

    type: Literal["text"] = "text"
    text: str
    font: Font
    width: float = 0.0
    max_lines: int = 3
    language: str = "en"
    plate: str = Field(default="", description="colour (#rrggbb or #rrggbbaa) of a rounded plate behind the text; empty: none")
    plate_padding: float = 0.0
    accent: str = Field(default="", description="whole words of the text that are set in `accent_colour`")
    accent_colour: str = ""


class NumberContent(Part):
    """A number that counts: `track` is its value over time, written with `decimals` in the language's manner."""

    type: Literal["number"] = "number"
    track: Track
    decimals: int = 0
    prefix: str = ""
    suffix: str = ""
    font: Font
    language: str = "en"


class ShapeContent(Part):
    """A flat or gradient shape. `path`: SVG path data in the unit square (0..1), scaled to the shape's size."""

    type: Literal["shape"] = "shape"
    shape: Literal["rectangle", "ellipse", "ring", "path"]
    width: float
    height: float
    fill: str = ""
    fill2: str = Field(default="", description="second colour of a gradient from upper left to lower right")
    stroke: str = ""
    stroke_width: float = 0.0
    radius: float = 0.0
    blur: float = 0.0
    path: str = ""


class ImageContent(Part):
    """A picture with alpha: a logo, a cut-out."""

    type: Literal["image"] = "image"
    media: ArtifactRef
    name: str = Field(default="", description="what people call the file, for messages; changes no picture")
    width: float
    height: float
    radius: float = 0.0
    align: Literal["start", "center", "end"] = Field(default="center", description="where in a box that is wider than the picture")


SpriteContent = Annotated[TextContent | NumberContent | ShapeContent | ImageContent, Field(discriminator="type")]


class Sprite(Part):
    """Something drawn once and moved: text, number, shape, picture."""

    type: Literal["sprite"] = "sprite"
    content: SpriteContent
    x: float
    y: float
    anchor_x: float = Field(default=0.0, ge=0, le=1, description="which point of the sprite lies on (x, y)")
    anchor_y: float = Field(default=0.0, ge=0, le=1)
    start: float = 0.0
    end: float | None = Field(default=None, description="None: to the scene's end")
    opacity: Track = ()
    dx: Track = ()
    dy: Track = ()
    scale: Track = ()
    reveal: Track = Field(default=(), description="0..1: the share of the sprite that shows, wiped in `reveal_from`")
    reveal_from: Literal["left", "right", "top", "bottom"] = "left"


class Camera(Part):
    """A slow move over a still or clip: zoom (1 = fills the frame) and the centre (0..1 of the source)."""

    zoom: Track = ()
    x: Track = ()
    y: Track = ()


class GroundShape(Part):
    """A shape that lies on a ground, and moves with it."""

    content: ShapeContent
    x: float = Field(description="of the left edge of its box on the frame, while the camera looks at the middle of the ground")
    y: float


class Gradient(Part):
    """A designed background: layered gradients, soft shapes and grain, the same for the same seed."""

    type: Literal["gradient"] = "gradient"
    seed: int
    colours: tuple[str, ...] = Field(description="from the darkest ground to the lights, 2-5 of `#rrggbb`")
    style: Literal["mesh", "rays", "grid", "dots", "waves", "bokeh", "bands"] = "mesh"
    grain: float = Field(default=0.015, description="standard deviation of the luma grain, 0..1")
    shapes: tuple[GroundShape, ...] = Field(default=(), description="over it all, from the lowest to the uppermost")
    camera: Camera = Camera()


class Still(Part):
    """A picture of any shape, filling the frame; where it cannot, over a blurred copy of itself (`fit`)."""

    type: Literal["still"] = "still"
    media: ArtifactRef
    name: str = Field(default="", description="what people call the file, for messages; changes no picture")
    fit: Literal["cover", "contain"] = "cover"
    camera: Camera = Camera()


class Clip(Part):
    """A moving picture: scaled and cropped around `focus_x`, `focus_y` (`cover`), or shown whole in the middle over what lies below
    (`contain`, without a camera); looped or slowed to fill the scene."""

    type: Literal["clip"] = "clip"
    fit: Literal["cover", "contain"] = "cover"
    media: ArtifactRef
    name: str = Field(default="", description="what people call the file, for messages; changes no picture")
    offset: float = Field(default=0.0, description="seconds into the clip")
    speed: float = Field(default=1.0, gt=0)
    loop: bool = True
    focus_x: float = 0.5
    focus_y: float = 0.5
    camera: Camera = Camera()


class Shade(Part):
    """A dark gradient from an edge, so that text reads on any picture."""

    type: Literal["shade"] = "shade"
    edge: Literal["top", "bottom", "left", "right", "all"] = "bottom"
    size: float = 0.5
    strength: float = 0.6
    colour: str = "#000000"


Layer = Annotated[Gradient | Still | Clip | Shade | Sprite, Field(discriminator="type")]


class Transition(Part):
    """How a scene comes in over the one before it. It belongs to the incoming scene's segment."""

    kind: Literal["cut", "crossfade", "slide", "wipe", "fade_black"] = "cut"
    seconds: float = Field(default=0.0, ge=0, le=2)
    direction: Literal["left", "right", "up", "down"] = "left"


class CaptionWord(Part):
    """A word of a caption page; times are of the film."""

    text: str
    start: float
    end: float


class CaptionPage(Part):
    """At most two lines shown together; the spoken word is highlighted. Times are of the film."""

    start: float
    end: float
    lines: tuple[tuple[CaptionWord, ...], ...] = Field(min_length=1, max_length=2)
    language: str = "en"


class CaptionPages(Part):
    """Every caption of a film in order, none over another. Stored as an artifact of kind `captions` (JSON)."""

    pages: tuple[CaptionPage, ...] = ()


class CaptionStyle(Part):
    """How captions look and where they lie: `bottom` is the lower edge of the block in pixels from the top."""

    font: Font
    highlight: str = "#ffd54a"
    bottom: float
    width: float
    centre: float = Field(default=0.0, description="middle of the block in pixels from the left; 0: the middle of `width`")
    plate: str = ""


class Scene(Part):
    """One segment: its pictures from `start` to `end` of the film, in whole frames."""

    index: int
    first_frame: int = Field(ge=0)
    frames: int = Field(gt=0)
    layers: tuple[Layer, ...]
    transition: Transition = Transition()


class Sound(Part):
    """A piece of sound on the film: speech of a scene, an effect. `at` is seconds of the film."""

    media: ArtifactRef
    at: float
    gain_db: float = 0.0
    seconds: float | None = Field(default=None, gt=0, description="how much of it is heard; None: all")


class Music(Part):
    """The bed under the speech: the operator's own file, or generated from `seed` in `mood`."""

    media: ArtifactRef | None = None
    seed: int = 0
    mood: str = "calm"
    under_speech_db: float = Field(default=-20.0, description="level against the speech")
    rise_db: float = Field(default=6.0, description="how much it rises in pauses over a second")


class Effect(Part):
    """A generated sound at a transition. `at` is seconds of the film."""

    kind: Literal["whoosh", "tick", "rise"] = "whoosh"
    at: float
    gain_db: float = -18.0


class SoundTrack(Part):
    """Everything heard."""

    speech: tuple[Sound, ...] = ()
    clips: tuple[Sound, ...] = Field(default=(), description="clips that are heard themselves; the music is silent under them")
    music: Music | None = None
    effects: tuple[Effect, ...] = ()
    loudness: float = Field(default=-14.0, description="LUFS integrated")
    true_peak: float = Field(default=-1.0, description="dBTP")


class Output(Part):
    """The encoding of the film. Rates in kbit/s."""

    width: int = Field(gt=0, multiple_of=2)
    height: int = Field(gt=0, multiple_of=2)
    fps: int = Field(gt=0, le=120)
    video_rate: int
    audio_rate: int
    sample_rate: int = 48_000
    preset: Literal["standard", "fast"] = "standard"


class Timeline(Part):
    """The whole film."""

    version: Literal[1] = 1
    title: str
    output: Output
    scenes: tuple[Scene, ...] = Field(min_length=1)
    captions: tuple[CaptionPage, ...] = ()
    caption_style: CaptionStyle | None = None
    overlays: tuple[Sprite, ...] = Field(default=(), description="over every scene (logo, progress bar); times are of the film")
    sound: SoundTrack = SoundTrack()
    first_scene: int = Field(default=0, ge=0, description="place of the script's first scene: 1 where an intro comes before it")

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.scenes[-1].first_frame + self.scenes[-1].frames

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.output.fps

    @model_validator(mode="after")
    def _scenes_follow_each_other(self) -> Timeline:
        at = 0
        for place, scene in enumerate(self.scenes):
            if scene.index != place or scene.first_frame != at:
                raise ValueError(
                    f"scene {place} must have index {place} and begin at frame {at}, not {scene.index} at {scene.first_frame}"
                )
            if scene.transition.seconds * self.output.fps > scene.frames:
                raise ValueError(f"scene {place}: its transition of {scene.transition.seconds} s is longer than the scene")
            at += scene.frames
        return self
