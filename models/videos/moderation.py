"""Whether a script may become a film: what a moderation service or our own rules found in it, in words."""

from __future__ import annotations

from pydantic import Field

from models.videos.contracts import ArtifactRef, Contract, Provided, Script, VideoInput

CATEGORIES = {
    "harassment": "harassment",
    "harassment/threatening": "threats against people",
    "hate": "hatred",
    "hate/threatening": "hatred with threats",
    "illicit": "instructions for something illegal",
    "illicit/violent": "instructions for violence or weapons",
    "self-harm": "self-harm",
    "self-harm/intent": "the wish to harm oneself",
    "self-harm/instructions": "instructions for self-harm",
    "sexual": "sexual content",
    "sexual/minors": "sexual content with minors",
    "violence": "violence",
    "violence/graphic": "violence shown in detail",
}
"""The categories of OpenAI's moderation, as people call them."""


class ModerationTask(Contract):
    """Input of the moderation of a script by one provider (chain `moderation`)."""

    video: VideoInput
    provider: str
    script: ArtifactRef


class Objection(Contract):
    """Something found in a script. `scene` None: its title, description or tags."""

    scene: int | None
    category: str = Field(description="in words for people")
    phrase: str = Field(default="", description="the words at fault, where they are known")
    score: float = Field(default=1.0, description="how sure, 0..1")
    serious: bool = Field(default=True, description="keeps the film from being made")

    @property
    def sentence(self) -> str:
        """For people: `Scene 3: violence (“...”)`."""
        where = "Title, description or tags" if self.scene is None else f"Scene {self.scene + 1}"
        return f"{where}: {self.category}" + (f" (“{self.phrase}”)" if self.phrase else "")


class ModerationVerdict(Contract):
    """Output: whether the film may be made, and if not, why, in words that name the scenes."""

    allowed: bool
    reason: str = ""
    objections: tuple[Objection, ...] = ()
    provided: Provided


def texts_of(script: Script) -> tuple[tuple[int | None, str], ...]:
    """What is looked at: first what is published around the film, then each scene with all that it says and shows."""
    around = "\n".join(part for part in (script.title, script.hook, script.description, ", ".join(script.tags)) if part)
    scenes = [
        (scene.index, "\n".join(part for part in (scene.heading, scene.narration, *scene.on_screen, scene.visual) if part))
        for scene in script.scenes
    ]
    return tuple((index, text) for index, text in [(None, around), *scenes] if text.strip())


def reason_of(objections: tuple[Objection, ...]) -> str:
    """One sentence for people; empty where nothing serious was found."""
    serious = [objection.sentence for objection in objections if objection.serious]
    return f"The script cannot be made into a film as it is. {'; '.join(serious)}." if serious else ""
