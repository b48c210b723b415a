"""One OpenAI account: chat, pictures and moderation behind one address and one key, and scripts about what was asked."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fakes.openai_chat import KEY, FakeOpenAI, script_json
from tests.fakes.openai_images import FakeOpenAIImages
from tests.fakes.openai_moderation import FakeOpenAIModeration
from tests.fakes.server import FakeServer

_WORDS = (
    "water", "stone", "light", "morning", "harbour", "river", "engine", "letter", "winter", "garden", "market", "signal", "bridge",
    "forest", "copper", "window", "island", "circle", "silver", "thunder", "paper", "valley", "mirror", "planet", "carbon",
)  # fmt: skip


class TopicalScripts(FakeOpenAI):
    """Writes another script for each topic, the same one each time; the topic's own words are read aloud."""

    def _written(self, question: Any) -> str:
        topic = question["topic"]
        dice = random.Random(topic)
        script = json.loads(script_json(question["words"]))
        for number, scene in enumerate(script["scenes"]):
            told = [" ".join(dice.choices(_WORDS, k=8)) for _ in range(2)]
            scene["narration"] = f"Here is {told[0]} now. And there is {told[1]}." if number else f"{topic}. We saw {told[0]}."
            scene["visual"] = " ".join(dice.choices(_WORDS, k=2))
        return json.dumps(script | {"title": f"All about {topic}"[:70]})


class FakeOpenAIAccount(FakeServer):
    """The three services of `base_url` with `key`."""

    def __init__(self) -> None:
        self.key = KEY
        self.chat, self.images, self.moderation = TopicalScripts(), FakeOpenAIImages(KEY), FakeOpenAIModeration(KEY)
        super().__init__([*self.chat.routes, *self.images.routes, *self.moderation.routes])

    @property
    def base_url(self) -> str:
        """What the clients are given."""
        return f"{self.url}/v1"
