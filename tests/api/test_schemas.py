"""What bodies accept is what their schemas say."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from pydantic import ValidationError

from api.schemas.admin import AccountChange
from api.schemas.base import SPOKEN
from api.schemas.videos import BudgetBody, ScriptRequest
from models.videos.markdown import parse_script

LETTERS = re.findall(SPOKEN, "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000)))))


def test_every_letter_that_a_script_must_have_is_read_aloud() -> None:
    together = "\n\n".join(LETTERS[start : start + 40][0] for start in range(0, len(LETTERS), 40))
    assert len(parse_script(together.encode(), name="The script").scenes) > 0
    for start in range(0, len(LETTERS), 97):
        assert parse_script(LETTERS[start].encode(), name="The script").words > 0, hex(ord(LETTERS[start]))


def test_control_characters_of_a_script_are_dropped_wherever_they_came_from() -> None:
    assert ScriptRequest(script="\x00\x0bThe\x07 sea\ufeff.\n\tOnce.").script == "The sea.\n\tOnce."


@pytest.mark.parametrize("amount", ["0.01", "999.999999", "1000", 0.01, 1000, 3.1415926535, 5])
def test_amounts_are_text_or_numbers(amount: object) -> None:
    assert Decimal("0.01") <= BudgetBody(cap=amount).cap <= 1000  # type: ignore[arg-type]
    assert AccountChange(day_cap=amount).day_cap is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "amount", ["0.009", "1e2", "01", " 5", "1001", "NaN", "-1", "", 0, 0.001, 1000.5, True, float("inf"), 10**400]
)
def test_amounts_out_of_bounds_or_in_other_words_are_refused(amount: object) -> None:
    with pytest.raises(ValidationError):
        BudgetBody(cap=amount)  # type: ignore[arg-type]
