"""Videos through providers that fail in every way: the promises of `benchmarks/faults.py`, in small."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

from benchmarks.faults import drill, instant_steps, settings_for, stormy, videos
from tests.fakes.misfortune import Misfortunes
from tests.workflows.factory import factory


async def test_every_video_is_published_or_waits_with_the_true_reason_and_no_cent_is_lost(
    database_address: str, tmp_path: Path
) -> None:
    asked = [videos(7)[number] for number in (0, 2, 4, 5, 6)]
    with Misfortunes(0.15, seed=8) as providers:
        settings = settings_for(providers, database_address, tmp_path, patience=10, cap=Decimal("1.00"), pause=1)
        async with factory(settings, instead=instant_steps) as running:
            report = await drill(running, providers, asked, stormy(1), at_once=5)
    assert report.broken == []
    assert len(report.faults) >= 4, "the run saw many kinds of faults"
    ends = Counter(video.end for video in asked)
    assert ends["parked: person"] == ends["parked: budget"] == 1
    assert ends["published"] >= 2
    assert report.waited >= 1, "one was caught by the storm, and was published after it"
    assert all(video.cost <= Decimal("1.00") for video in asked)
