"""The `./ytempire` script: it makes an environment, sees when the one that is there is no good any more, and asks for packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pip
import pytest

from models.settings import ROOT

LIBRARY = Path("lib") / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
COMMAND = "import sys\nprint(sys.prefix, sys.argv[1:])\n"
PYTHON = f"""#!/bin/sh
# The real one, whose new environments borrow a pip: to unpack one takes seconds.
case "$*" in
    "-m venv "*) {sys.executable} -m venv --without-pip "$3" && ln -s {Path(pip.__file__).parent} "$3/{LIBRARY}/pip" ;;
    *) exec {sys.executable} "$@" ;;
esac
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that needs no package and whose command says where it runs."""
    root = tmp_path / "checkout"
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "runtime.lock").write_text("")
    (root / "workers").mkdir()
    (root / "workers" / "cli.py").write_text(COMMAND)
    shutil.copy(ROOT / "ytempire", root / "ytempire")
    return root


def run(checkout: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    python = program(checkout.parent / "python" / "python3", PYTHON)
    return subprocess.run(
        [checkout / "ytempire", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(checkout), "YTEMPIRE_PYTHON": str(python)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_runs(checkout: Path, done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stdout) == (0, f"{checkout / '.venv'} ['up']\n"), done.stderr


def test_an_environment_is_made_once(checkout: Path) -> None:
    first = run(checkout, "up")
    assert_runs(checkout, first)
    assert "Installing Python packages" in first.stderr
    again = run(checkout, "up")
    assert_runs(checkout, again)
    assert again.stderr == ""


@pytest.mark.parametrize("what", ["replaced", "gone"])
def test_an_environment_whose_python_was_replaced_or_is_gone_is_made_anew(checkout: Path, what: str) -> None:
    assert_runs(checkout, run(checkout, "up"))
    venv = checkout / ".venv"
    lock = (venv / ".setup-lock").stat().st_ino
    if what == "replaced":  # the link leads to another release now, which looks for its packages elsewhere
        (venv / "lib" / LIBRARY.parts[1]).rename(venv / "lib" / "python3.9")
    else:
        (venv / "bin" / "python").unlink()
        (venv / "bin" / "python").symlink_to("/nowhere/python3")
    program(venv / "bin" / "pip", "as it was")
    done = run(checkout, "up")
    assert_runs(checkout, done)
    assert (venv / LIBRARY).is_dir() and not (venv / "lib" / "python3.9").exists()
    assert (venv / ".setup-lock").stat().st_ino == lock  # others may wait at it
    assert run(checkout, "up").stderr == ""


def test_system_packages_are_installed_without_questions_also_by_sudo(checkout: Path) -> None:
    font, asked = checkout / "font.ttf", checkout / "asked"
    script = (checkout / "ytempire").read_text()
    (checkout / "ytempire").write_text(script.replace("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", str(font)))
    programs = checkout.parent / "programs"
    program(programs / "id", "#!/bin/sh\necho 1000\n")
    program(programs / "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec env -i PATH="$PATH" "$@"\n')
    program(programs / "apt-get", f'#!/bin/sh\necho "$DEBIAN_FRONTEND $1" >>{asked}\n[ "$1" = update ] || touch {font}\n')
    assert_runs(checkout, run(checkout, "up", PATH=f"{programs}:{os.environ['PATH']}"))
    assert asked.read_text() == "noninteractive update\nnoninteractive install\n"
