"""Typed search attributes: what a run can be found by in the Temporal UI and CLI."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

CHANNEL = SearchAttributeKey.for_keyword("VideoChannel")
USER = SearchAttributeKey.for_keyword("VideoUser")
TIER = SearchAttributeKey.for_keyword("VideoTier")
STATUS = SearchAttributeKey.for_keyword("VideoStatus")
STEP = SearchAttributeKey.for_keyword("VideoStep")
COST = SearchAttributeKey.for_float("VideoCost")

ALL = {
    key.name: kind
    for key, kind in (
        (CHANNEL, "Keyword"),
        (USER, "Keyword"),
        (TIER, "Keyword"),
        (STATUS, "Keyword"),
        (STEP, "Keyword"),
        (COST, "Double"),
    )
}
"""Name and type of each, as the server wants them registered."""
