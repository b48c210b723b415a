"""What a video will cost, estimated from its request, prices and the providers that would serve it. Pure rules.

Counts are upper ones: 2.6 spoken words a second and 7 characters a word are fast English; a token is four characters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from models.costs.contracts import Estimate, EstimatePart
from models.costs.prices import PriceList, Unit, Usage
from models.errors import OverBudget, UnknownPrice
from models.money import ZERO, dollars, shown
from models.settings import ProviderSettings
from models.videos.contracts import VideoRequest
from models.videos.formats import profile_of
from models.videos.providers import CHAINS, LOCAL, chain
from models.videos.status import Step

WORDS_A_SECOND = Decimal("2.6")
CHARACTERS_A_WORD = 7
CHARACTERS_A_TOKEN = 4
SECONDS_A_SCENE = 8
SCRIPT_PROMPT_TOKENS = 3_000
SCRIPT_OVERHEAD = Decimal("2.5")
"""Output tokens of a script against those of its narration: visual queries, on-screen texts, JSON."""
THUMBNAILS = 3
FREE = {"operator"} | {
    choice.name for choices in CHAINS.values() for choice in choices if choice.account in (LOCAL, "pexels", "pixabay")
}
"""Providers that cost nothing."""


@dataclass(frozen=True)
class Planned:
    """Who would serve a step: the account that pays, and the model that the price is for."""

    step: Step
    provider: str
    model: str = ""


PAYING = (Step.SCRIPT, Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL)
"""Steps whose providers may cost."""


def billed_as(settings: ProviderSettings) -> Mapping[str, tuple[str, str]]:
    """Account and priced model of each provider of the chains that may cost; those not named here are free."""
    return {
        "openai-large": ("openai", settings.openai_large_model),
        "openai-small": ("openai", settings.openai_small_model),
        "openai-image": ("openai", settings.openai_image_model),
        "google-neural": ("google", "neural2"),
        "google-standard": ("google", "standard"),
        "elevenlabs": ("elevenlabs", settings.elevenlabs_model),
        "shutterstock": ("shutterstock", ""),
        "sdxl": ("sdxl", ""),
    }


def plan_of(request: VideoRequest, settings: ProviderSettings, prices: PriceList, at: datetime) -> Sequence[Planned]:
    """Who would serve each paying step first, of those that are configured and have a price."""
    billed, plan = billed_as(settings), []
    usage = planned_usage(request)
    for step in PAYING:
        for name in chain(step.value, request.level, settings.configured_accounts, own_script=request.script is not None):
            account, model = billed.get(name, (LOCAL, ""))
            if account == LOCAL or _priced(Planned(step, account, model), usage[step], prices, at):
                plan.append(Planned(step, account if account != LOCAL else name, model))
                break
    return plan


def _priced(planned: Planned, usage: Usage, prices: PriceList, at: datetime) -> bool:
    try:
        _cost(planned, usage, prices, at)
    except UnknownPrice:
        return False
    return True


def planned_usage(request: VideoRequest) -> Mapping[Step, Usage]:
    """How much a video of this request uses of what each step's providers may count."""
    seconds = request.seconds or profile_of(request.format, request.level).wished
    characters = math.ceil(Decimal(seconds) * WORDS_A_SECOND * CHARACTERS_A_WORD)
    scenes = math.ceil(seconds / SECONDS_A_SCENE)
    output = math.ceil(Decimal(characters) / CHARACTERS_A_TOKEN * SCRIPT_OVERHEAD)
    return {
        Step.SCRIPT: {Unit.INPUT_TOKENS: SCRIPT_PROMPT_TOKENS, Unit.OUTPUT_TOKENS: output},
        Step.VOICE: {Unit.CHARACTERS: characters},
        Step.FOOTAGE: {Unit.ASSETS: scenes, Unit.IMAGES: scenes, Unit.CALLS: scenes},
        Step.THUMBNAIL: {Unit.IMAGES: THUMBNAILS, Unit.CALLS: THUMBNAILS},
    }


def estimate(request: VideoRequest, plan: Iterable[Planned], prices: PriceList, at: datetime) -> Estimate:
    """The estimate. `plan` names who would serve the steps that may cost; free providers cost nothing.

    Raises:
        UnknownPrice: a planned model has no price for anything that its step counts.
    """
    usage = planned_usage(request)
    parts = []
    for planned in plan:
        amount = ZERO if planned.provider in FREE else _cost(planned, usage.get(planned.step, {}), prices, at)
        parts.append(EstimatePart(step=planned.step.value, provider=planned.provider, amount=amount))
    return Estimate(total=sum((part.amount for part in parts), ZERO), parts=tuple(parts))


def _cost(planned: Planned, usage: Usage, prices: PriceList, at: datetime) -> Decimal:
    """A provider bills some of what a step counts: footage by asset or by image. Tokens are always billed together."""
    if planned.step is Step.SCRIPT:
        return prices.cost(planned.provider, planned.model, usage, at)
    billed = {unit: count for unit, count in usage.items() if prices.knows(planned.provider, planned.model, unit, at)}
    return prices.cost(planned.provider, planned.model, billed or usage, at)


def refuse_over(cap: Decimal, made: Estimate) -> None:
    """Refuse a request that would pass the cap of a video.

    Raises:
        OverBudget: with the dearest step named.
    """
    if made.total <= dollars(cap):
        return
    dearest = max(made.parts, key=lambda part: part.amount)
    raise OverBudget(
        f"This video would cost about {shown(made.total)}, over its cap of {shown(cap)}; "
        f"the dearest step is {dearest.step} by {dearest.provider} ({shown(dearest.amount)}).",
        scope="video",
        hint="Ask for a shorter one or a lower level, or raise the cap of a video (YTEMPIRE_VIDEO_CAP).",
        detail={"estimate": f"{made.total:.6f}", "cap": f"{cap:.6f}"},
    )
