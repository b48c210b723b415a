"""Which passwords are refused: short ones, and those that every guesser tries first."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SHORTEST = 12
LONGEST = 256
"""Characters. The upper bound keeps the cost of hashing what strangers send bounded."""

_LIST = Path(__file__).with_name("common_passwords.txt")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


def weakness(password: str, *, email: str = "") -> str:
    """Why this password is refused, in words for its owner; empty when it is fine."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters; this one has {len(password)}."
    if len(password) > LONGEST:
        return f"A password has at most {LONGEST} characters."
    folded = password.casefold()
    name = email.casefold().partition("@")[0]
    if len(name) >= 4 and name in folded:
        return "The password contains the name of your address, which is the first guess of anybody who knows it."
    if _is_common(folded):
        return "This password is among those that are tried first. Take a few unrelated words instead."
    return ""


def _is_common(folded: str) -> bool:
    if folded in _common() or len(set(folded)) < 5 or _is_run(folded):
        return True
    core = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", folded)
    shapes = {re.sub(r"[\d\W_]+", "", folded), *(re.sub(r"[^a-z]+", "", text.translate(_LEET)) for text in (folded, core))}
    return any(_unit(shape) in _common() for shape in shapes)


def _is_run(text: str) -> bool:
    return any(text in run * 4 or text in run[::-1] * 4 for run in _RUNS)


def _unit(text: str) -> str:
    """The part that repeats: `abcabcabc` -> `abc`."""
    found = re.fullmatch(r"(.+?)\1+", text)
    return found.group(1) if found else text


@cache
def _common() -> frozenset[str]:
    return frozenset(_LIST.read_text("utf-8").split())
