"""The local writer: a whole, watchable script from a topic's words alone.

It knows nothing of the topic and claims nothing about it: it leads the viewer through the questions that open any topic, and
says so in the description. The texts are in `templates/<language>.yaml`; the same request gives the same script.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from activities.script.port import Brief, Written
from models.errors import InvalidRequest, NotServed
from models.ids import digest_of
from models.money import ZERO
from models.videos.contracts import SceneKind, Script, ScriptScene, VideoRequest
from models.videos.formats import PROFILES
from models.videos.metadata import stop_words
from models.videos.pace import spoken_seconds, word_count
from models.videos.sentences import sentences_of
from models.videos.topics import clean_line, spoken_topic, title_of

_FOLDER = Path(__file__).parent / "templates"
LANGUAGES = tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))
_PAUSE, _PAUSE_AFTER_POINT = 0.3, 0.7
_MOST_BREATH = 0.45
_FEWEST_WORDS = 8
_MARGIN = 0.92
"""A short may not pass its longest length: the voice may be a little slower than its estimate."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    say: str
    show: tuple[str, ...] = ()
    kind: SceneKind = SceneKind.STATEMENT
    see: str = ""
    words: bool = False


class _Point(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = ""
    heading: str
    scenes: tuple[_Line, ...]


class _Template(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str
    wordless: str
    numbers: tuple[str, ...]
    hooks: tuple[_Line, ...]
    turn: _Line
    promise: _Line
    points: tuple[_Point, ...]
    recap: _Line
    call: _Line
    description: str
    tags: tuple[str, ...]


_ORDERS = {
    0: (), 1: (0,), 2: (0, 2), 3: (0, 2, 4), 4: (0, 2, 4, 6), 5: (0, 1, 2, 4, 6), 6: (0, 1, 2, 4, 5, 6), 7: (0, 1, 2, 3, 4, 5, 6),
}  # fmt: skip
_SHORTER = ((3, False, True), (3, False, False), (2, False, False), (1, False, False), (0, False, False))
"""Shapes of a film that is too short for the usual one: how many points, whether with promise and recap."""
_OVER = 2.0
"""Seconds by which a script may pass the wished length."""
_SWAPS = {SceneKind.STATEMENT: SceneKind.PICTURE, SceneKind.PICTURE: SceneKind.STATEMENT}


@cache
def _template(language: str) -> _Template:
    """The texts of a language over the order, kinds and pictures of the English one."""
    plan: dict[str, Any] = yaml.safe_load((_FOLDER / "en.yaml").read_text(encoding="utf-8"))
    if language == "en":
        return _Template.model_validate(plan)
    texts: dict[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    for name in ("turn", "promise", "recap", "call"):
        texts[name] = plan[name] | texts[name]
    texts["hooks"] = [base | line for base, line in zip(plan["hooks"], texts["hooks"], strict=True)]
    for base, point in zip(plan["points"], texts["points"], strict=True):
        point["key"] = base["key"]
        point["scenes"] = [line | text for line, text in zip(base["scenes"], point["scenes"], strict=False)]
    return _Template.model_validate(texts)


class TemplateWriter:
    """Writes without a model, a network or a key. Free."""

    name = "template"
    version = "5"
    account = "local"
    paid = False

    async def estimate(self, brief: Brief) -> Decimal:
        """Nothing."""
        return ZERO

    async def write(self, brief: Brief) -> Written:
        """The script.

        Raises:
            InvalidRequest: the topic is empty.
            NotServed: the template has no texts in the language.
        """
        return Written(template_script(brief.request))


def template_script(request: VideoRequest) -> Script:
    """The script of a request; see `TemplateWriter.write`."""
    language = request.language.replace("_", "-").split("-")[0].lower()
    if language not in LANGUAGES:
        raise NotServed(
            f"The built-in writer has no texts in {request.language!r}; it writes {', '.join(LANGUAGES)}.",
            provider="template",
            hint="Give a script of your own, or set a key of a script provider.",
        )
    line = clean_line(request.topic)
    if not line:
        raise InvalidRequest("The topic is empty.", hint="Say in a few words what the video is about.", field="topic")
    template = _template(language)
    return _Composer(template, request, line, language).script()


class _Composer:
    """Fits the template's lines to a topic and a length."""

    def __init__(self, template: _Template, request: VideoRequest, line: str, language: str) -> None:
        self._template = template
        self._request = request
        self._language = language
        self._line = line
        self._topic = spoken_topic(line, template.wordless).lstrip("¿¡")
        self._asked = line[-1] if line[-1] in "?？؟" and self._topic != template.wordless else ""
        profile = PROFILES[request.format]
        self._seconds = float(request.seconds or profile.wished)
        if self._seconds > profile.longest * _MARGIN:
            self._seconds = profile.longest * _MARGIN
        self._seed = int(digest_of("template", line, language)[:8], 16)
        self._points: list[_Point] = []

    def script(self) -> Script:
        """Hook, promise, points, recap, call: as many points and lines as the length wants."""
        title = self._request.title or title_of(self._line, self._template.wordless)
        count = next(n for n, longest in ((3, 60), (4, 100), (5, 160), (6, 240), (7, float("inf"))) if self._seconds <= longest)
        for shape in ((count, True, True), *_SHORTER):
            told = self._tightened(self._shaped(title, *shape))
            if sum(map(self._length, told)) <= self._seconds + _OVER:
                break
        scenes = _varied(self._breathing(told))
        return Script(
            title=title,
            hook=scenes[0].narration,
            scenes=scenes,
            description=f"{self._filled(self._template.description)}\n\n{self._template.note}",
            tags=self._tags(),
            language=self._request.language,
            voice=self._request.voice,
            niche=self._request.niche,
            source="template",
        )

    def _shaped(self, title: str, count: int, promise: bool, recap: bool) -> list[ScriptScene]:
        self._points = [self._template.points[index] for index in _ORDERS[count]]
        opening = [self._scene(self._hook(), heading=title)]
        if self._seconds > 75:
            opening.append(self._scene(self._template.turn))
        if promise:
            opening.append(self._scene(self._template.promise, pause=_PAUSE_AFTER_POINT))
        closing = [self._scene(self._template.recap, pause=0.6)] if recap else []
        closing.append(self._scene(self._template.call, heading=title, pause=1.0))
        depths = self._depths(self._seconds - sum(map(self._length, opening + closing)))
        body = [scene for point, depth in zip(self._points, depths, strict=True) for scene in self._told(point, depth)]
        return opening + body + closing

    def _hook(self) -> _Line:
        words = word_count(self._topic)
        fitting = [line for line in self._template.hooks if not line.words or 2 <= words <= 9]
        return fitting[self._seed % len(fitting)]

    def _depths(self, seconds: float) -> list[int]:
        """How many lines of each point fit: every point its first, then one more each in turn."""
        depths = [1] * len(self._points)
        left = seconds - sum(sum(map(self._length, self._told(point, 1))) for point in self._points)
        grown = True
        while grown and left > 0:
            grown = False
            for index, point in enumerate(self._points):
                if depths[index] == len(point.scenes):
                    continue
                more = self._length(self._scene(point.scenes[depths[index]]))
                if more > left + 2:
                    continue
                depths[index] += 1
                left -= more
                grown = True
        return depths

    def _tightened(self, scenes: list[ScriptScene]) -> list[ScriptScene]:
        """Last sentences go, the longest scene first, while a short film would be too long."""
        while sum(map(self._length, scenes)) > self._seconds + _OVER:
            longest = max(
                (index for index, scene in enumerate(scenes) if self._without_last(scene)),
                key=lambda index: self._length(scenes[index]),
                default=None,
            )
            if longest is None:
                break
            scenes[longest] = scenes[longest].model_copy(update={"narration": self._without_last(scenes[longest])})
        return scenes

    def _breathing(self, scenes: list[ScriptScene]) -> list[ScriptScene]:
        """Longer pauses where everything is told and time is left."""
        left = self._seconds - sum(map(self._length, scenes))
        more = min(_MOST_BREATH, left / len(scenes))
        if more < 0.05:
            return scenes
        return [scene.model_copy(update={"pause_after": round(scene.pause_after + more, 2)}) for scene in scenes]

    def _without_last(self, scene: ScriptScene) -> str:
        """The narration less its last sentence; empty where what is left would say too little."""
        kept = " ".join(sentences_of(scene.narration, self._language)[:-1])
        alone = kept.strip("¿.?。।？؟").casefold() == self._topic.casefold()
        return kept if word_count(kept) >= _FEWEST_WORDS and not alone else ""

    def _told(self, point: _Point, depth: int) -> list[ScriptScene]:
        scenes = [self._scene(line) for line in point.scenes[:depth]]
        scenes[0] = scenes[0].model_copy(update={"heading": point.heading})
        scenes[-1] = scenes[-1].model_copy(update={"pause_after": _PAUSE_AFTER_POINT})
        return scenes

    def _scene(self, line: _Line, *, heading: str = "", pause: float = _PAUSE) -> ScriptScene:
        return ScriptScene(
            index=0,
            kind=line.kind,
            heading=heading,
            narration=self._filled(line.say),
            visual=line.see,
            on_screen=tuple(self._filled(text) for text in line.show),
            pause_after=pause,
        )

    def _filled(self, text: str) -> str:
        numbers, points = self._template.numbers, len(self._points)
        words = numbers[min(word_count(self._topic), 9)]
        topic = self._topic if not text.startswith("{topic}") else self._topic[0].upper() + self._topic[1:]
        if self._asked:  # a topic that asks is read as a question where it is a sentence
            opening = "¿" if self._language == "es" else ""
            text = re.sub(r"\{topic\}[.。।]", f"{opening}{{topic}}{self._asked}", text)
        # Replaced one by one: a topic may hold braces of its own.
        for name, value in (
            ("{n}", numbers[points]), ("{N}", str(points)), ("{words}", words), ("{Words}", words.capitalize()), ("{topic}", topic),
        ):  # fmt: skip
            text = text.replace(name, value)
        return text

    def _length(self, scene: ScriptScene) -> float:
        return spoken_seconds(scene.narration, self._language) + scene.pause_after

    def _tags(self) -> tuple[str, ...]:
        words = (word.strip(".,;:!?") for word in self._topic.split())
        own = [self._topic, *(word for word in words if len(word) > 3 and word.casefold() not in stop_words(self._language))]
        niche = [] if self._request.niche == "general" else [self._request.niche]
        wanted = [*self._request.tags, *own, *niche, *self._template.tags]
        return tuple(dict.fromkeys(tag.strip(".,;:!?").lower() for tag in wanted if 1 < len(tag) <= 60))[:15]


def _varied(scenes: list[ScriptScene]) -> tuple[ScriptScene, ...]:
    """Numbered; of three neighbours of one kind the third becomes another."""
    numbered: list[ScriptScene] = []
    for index, scene in enumerate(scenes):
        kind = scene.kind
        if index > 1 and numbered[-1].kind == numbered[-2].kind == kind:
            kind = _SWAPS.get(kind, SceneKind.STATEMENT)
        numbered.append(scene.model_copy(update={"index": index, "kind": kind}))
    return tuple(numbered)
