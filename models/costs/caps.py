"""The caps of an installation. Pure; the database enforces them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from models.costs.contracts import Scope
from models.costs.verdict import EconomyRules
from models.settings import BudgetSettings


@dataclass(frozen=True)
class Caps:
    """Default caps in US dollars; an account's or a video's own, and one that a person raised for a period, win over them."""

    video: Decimal
    user_day: Decimal
    platform_day: Decimal
    platform_month: Decimal
    provider_day: Mapping[str, Decimal] = field(default_factory=dict)
    provider_video: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    economy_from: Decimal = Decimal("2.50")
    script_economy_from: Decimal = Decimal("0.50")

    @classmethod
    def of(cls, settings: BudgetSettings) -> Caps:
        """The caps that the settings name."""
        parts = {(name.partition("/")[0], name.partition("/")[2]): cap for name, cap in settings.provider_video_caps.items()}
        return cls(
            video=settings.video_cap,
            user_day=settings.user_day_cap,
            platform_day=settings.platform_day_cap,
            platform_month=settings.platform_month_cap,
            provider_day=settings.provider_day_caps,
            provider_video=parts,
            economy_from=settings.video_economy_from,
            script_economy_from=settings.script_economy_from,
        )

    def default(self, scope: Scope, provider: str = "", operation: str = "") -> Decimal | None:
        """The default cap of a scope; None where it is counted, not capped."""
        caps = {
            Scope.VIDEO: self.video,
            Scope.PROVIDER_VIDEO: self.provider_video.get((provider, operation)),
            Scope.USER_DAY: self.user_day,
            Scope.PROVIDER_DAY: self.provider_day.get(provider),
            Scope.PLATFORM_MONTH: self.platform_month,
            Scope.PLATFORM_DAY: self.platform_day,
        }
        return caps[scope]

    @property
    def economy(self) -> EconomyRules:
        """From where on videos are made the economy way."""
        return EconomyRules(video_cap=self.video, video_from=self.economy_from, script_from=self.script_economy_from)
