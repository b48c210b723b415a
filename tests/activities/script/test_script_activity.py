"""The script step: topics and the operator's own scripts become kept scripts."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import LocalStore
from temporalio.testing import ActivityEnvironment

from activities.artifacts import ArtifactStore
from activities.calls import Calls
from activities.script.activity import ScriptActivity
from activities.script.operator import OperatorScript
from activities.script.template import TemplateWriter
from models.errors import InvalidRequest
from models.videos.contracts import ArtifactRef, Script, ScriptMade, ScriptTask, VideoFormat, VideoInput, VideoRequest
from tests.fakes.ledger import FreeOfCharge, NoBreakers

MARKDOWN = b"---\nlanguage: de\ntags: [himmel]\n---\n# Der Himmel\n\nEr ist blau.\n\nvisual: sky.jpg\n\nUnd weit."


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(LocalStore(tmp_path), tmp_path / "cache")


async def _write(artifacts: ArtifactStore, request: VideoRequest, provider: str) -> ScriptMade:
    step = ScriptActivity((TemplateWriter(), OperatorScript()), artifacts, Calls(FreeOfCharge(), NoBreakers()))
    video = VideoInput(video_id=uuid4(), user_id=uuid4(), channel_id=uuid4(), request=request)
    return await ActivityEnvironment().run(step.write_script, ScriptTask(video=video, provider=provider))


async def test_a_topic_becomes_a_kept_script_that_a_second_video_reuses(artifacts: ArtifactStore) -> None:
    request = VideoRequest(topic="Why the sky is blue", format=VideoFormat.SHORT)
    first = await _write(artifacts, request, "template")
    again = await _write(artifacts, request, "template")
    script = artifacts.read_model(first.script, Script)
    assert (first.title, first.scenes, first.provided.cached) == ("Why the sky is blue", len(script.scenes), False)
    assert again.script == first.script
    assert again.provided.cached


async def test_an_operators_script_is_read_with_its_front_matter(artifacts: ArtifactStore) -> None:
    source = artifacts.put_content("source-script", MARKDOWN)
    picture = ArtifactRef(kind="media", digest="0" * 64, media_type="image/jpeg", size=1)
    made = await _write(artifacts, VideoRequest(script=source, media={"sky.jpg": picture}, tags=("blau",)), "operator")
    script = artifacts.read_model(made.script, Script)
    assert (script.title, script.language, script.tags, script.source) == ("Der Himmel", "de", ("blau", "himmel"), "operator")
    assert [scene.visual for scene in script.scenes] == ["sky.jpg", ""]


async def test_a_picture_that_was_not_given_is_refused_naming_scene_and_files(artifacts: ArtifactStore) -> None:
    source = artifacts.put_content("source-script", MARKDOWN)
    with pytest.raises(InvalidRequest, match=r"Scene 1 shows 'sky.jpg', which is not among the files given \(none\)") as refused:
        await _write(artifacts, VideoRequest(script=source), "operator")
    assert refused.value.field == "media"


async def test_a_picture_from_a_mac_is_known_by_its_name(artifacts: ArtifactStore) -> None:
    source = artifacts.put_content("source-script", "Er ist weit.\n\nvisual: h\u00f6he.jpg".encode())
    picture = ArtifactRef(kind="media", digest="0" * 64, media_type="image/jpeg", size=1)
    made = await _write(artifacts, VideoRequest(script=source, media={"ho\u0308he.jpg": picture}), "operator")
    assert [scene.visual for scene in artifacts.read_model(made.script, Script).scenes] == ["ho\u0308he.jpg"]


async def test_an_operators_script_too_long_for_a_short_is_refused(artifacts: ArtifactStore) -> None:
    source = artifacts.put_content("source-script", b"One two three four five. " * 60)
    with pytest.raises(InvalidRequest, match="a short film is at most 60 s"):
        await _write(artifacts, VideoRequest(script=source, format=VideoFormat.SHORT), "operator")
