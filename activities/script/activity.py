"""The script step: a topic, or the operator's own text, becomes scenes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError
from temporalio import activity

from activities.calls import Calls, this_attempt
from activities.chosen import chosen
from activities.counters import count_reuse
from activities.script.port import Brief, ScriptPort, Written, similar_digest
from models.errors import BadOutput, Refused
from models.ids import digest_of
from models.videos.contracts import ArtifactRef, Contract, Provided, Script, ScriptMade, ScriptTask
from models.videos.pace import word_count
from models.videos.topics import clean_tag

if TYPE_CHECKING:
    from activities.artifacts import ArtifactStore

REUSED_FOR = timedelta(hours=1)
"""How long a paid script answers the same request of another video."""


class RecentScript(Contract):
    """Points to a script that was paid for; stored as an artifact of kind `script-recent` under its hour."""

    script: ArtifactRef
    made_at: datetime


class LastAnswer(Contract):
    """Heartbeat of an attempt that failed: why its answer could not be used, so that the next attempt can ask for a repair."""

    repair: str


class ScriptActivity:
    """Writes scripts. The same video's script is never paid for twice, nor the same request's within an hour."""

    def __init__(
        self,
        ports: Iterable[ScriptPort],
        artifacts: ArtifactStore,
        calls: Calls,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ports = {port.name: port for port in ports}
        self._artifacts = artifacts
        self._calls = calls
        self._now = now

    @activity.defn
    async def write_script(self, task: ScriptTask) -> ScriptMade:
        """The script of a video from one provider.

        Raises:
            InvalidRequest: the topic or the operator's script cannot be made into a film.
            ProviderError: the provider failed, refused, or answered with something that is no script.
            OverBudget: a cap would be passed.
        """
        port = chosen(self._ports, task.provider, "scripts")
        request = task.video.request
        source = await asyncio.to_thread(self._artifacts.read_bytes, request.script) if request.script else b""
        repair = task.repair or _last_fault()
        brief = Brief(request=request, channel_name=task.video.channel_name, source=source, repair=repair)
        asked = digest_of(
            "script", port.name, port.version, _asked(brief), request.script.digest if request.script else "", brief.channel_name
        )
        own = digest_of(asked, str(task.video.video_id), task.repair) if port.paid else asked
        found = await asyncio.to_thread(self._artifacts.find, "script", own)
        if found is None and port.paid and not repair:
            found = await asyncio.to_thread(self._recent, asked)
        count_reuse("script", hit=found is not None)
        if found:
            script = await asyncio.to_thread(self._artifacts.read_model, found, Script)
            return _made(found, script, Provided(provider=port.name, cached=True))
        try:
            written = await (self._paid(port, brief, task) if port.paid else port.write(brief))
            _check(port, written.script)
        except (BadOutput, Refused) as error:
            activity.heartbeat(LastAnswer(repair=error.what))
            raise
        ref = await asyncio.to_thread(self._artifacts.put_model, "script", own, written.script)
        if port.paid:
            await asyncio.to_thread(self._remember, asked, brief, ref, written.script)
        return _made(ref, written.script, Provided(provider=port.name, cost=written.cost))

    async def _paid(self, port: ScriptPort, brief: Brief, task: ScriptTask) -> Written:
        return await self._calls.paid(
            port.account,
            lambda: port.write(brief),
            video=task.video,
            operation="script",
            part=f"{port.name}:{this_attempt()}",
            price=await port.estimate(brief),
            cost=lambda written: written.cost,
        )

    def _recent(self, asked: str) -> ArtifactRef | None:
        """A script that answered the same request less than an hour ago."""
        now = self._now()
        for hour in (_hour(now), _hour(now - REUSED_FOR)):
            found = self._artifacts.find("script-recent", digest_of(asked, hour))
            if found:
                recent = self._artifacts.read_model(found, RecentScript)
                if now - recent.made_at <= REUSED_FOR:
                    return self._artifacts.find(recent.script.kind, recent.script.digest)
        return None

    def _remember(self, asked: str, brief: Brief, ref: ArtifactRef, script: Script) -> None:
        now = self._now()
        self._artifacts.put_model("script-recent", digest_of(asked, _hour(now)), RecentScript(script=ref, made_at=now))
        similar = similar_digest(brief)
        if similar:
            theirs = {clean_tag(tag) for tag in brief.request.tags}
            own = tuple(tag for tag in script.tags if tag not in theirs)
            self._artifacts.put_model("script-similar", similar, script.model_copy(update={"tags": own}))


def _last_fault() -> str:
    """What the attempt before this one found wrong with its answer."""
    details = activity.info().heartbeat_details
    try:
        return LastAnswer.model_validate(details[0]).repair if details else ""
    except ValidationError:
        return ""


def _asked(brief: Brief) -> dict[str, object]:
    """What of the request the script depends on: not who asked, when it is published, or its priority."""
    return brief.request.model_dump(
        mode="json",
        include={"topic", "title", "format", "level", "language", "voice", "niche", "tags", "seconds", "media"},
    )


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def _check(port: ScriptPort, script: Script) -> None:
    silent = [scene.index + 1 for scene in script.scenes if not scene.narration.strip()]
    misplaced = [scene.index for at, scene in enumerate(script.scenes) if scene.index != at]
    if not script.scenes or silent or misplaced or not script.title.strip():
        what = f"scenes without words: {silent}" if silent else "no title, no scenes, or scenes out of order"
        raise BadOutput(f"The script of {port.name} cannot be used: {what}.", provider=port.name)


def _made(ref: ArtifactRef, script: Script, provided: Provided) -> ScriptMade:
    return ScriptMade(
        script=ref,
        title=script.title,
        language=script.language,
        scenes=len(script.scenes),
        words=sum(word_count(scene.narration) for scene in script.scenes),
        provided=provided,
    )
