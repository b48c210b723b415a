"""Scenes as they are designed, for tests."""

from __future__ import annotations

from models.videos.contracts import SceneDesign, Script, ScriptScene
from models.videos.palettes import PALETTES
from models.videos.scene_design import design_script


def shown_for(said: str, **more: object) -> SceneDesign:
    """The design of the second of three scenes."""
    scenes = [ScriptScene(index=0, narration="This is where the film begins."), ScriptScene(index=1, narration=said, **more)]  # type: ignore[arg-type]
    scenes.append(ScriptScene(index=2, narration="And this is where it ends."))
    return design_script(Script(title="t", scenes=tuple(scenes)), PALETTES["general"][0])[1]
