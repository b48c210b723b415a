"""Which providers serve a step, in which order: pure data, chosen by the video's level and by which accounts are set up."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import Misconfigured
from models.videos.contracts import Level

LOCAL = "local"
"""The account of providers that need none."""
EVERY = frozenset(Level)
_PREMIUM = frozenset({Level.PREMIUM})
_BETTER = frozenset({Level.STANDARD, Level.PREMIUM})


@dataclass(frozen=True)
class Choice:
    """A provider of a step: `account` is what must be set up for it, `levels` are those whose videos it serves."""

    name: str
    account: str = LOCAL
    levels: frozenset[Level] = EVERY


CHAINS: dict[str, tuple[Choice, ...]] = {
    "script": (
        Choice("openai-large", "openai", _PREMIUM),
        Choice("openai-small", "openai"),
        Choice("stored", "openai"),
        Choice("template"),
    ),
    "voice": (
        Choice("elevenlabs", "elevenlabs", _PREMIUM),
        Choice("google-neural", "google", _BETTER),
        Choice("google-standard", "google"),
        Choice("espeak"),
        Choice("silence"),
    ),
    "footage": (
        Choice("pexels", "pexels"),
        Choice("pixabay", "pixabay"),
        Choice("shutterstock", "shutterstock", _PREMIUM),
        Choice("openai-image", "openai"),
        Choice("designed"),
    ),
    "thumbnail": (
        Choice("openai-image", "openai"),
        Choice("sdxl", "sdxl"),
        Choice("designed"),
    ),
    "moderation": (
        Choice("openai-moderation", "openai"),
        Choice("rules"),
    ),
    "upload": (
        Choice("youtube", "youtube"),
        Choice("folder"),
    ),
}
"""In order of preference; the last of each needs no account and always serves. Stored phrases of a voice are found by that voice's
own step before anything is called, so they need no place here; a script of the operator's own has one provider, `operator`."""


def chain(step: str, level: Level, configured: frozenset[str], *, own_script: bool = False) -> tuple[str, ...]:
    """The names of the providers to try for a step, in order.

    `configured` are the accounts that are set up (`Settings.configured_accounts`); `own_script` says that the operator gave one.

    Raises:
        Misconfigured: there is no such step.
    """
    if step == "script" and own_script:
        return ("operator",)
    try:
        choices = CHAINS[step]
    except KeyError:
        raise Misconfigured(f"There is no step {step!r}; steps with providers are {', '.join(CHAINS)}.") from None
    available = configured | {LOCAL}
    return tuple(choice.name for choice in choices if level in choice.levels and choice.account in available)


def account_of(provider: str) -> str:
    """The account that a provider belongs to; `local` for those that need none. An account is its own.

    Raises:
        Misconfigured: no step has such a provider.
    """
    for choices in CHAINS.values():
        for choice in choices:
            if provider in (choice.name, choice.account):
                return choice.account
    if provider == "operator":
        return LOCAL
    raise Misconfigured(f"There is no provider {provider!r}.")
