"""`ytempire inspect` shows a film as one picture and says what is odd about it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from models.errors import InvalidRequest, MediaError, NotFound
from tests.activities.quality.films import HEIGHT, RATE, WIDTH, Film, moving, voice
from workers.cli import app
from workers.contact_sheet import SPOKEN, WAVE, WRONG
from workers.inspect_command import contact_sheet

SRT = "1\n00:00:00,500 --> 00:00:02,000\nWhy is the sky blue?\n\n2\n00:00:03,000 --> 00:00:05,500\nلماذا السماء زرقاء؟\n"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = voice(6)
    sound[4 * RATE :] = 0
    path = Film(sound=sound, picture=lambda n: np.full((HEIGHT, WIDTH), 16, np.uint8) if n < 45 else moving(n)).write(
        tmp_path_factory.mktemp("film") / "blue.mp4"
    )
    path.with_suffix(".srt").write_text(SRT, "utf-8")
    return path


def has(picture: np.ndarray, colour: str) -> int:
    """How many pixels have exactly this colour."""
    return int((picture == np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])).all(axis=2).sum())


def test_a_sheet_shows_frames_waveform_captions_and_silence(film: Path, tmp_path: Path) -> None:
    facts = contact_sheet(film, tmp_path / "made" / "sheet.png")
    picture = np.asarray(Image.open(tmp_path / "made" / "sheet.png"))
    assert picture.shape[1] == 1680
    assert has(picture, WAVE) > 5_000 and has(picture, SPOKEN) > 5_000 and has(picture, WRONG) > 100
    assert facts.picture is not None and facts.picture.frames == 180


def test_captions_may_be_named_and_need_not_exist(film: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.mp4"
    alone.write_bytes(film.read_bytes())
    contact_sheet(alone, tmp_path / "none.png")
    contact_sheet(alone, tmp_path / "some.png", film.with_suffix(".srt"))
    none, some = (np.asarray(Image.open(tmp_path / name)) for name in ("none.png", "some.png"))
    assert has(some, SPOKEN) > has(none, SPOKEN) + 5_000


def test_a_vertical_film_has_a_sheet_of_the_same_width(tmp_path: Path) -> None:
    tall = Film(seconds=1, size=(90, 160), picture=lambda n: np.full((160, 90), 40 + n, np.uint8)).write(tmp_path / "tall.mp4")
    contact_sheet(tall, tmp_path / "tall.png")
    assert Image.open(tmp_path / "tall.png").width == 1680


def test_what_is_missing_or_no_film_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        contact_sheet(tmp_path / "nowhere.mp4", tmp_path / "sheet.png")
    (tmp_path / "text.mp4").write_text("no film at all")
    with pytest.raises(MediaError, match="cannot be shown"):
        contact_sheet(tmp_path / "text.mp4", tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()


def test_the_command_finds_the_film_in_its_folder_and_names_what_is_odd(film: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["inspect", str(film.parent), "--out", str(tmp_path / "sheet.png")])
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "! black from 0:00 to 0:01.5",
        "! silent from 0:04 to 0:06",
        str(tmp_path / "sheet.png"),
    ]


def test_a_place_that_can_not_be_written_is_named(film: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidRequest, match=r"cannot be written"):
        contact_sheet(film, tmp_path / "file" / "sheet.png")
