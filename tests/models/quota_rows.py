"""The documented quota of late 2026 and before, as the spec tells it; the migrations write the same rows."""

from __future__ import annotations

from datetime import date

from models.youtube.quota import Bucket, Call, Cost, Limit

_BEFORE, _CHEAPER, _BUCKETS = date(2020, 1, 1), date(2025, 12, 4), date(2026, 6, 1)

KNOWN_COSTS: tuple[Cost, ...] = (
    Cost(Call.VIDEOS_INSERT, Bucket.GENERAL, 1_600, _BEFORE),
    Cost(Call.VIDEOS_INSERT, Bucket.GENERAL, 100, _CHEAPER),
    Cost(Call.VIDEOS_INSERT, Bucket.INSERT, 1, _BUCKETS),
    Cost(Call.SEARCH, Bucket.GENERAL, 100, _BEFORE),
    Cost(Call.SEARCH, Bucket.SEARCH, 1, _BUCKETS),
    Cost(Call.VIDEOS_STATS, Bucket.STATS, 1, _BUCKETS),
    Cost(Call.THUMBNAILS_SET, Bucket.GENERAL, 50, _BEFORE),
    Cost(Call.PLAYLIST_INSERT, Bucket.GENERAL, 50, _BEFORE),
    Cost(Call.VIDEOS_UPDATE, Bucket.GENERAL, 50, _BEFORE),
    Cost(Call.CAPTIONS_INSERT, Bucket.GENERAL, 400, _BEFORE),
    Cost(Call.CAPTIONS_LIST, Bucket.GENERAL, 50, _BEFORE),
    Cost(Call.CAPTIONS_UPDATE, Bucket.GENERAL, 450, _BEFORE),
    Cost(Call.VIDEOS_LIST, Bucket.GENERAL, 1, _BEFORE),
    Cost(Call.PLAYLIST_LIST, Bucket.GENERAL, 1, _BEFORE),
    Cost(Call.CHANNELS_LIST, Bucket.GENERAL, 1, _BEFORE),
)

KNOWN_LIMITS: tuple[Limit, ...] = (
    Limit(Bucket.GENERAL, 10_000, _BEFORE),
    Limit(Bucket.INSERT, 100, _BUCKETS),
    Limit(Bucket.SEARCH, 100, _BUCKETS),
    Limit(Bucket.STATS, 10_000, _BUCKETS),
)
