"""Ports of the stack."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from models.errors import Misconfigured
from workers.ports import choose, port_of


def test_a_port_that_was_asked_for_and_is_taken_is_refused_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"{port}.*YTEMPIRE_API_PORT.*taken"):
            choose(port, "the API", "YTEMPIRE_API_PORT", tmp_path / "port")


def test_a_free_port_is_found_and_kept_for_the_next_start(tmp_path: Path) -> None:
    first = choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port")
    assert choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port") == first


@pytest.mark.parametrize("left", ["", "\0\0\0\0", "words"])
def test_a_note_that_cannot_be_read_is_written_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / "port").write_text(left)
    assert choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port") == int((tmp_path / "port").read_text())


def test_a_disk_that_fills_up_does_not_lose_the_port_of_last_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port")

    def full(path: Path, _: str) -> int:
        path.open("w").close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port") == first, "what is known is not written again"
    with socket.socket() as taken, pytest.raises(OSError, match="No space left"):
        taken.bind(("127.0.0.1", first))
        taken.listen()
        choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port")
    assert port_of(tmp_path / "port") == first


def test_a_usual_port_that_is_taken_gives_way_to_a_free_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = taken.getsockname()[1]
        assert choose(0, "the API", "YTEMPIRE_API_PORT", tmp_path / "port", usual) != usual
