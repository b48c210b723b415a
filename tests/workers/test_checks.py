"""`./ytempire test` fails when a check or a test does, and says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers import checks

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
