"""The text of a film checked by rules: what must not be published unseen, and what was said before.

The last resort when no moderation service answers: it finds plain cases in English, Spanish and German, and personal data in any
language. It does not understand; it misses what is meant and not said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from activities.render.phrases import spaceless
from models.videos.contracts import Script
from models.videos.finishing import Problem


@dataclass(frozen=True)
class Finding:
    """A phrase that a rule knows."""

    category: str
    phrase: str
    serious: bool


@dataclass(frozen=True)
class _Rule:
    category: str
    serious: bool
    pattern: re.Pattern[str]


def _rule(category: str, serious: bool, *patterns: str) -> _Rule:
    return _Rule(category, serious, re.compile(r"(?<!\w)(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + r")(?!\w)"))


GROUPS = "(?:jews|muslims|christians|blacks|whites|gays|immigrants|foreigners|women|juden|muslime|auslander|judios|musulmanes)"
BENEATH = "(?:vermin|subhumans?|parasites|untermenschen|ungeziefer|parasitos|ratas)"
RULES = (
    _rule(
        "hatred",
        True,
        rf"(?:kill|exterminate|gas) (?:all|every) (?:the )?{GROUPS}",
        rf"{GROUPS} (?:are|sind|son) (?:\w+ )?{BENEATH}",
        rf"(?:death to|muerte a|tod den) (?:\w+ )?{GROUPS}",
    ),
    _rule(
        "violence",
        True,
        r"how to (?:make|build) (?:a |an )?(?:pipe )?(?:bomb|explosives?|nerve agent|molotov cocktail)",
        r"(?:you|we|they) should be (?:shot|hanged|lynched)",
        r"como (?:hacer|fabricar) (?:una )?(?:bomba|explosivos)",
        r"bomben? (?:selber )?bauen",
    ),
    _rule(
        "self-harm",
        True,
        r"kill yourself",
        r"(?:best|easiest|painless) way to (?:die|commit suicide)",
        r"how to (?:commit suicide|cut yourself)",
        r"suicidate|matate|bring dich um",
    ),
    _rule(
        "sexual content",
        True,
        r"hardcore porn\w*|child porn\w*|kinderporno\w*|pornografia infantil",
        r"(?:nude|naked) (?:teens?|girls?|boys?|children|minors?)",
        r"explicit sex(?:ual acts?)?",
    ),
    _rule(
        "drugs",
        True,
        r"how to (?:cook|make|synthesi[sz]e) (?:meth|crystal meth|heroin|fentanyl|crack)",
        r"buy (?:cocaine|heroin|fentanyl|meth) online",
    ),
    _rule(
        "medical promises",
        False,
        r"(?:cures|heals) (?:cancer|diabetes|autism|aids|alzheimer's)|heilt krebs|cura el cancer",
        r"(?:do not|don't|stop) tak(?:e|ing) your (?:medicine|medication|insulin)",
        r"vaccines? causes? autism",
    ),
    _rule(
        "financial promises",
        False,
        r"guaranteed (?:returns?|profits?|income)|garantierte rendite|ganancias garantizadas",
        r"double your money|get rich (?:quick|overnight)",
        r"risk[- ]free (?:investment|profits?)",
    ),
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]{2,}")
CARD = re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)")
SOCIAL = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")


def plain(text: str) -> str:
    """The text as the rules read it: no accents, case, invisible characters or doubled spaces."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    visible = "".join(char for char in folded if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    return re.sub(r"\s+", " ", visible.replace("’", "'"))


def safety_findings(text: str) -> list[Finding]:
    """What the rules find, each phrase once."""
    read = plain(text)
    found = {(rule.category, hit.group(0)): rule.serious for rule in RULES for hit in rule.pattern.finditer(read)}
    findings = [Finding(category, phrase, serious) for (category, phrase), serious in found.items()]
    return findings + list(_personal(text))


def _personal(text: str) -> Iterator[Finding]:
    if hit := MAIL.search(text):
        yield Finding("personal data (e-mail)", hit.group(0), False)
    for hit in CARD.finditer(text):
        digits = [int(char) for char in hit.group(0) if char.isdigit()]
        if len(set(digits)) > 1 and _luhn(digits):
            yield Finding("personal data (card number)", hit.group(0).strip(), True)
    if hit := SOCIAL.search(text):
        yield Finding("personal data (social security number)", hit.group(0), True)


def _luhn(digits: Sequence[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def safety_problems(text: str) -> list[Problem]:
    """Findings as notes on the film: whether its text may be published was decided before it was rendered."""
    return [
        Problem(
            check="text", message=f"The text has something for a person to see ({found.category}): “{found.phrase}”.", fatal=False
        )
        for found in safety_findings(text)
    ]


def words_of_script(script: Script) -> str:
    """Everything of a script that is said, shown or published."""
    scenes = (part for scene in script.scenes for part in (scene.heading, scene.narration, *scene.on_screen))
    return "\n".join(part for part in (script.title, script.hook, *scenes, script.description, *script.tags) if part)


# --- said before ------------------------------------------------------------------------------------------------------

ALIKE = 0.5
"""Share of common shingles from which two scripts count as the same."""
SHINGLE_WORDS, SHINGLE_CHARACTERS = 3, 6


def shingles(text: str) -> frozenset[str]:
    """All runs of three words, or of six characters in scripts without spaces."""
    read = "".join(char if char.isalnum() else " " for char in plain(text))
    if sum(spaceless(char) for char in read) > len(read) / 3:
        dense = read.replace(" ", "")
        return frozenset(dense[at : at + SHINGLE_CHARACTERS] for at in range(max(1, len(dense) - SHINGLE_CHARACTERS + 1)))
    words = read.split()
    return frozenset(" ".join(words[at : at + SHINGLE_WORDS]) for at in range(max(1, len(words) - SHINGLE_WORDS + 1)))


def likeness(one: str, other: str) -> float:
    """Share (0..1) of the shorter text's shingles that the other has too."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / max(1, min(len(left), len(right)))


def duplicate_problems(script: Script, earlier: Sequence[Script]) -> list[Problem]:
    """A note when the channel said nearly the same before. It is the operator's to decide, so never fatal."""
    said = "\n".join(scene.narration for scene in script.scenes)
    alike = [(likeness(said, "\n".join(scene.narration for scene in other.scenes)), other.title) for other in earlier]
    worst = max(alike, default=(0.0, ""))
    if worst[0] < ALIKE:
        return []
    message = f"{worst[0]:.0%} of the text was already said in “{worst[1]}” on this channel."
    return [Problem(check="duplicate", message=message, fatal=False)]
