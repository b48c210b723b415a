"""What `ytempire video` refuses before anything is started, and in which words."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from models.errors import ComponentDown, InvalidRequest, NotFound, YtempireError
from models.settings import ROOT, Settings
from workers.stack import Running
from workers.video_api import Api
from workers.video_command import VideoOrder, _print_end, check_lines, cost_table, read_order


def order(topic: str = "", script: Path | None = None, media: Path | None = None, format: str = "") -> VideoOrder:
    return VideoOrder(
        topic=topic, script=script, media=media, format=format, level="standard", language="", voice="", niche="", seconds=None,
        auto_publish=True, keep=False,
    )  # fmt: skip


def test_a_topic_becomes_the_request() -> None:
    body, files = read_order(order("Why the sky is blue"))
    assert (body, files) == ({"level": "standard", "auto_publish": True, "topic": "Why the sky is blue"}, {})


def test_neither_topic_nor_script_is_refused_with_an_example() -> None:
    with pytest.raises(InvalidRequest, match=r"no topic and no script.*ytempire video"):
        read_order(order("   "))


def test_both_topic_and_script_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="both"):
        read_order(order("tides", script=tmp_path / "s.md"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"   \n\n ", "empty|no text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8, "not text|binary"),
        (b"word " * 2_000_000, "large|MB|long"),
        (b"---\ntitle: [broken\n---\nHello there.", "front matter"),
    ],
    ids=["empty", "blank", "binary", "huge", "broken front matter"],
)
def test_a_script_that_cannot_be_read_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "script.md"
    path.write_bytes(content)
    with pytest.raises(YtempireError, match=f"(?i){said}") as refused:
        read_order(order(script=path))
    assert refused.value.hint


def test_a_script_that_does_not_exist_is_named() -> None:
    with pytest.raises(NotFound, match=r"nowhere\.md"):
        read_order(order(script=Path("nowhere.md")))


def test_the_check_is_told_with_the_parts_that_lost_points_and_its_time_codes() -> None:
    problem = {"message": "The picture is black from 0:02 to 0:04 (2.0 s).", "fatal": True}
    lines = check_lines({"score": 82.4, "parts": {"picture": 30.0, "sound": 100.0}, "problems": [problem]})
    assert lines[0] == "Checked: 82 of 100 (picture 30)"
    assert "wrong" in lines[1] and "0:02 to 0:04 (2.0 s)" in lines[1]
    assert check_lines({}) == []


def test_the_costs_of_the_steps_are_the_total_with_tries_that_served_nobody() -> None:
    steps = [{"step": "script", "provider": "openai-small"}, {"step": "voice", "provider": "espeak", "part": "1"}]
    cost = {"by_step": {"script": "0.0700", "voice": "0.0100"}, "total": "0.0800"}
    table = cost_table(steps, cost)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows[:2] == [("script", "openai-small", "$0.0700"), ("voice", "", "$0.0100")]
    assert "$0.0800" in rows[2][2]


def test_words_in_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    video = {"status": "published", "title": "What [/s] means", "seconds": 5.0, "steps": [], "quality": {}}
    cost = {"by_step": {}, "total": "0", "unknown": "0"}
    running = Running(1, "http://127.0.0.1:1", "127.0.0.1:2", "http://127.0.0.1:3", "")
    _print_end(video, cost, running, 3.0)
    _print_end(video | {"status": "failed", "error": "no [/b] here"}, cost, running, 3.0)
    told = capsys.readouterr().err
    assert "What [/s] means" in told and "no [/b] here" in told


class _Answering(BaseHTTPRequestHandler):
    """An API that is away twice, then tells an event, then has none, then knows the caller no more."""

    answers: ClassVar[list[tuple[int, bytes]]] = []

    def do_GET(self) -> None:
        status, body = self.answers.pop(0) if self.answers else (401, b'{"detail": "That key is not known."}')
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_events_are_asked_for_again_with_a_pause_until_the_api_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, heard = list[float](), list[str]()
    monkeypatch.setattr("workers.video_api.time.sleep", pauses.append)
    _Answering.answers = [(503, b""), (500, b"{}"), (200, b'id: 7\nevent: video.queued\ndata: {"a": 1}\n\n'), (204, b"")]
    (tmp_path / "cli-token").write_text("key")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running = Running(1, f"http://127.0.0.1:{server.server_port}", "", "", "")
        api = Api(running, Settings(_env_file=None, data_dir=tmp_path))  # type: ignore[call-arg]
        with pytest.raises(InvalidRequest, match="not known"):
            heard.extend(event["event"] for event in api.events("1"))
        api.close()
        server.shutdown()
    assert (heard, len(pauses)) == (["ping", "ping", "video.queued"], 4)
    away = Api(running, Settings(_env_file=None, data_dir=tmp_path))  # type: ignore[call-arg]
    with pytest.raises(ComponentDown, match="does not answer"):
        away.generate({"topic": "tides"}, "key")


def test_pictures_that_a_script_names_are_found_beside_it_or_missed_by_name(tmp_path: Path) -> None:
    script = tmp_path / "script.md"
    script.write_text("# Tides\n\nThe sea comes and goes.\nvisual: sea.jpg\n")
    with pytest.raises(NotFound, match=r"sea\.jpg"):
        read_order(order(script=script))
    (tmp_path / "sea.jpg").write_bytes(b"x")
    assert read_order(order(script=script))[1] == {"sea.jpg": tmp_path / "sea.jpg"}


def test_pictures_from_a_mac_are_found_by_the_names_that_a_script_gives_them(tmp_path: Path) -> None:
    script = tmp_path / "script.md"
    script.write_text("---\nlogo: ma\u0308rke.png\n---\nThe sea comes and goes.\nvisual: h\u00f6he.jpg\n")
    kept = [tmp_path / name for name in ("ho\u0308he.jpg", "ma\u0308rke.png")]
    for path in kept:
        path.write_bytes(b"x")
    assert read_order(order(script=script))[1] == {"h\u00f6he.jpg": kept[0], "m\u00e4rke.png": kept[1]}


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["video"], {}, "no topic and no script"),
        (["video", "--script", "nowhere.md"], {}, "nowhere.md"),
        (["video", "tides"], {"YTEMPIRE_DATA_DIR": "/proc/nothing"}, "/proc/nothing"),
        (["video", "tides"], {"YTEMPIRE_API_PORT": "70000"}, "API_PORT"),
    ],
    ids=["nothing asked", "no such script", "unwritable folder", "impossible port"],
)
def test_a_refusal_is_a_sentence_without_a_stack_trace_and_the_exit_code_is_not_zero(
    tmp_path: Path, words: list[str], environment: dict[str, str], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *words],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "YTEMPIRE_DATA_DIR": str(tmp_path / "data")} | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode not in (0, -9)
    assert said.casefold() in told.casefold()
    assert "Traceback" not in told
