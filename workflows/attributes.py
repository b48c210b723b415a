"""The search attributes of `models.videos.attributes`, typed for workflows."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

CHANNEL = SearchAttributeKey.for_keyword("VideoChannel")
USER = SearchAttributeKey.for_keyword("VideoUser")
TIER = SearchAttributeKey.for_keyword("VideoTier")
STATUS = SearchAttributeKey.for_keyword("VideoStatus")
STEP = SearchAttributeKey.for_keyword("VideoStep")
COST = SearchAttributeKey.for_float("VideoCost")
