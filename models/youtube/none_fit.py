"""Why no account could take an upload, and how long it makes sense to wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from models.errors import AuthenticationFailed, ProviderError, QuotaExhausted, Unavailable
from models.youtube.choosing import Candidate, Unfit
from models.youtube.quota import next_pacific_midnight

RECONNECT = "Reconnect it with `./ytempire youtube connect` or on the console's YouTube page; the video goes on by itself then."


def no_account(channel: str, candidates: Sequence[Candidate], now: datetime, *, without: Collection[str] = ()) -> ProviderError:
    """The error for "no granted account can": what waiting helps most decides. Projects `without` have no quota left."""
    reasons = {Unfit.QUOTA if candidate.project in without else candidate.unfit() for candidate in candidates}
    if reasons & {Unfit.UPLOADS, Unfit.QUOTA}:
        return QuotaExhausted(
            f"Every account that may upload to channel {channel} has used up its uploads or quota of today.",
            provider="youtube",
            retry_after=next_pacific_midnight(now) - now,
            hint="It goes on by itself after midnight Pacific time.",
            detail={"reason": "quota", "channel": channel},
        )
    if Unfit.ERRORS in reasons:
        return Unavailable(
            f"The accounts that may upload to channel {channel} failed several times in a row.",
            provider="youtube",
            retry_after=timedelta(hours=1),
            hint="They are tried again by the hourly check; `./ytempire youtube accounts` shows what went wrong.",
            detail={"reason": "errors", "channel": channel},
        )
    what = "needs reconnecting" if Unfit.TOKEN in reasons else "is disabled" if reasons else "is connected"
    return AuthenticationFailed(
        f"No account may upload to channel {channel}: {'each' if reasons else 'none'} {what}.",
        provider="youtube",
        hint=RECONNECT,
        detail={"reason": "reconnect", "channel": channel, "park": "person"},
    )
