"""The quality step: the finished film against its plan, before anybody publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from activities.quality.facts import spread
from activities.quality.judge import judge
from activities.quality.port import FilmInspector
from activities.quality.rules import duplicate_problems, safety_problems, words_of_script
from activities.render.phrases import join_words
from activities.render.timeline import CaptionPages, Timeline
from models.ids import digest_of
from models.videos.contracts import Script
from models.videos.finishing import Problem, QualityProgress, QualityReport, QualityTask

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

CHECKS_VERSION = 4
"""Raised when the checks change, so that an old verdict is not taken for a new one."""


class QualityActivity:
    """Checks films."""

    def __init__(self, store: ArtifactStore, inspector: FilmInspector) -> None:
        self._store, self._inspector = store, inspector

    @activity.defn
    def check_film(self, task: QualityTask) -> QualityReport:
        """Decode the whole film and judge it. Runs on a thread and heartbeats once a second of film.

        A film that does not pass is a report that says so, not an error.

        Raises:
            NotFound: the film, its plan or a speech is no longer in the store.
        """
        digest = digest_of("quality", CHECKS_VERSION, task.film.digest, task.timeline.digest, task.captions.digest, task.script,
                           [ref.digest for ref in task.recent], task.video.request.format, task.video.request.seconds)  # fmt: skip
        known = self._store.find("quality", digest)
        if known is not None:
            return self._store.read_model(known, QualityReport)
        timeline = self._store.read_model(task.timeline, Timeline)
        captions = self._store.read_model(task.captions, CaptionPages)
        speech = [(sound.at, self._store.path(sound.media)) for sound in spread(timeline.sound.speech)]

        def progress(done: float) -> None:
            if activity.in_activity():
                activity.heartbeat(QualityProgress(seconds_done=done, seconds=timeline.seconds))

        facts = self._inspector.inspect(self._store.path(task.film), speech, progress)
        request = task.video.request
        report = judge(facts, timeline, captions, request.format, self._text(task, captions), wished=request.seconds)
        if report.passed:  # a film that failed is looked at again when somebody asks again
            self._store.put_model("quality", digest, report)
        return report

    def _text(self, task: QualityTask, captions: CaptionPages) -> list[Problem]:
        if task.script is None:
            lines = (join_words([word.text for word in line], page.language) for page in captions.pages for line in page.lines)
            return safety_problems(" ".join(lines))
        script = self._store.read_model(task.script, Script)
        text = words_of_script(script)
        earlier = [self._store.read_model(ref, Script) for ref in task.recent]
        return [*safety_problems(text), *duplicate_problems(script, earlier)]
