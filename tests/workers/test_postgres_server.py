"""The embedded PostgreSQL: data that survives every end, one server a folder, errors that say what to do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import asyncpg
import psutil
import pytest

from models.errors import Misconfigured
from models.settings import ROOT
from workers.postgres_server import PostgresServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of its own, ended whatever happens."""
    made = PostgresServer(tmp_path / "postgres")
    yield made
    made.stop()


async def _run(server: PostgresServer, statement: str) -> object:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_rows_survive_a_kill_and_the_address_stays(server: PostgresServer) -> None:
    server.start()
    address = server.url()
    await _run(server, "create table kept as select 42 as answer")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)], timeout=10)
    again = PostgresServer(server.data_dir).start()
    assert await _run(again, "select answer from kept") == 42
    assert again.url() == address
    again.stop()
    assert again.pid() is None
    assert await _run(server.start(), "select answer from kept") == 42


def test_many_starters_share_one_server(server: PostgresServer) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = [made.pid() for made in threads.map(lambda _: PostgresServer(server.data_dir).start(), range(4))]
    assert len(set(found)) == 1 and found[0] is not None


def test_the_last_of_its_users_ends_it_whoever_started_it(server: PostgresServer) -> None:
    first, second = PostgresServer(server.data_dir).start(), PostgresServer(server.data_dir).start()
    pid = server.pid()
    first.leave()
    third = PostgresServer(server.data_dir).start()
    second.stop(spare=True)
    assert third.pid() == pid is not None
    third.leave()
    assert server.pid() is None


def test_one_that_ran_for_nobody_stays(server: PostgresServer) -> None:
    PostgresServer(server.data_dir).start()  # as after a kill of its user
    found = PostgresServer(server.data_dir).start()
    found.leave()
    assert server.pid() is not None


def test_a_server_that_another_process_started_is_stopped(server: PostgresServer) -> None:
    """Its starter still lives and has not noticed the end of its child."""
    program = f"""
from pathlib import Path
from workers.postgres_server import PostgresServer
PostgresServer(Path({str(server.data_dir)!r})).start()
print('started', flush=True)
input()
"""
    starter = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert starter.stdout is not None and starter.stdout.readline() == b"started\n"
    server.stop(timeout=20)
    assert server.pid() is None and starter.poll() is None
    starter.communicate(b"\n")


def test_strangers_find_neither_the_password_nor_an_open_door(server: PostgresServer) -> None:
    server.start()
    assert (server.data_dir / "password").stat().st_mode & 0o777 == 0o600
    assert server.cluster.stat().st_mode & 0o777 == 0o700
    assert "trust" not in [
        line.split()[-1] for line in (server.cluster / "pg_hba.conf").read_text().splitlines() if line[:1] not in "#"
    ]


def test_a_taken_port_is_named_when_it_was_asked_for_and_replaced_when_it_was_not(server: PostgresServer) -> None:
    server.start()
    server.stop()
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        taken = server.port
        with pytest.raises(Misconfigured, match=rf"Port {taken} .* is taken.*YTEMPIRE_POSTGRES_PORT"):
            PostgresServer(server.data_dir, port=taken).start()
        assert PostgresServer(server.data_dir).start().port != taken


def test_a_start_that_broke_off_is_made_good_by_the_next(server: PostgresServer) -> None:
    half = server.data_dir / "cluster.part"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    (server.data_dir / "port").write_text("")  # as an older release left it when it was killed
    assert server.start().pid() is not None
    assert not half.exists()


def test_a_pid_file_that_names_a_strangers_process_is_stale(server: PostgresServer) -> None:
    server.start()
    kept = (server.cluster / "postmaster.pid").read_text().splitlines()
    server.stop()
    (server.cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *kept[1:]]) + "\n")
    assert server.pid() is None
    assert server.start().pid() not in (None, os.getpid())


def test_an_unwritable_folder_and_missing_binaries_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="file/postgres cannot be written"):
        PostgresServer(tmp_path / "file" / "postgres").start()
    with pytest.raises(Misconfigured, match="YTEMPIRE_POSTGRES_DIR"):
        PostgresServer(tmp_path / "postgres", bin_dir=tmp_path).start()
