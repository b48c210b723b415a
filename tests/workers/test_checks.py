"""`./ytempire test` fails when a check or a test does, and says which."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.errors import NotFound
from workers import checks
from workers.cli import app

GOOD, BAD = "pass", "raise SystemExit('it is wrong')"


@pytest.mark.parametrize(("check", "test", "code"), [(GOOD, "True", 0), (BAD, "True", 1), (GOOD, "False", 1)])
def test_checks_beside_the_tests_count_as_much_as_they_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], check: str, test: str, code: int
) -> None:
    (tmp_path / "test_one.py").write_text(f"def test_one():\n    assert {test}\n")
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setattr(checks, "CHECKS", (("small", ("python", "-c", check)),))
    monkeypatch.setattr(checks, "PROCESSES", 1)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist.plugin")  # no others: they take seconds to load
    assert checks.run_tests(()) == code
    said = capfd.readouterr().out
    assert ("FAIL small" if check == BAD else "ok   small") in said
    assert ("1 passed" if test == "True" else "1 failed") in said
    assert ("it is wrong" in said) == (check == BAD)


def test_help_of_benchmarks_names_those_that_are_commands_and_a_benchmark_gets_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "__init__.py").write_text("")
    (tmp_path / "benchmarks" / "material.py").write_text("")
    (tmp_path / "benchmarks" / "speed.py").write_text('import sys\nif __name__ == "__main__":\n    print(sys.argv[1:])\n')
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = CliRunner().invoke(app, ["bench", "--help"]).output
    assert "Benchmarks: speed " in told and "material" not in told
    assert CliRunner().invoke(app, ["bench", "speed", "--help", "--films", "2"]).exit_code == 0
    assert "['--help', '--films', '2']" in capfd.readouterr().out
    with pytest.raises(NotFound, match="There are: speed"):
        checks.run_benchmark("material", ())


def test_words_for_pytest_are_handed_on_whatever_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    assert CliRunner().invoke(app, ["test", "-k", "tides", "--version", "--help"]).exit_code == 0
    assert capfd.readouterr().out.startswith("pytest ")
