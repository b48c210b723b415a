"""Footage from libraries: it fits, is whole, is shown once, says whose it is, and is looked for no more than allowed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.costs.contracts import Scope
from models.costs.ledger import Ledger
from models.errors import BadOutput, OverBudget, QuotaExhausted
from models.videos.contracts import Level, SceneKind, VideoFormat
from tests.activities.footage.conftest import Studio, Video, a_script
from tests.fakes.pexels import Shelf
from tests.fakes.server import truncated
from tests.models.money import OPEN


async def test_a_scene_gets_a_clip_that_fits_with_licence_author_and_page(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [
        Shelf(1, "city-street", 20),
        Shelf(2, "waves-beach", 3),
        Shelf(3, "waves-beach-vertical", 20, 1080, 1920),
        Shelf(4, "waves-on-a-beach", 20, 640, 360),
        Shelf(5, "waves-at-the-beach", 20),
    ]
    made = await studio.film("pexels", a_script(1), await another())
    (take,) = studio.takes(made)
    assert (take.kind, take.source_id, take.author) == ("clip", "5", "Ana Author"), "not the short, the vertical, the small one"
    assert take.licence == "Pexels License"
    assert take.page == "https://www.pexels.com/video/waves-at-the-beach-5/"
    assert take.credit == "Video by Ana Author on Pexels: https://www.pexels.com/video/waves-at-the-beach-5/"
    assert take.media is not None and studio.store.path(take.media).stat().st_size == take.media.size
    asked = studio.pexels.calls("/v1/videos/search")[0].query
    assert (asked["query"], asked["orientation"], asked["locale"]) == ("waves beach", "landscape", "en-US")


async def test_a_clip_of_endless_length_is_refused_and_spoils_no_later_search(studio: Studio, another: Video) -> None:
    """What JSON reads as infinity, it does not write: a kept answer with it could not be read again."""
    studio.pexels.clips = [Shelf(1)]
    studio.pexels.warp = lambda answer: answer.replace(b'"duration":20', b'"duration":1e999')
    with pytest.raises(BadOutput, match="duration"):
        await studio.film("pexels", a_script(1), await another())
    studio.pexels.warp = lambda answer: answer
    (take,) = studio.takes(await studio.film("pexels", a_script(1), await another()))
    assert take.source_id == "1"


async def test_a_vertical_film_gets_vertical_clips(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1), Shelf(2, width=1080, height=1920)]
    video = await another()
    video = video.model_copy(update={"request": video.request.model_copy(update={"format": VideoFormat.SHORT})})
    (take,) = studio.takes(await studio.film("pexels", a_script(1), video))
    assert take.source_id == "2"
    assert studio.pexels.journal[0].query["orientation"] == "portrait"


async def test_where_no_clip_fits_a_picture_serves(studio: Studio, another: Video) -> None:
    studio.pexels.photos = [Shelf(9, "waves-beach", width=4000, height=3000)]
    (take,) = studio.takes(await studio.film("pexels", a_script(1), await another()))
    assert (take.kind, take.source_id, take.author) == ("still", "photo-9", "Phil Photo")


async def test_a_scene_for_which_there_is_nothing_is_the_next_providers(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1)]
    made = await studio.film("pexels", a_script(3), await another())
    assert len(made.takes) == 1
    assert made.missing == (1, 2)
    assert made.provided.passed_over == ("pexels (scene 2, 3): it has nothing that fits",)


async def test_scenes_that_show_their_content_are_left_to_the_designs(studio: Studio, another: Video) -> None:
    script = a_script(1, kind=SceneKind.LIST)
    scene = script.scenes[0].model_copy(update={"on_screen": ("The moon pulls", "The sun helps", "The shore decides")})
    made = await studio.film("pexels", script.model_copy(update={"scenes": (scene,)}), await another())
    assert made.missing == (0,)
    assert not studio.pexels.journal


async def test_the_search_is_in_the_language_of_the_words(studio: Studio, another: Video) -> None:
    spanish = a_script(1, language="es")
    scene = spanish.scenes[0].model_copy(update={"visual": "las olas de una playa"})
    await studio.film("pexels", spanish.model_copy(update={"scenes": (scene,)}), await another())
    await studio.film("pixabay", spanish.model_copy(update={"scenes": (scene,)}), await another())
    assert (studio.pexels.journal[0].query["query"], studio.pexels.journal[0].query["locale"]) == ("olas playa", "es-ES")
    assert (studio.pixabay.journal[0].query["q"], studio.pixabay.journal[0].query["lang"]) == ("olas playa", "es")
    hindi = a_script(1, language="hi")
    scene = hindi.scenes[0].model_copy(update={"visual": "समुद्र की लहरें"})
    await studio.film("pexels", hindi.model_copy(update={"scenes": (scene,)}), await another())
    last = studio.pexels.journal[-1].query
    assert "locale" not in last, "Pexels does not know Hindi, so it is not told a wrong one"
    assert "समुद्र" in last["query"]


async def test_no_clip_comes_twice_in_a_film_even_when_its_scenes_are_filmed_side_by_side(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(number) for number in range(1, 9)]
    video, script = await another(), a_script(6)
    parts = await asyncio.gather(*(studio.film("pexels", script, video, (at, at + 1)) for at in (0, 2, 4)))
    shown = [take.source_id for part in parts for take in studio.takes(part)]
    assert len(shown) == len(set(shown)) == 6


async def test_no_clip_comes_twice_in_a_channels_last_videos(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(number) for number in range(1, 9)]
    first, second = await another(), await another()
    shown: list[str] = []
    for part in await asyncio.gather(*(studio.film("pexels", a_script(4), video) for video in (first, second))):
        shown += [take.source_id for take in studio.takes(part)]
    assert len(shown) == len(set(shown)) == 8


async def test_what_was_found_is_not_looked_for_again(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(number) for number in range(1, 9)]
    video = await another()
    before = await studio.film("pexels", a_script(2), video)
    calls = len(studio.pexels.journal)
    again = await studio.film("pexels", a_script(2), video)
    assert again.takes == before.takes
    assert again.provided.cached
    assert len(studio.pexels.journal) == calls, "a retry asks for nothing"
    await studio.film("pexels", a_script(2), await another())
    assert len(studio.pexels.calls("/v1/videos")) == 2, "another video of the same words fetches other clips, but searches nothing"


async def test_a_clip_that_retention_deleted_is_fetched_again(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1)]
    video = await another()
    (take,) = studio.takes(await studio.film("pexels", a_script(1), video))
    assert take.media is not None
    studio.store.delete(take.media)
    (again,) = studio.takes(await studio.film("pexels", a_script(1), video))
    assert again.media is not None and studio.store.path(again.media).exists()


async def test_a_remade_film_may_look_the_same_where_the_library_has_nothing_else(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1)]
    await studio.film("pexels", a_script(1), await another())
    fetched = len(studio.pexels.calls("/files"))
    (take,) = studio.takes(await studio.film("pexels", a_script(1), await another()))
    assert take.source_id == "1"
    assert len(studio.pexels.calls("/files")) == fetched
    made = await studio.film("pexels", a_script(2), await another(), (1,))
    assert made.missing == (1,), "another scene may not"


@pytest.mark.parametrize("spoilt", ["short", "broken"])
async def test_a_file_that_is_not_whole_is_passed_over_for_the_next_candidate(studio: Studio, another: Video, spoilt: str) -> None:
    bad = Shelf(1, "waves-beach", seconds=1.0) if spoilt == "short" else Shelf(1, "waves-beach", broken=True)
    studio.pexels.clips = [bad, Shelf(2, "something-else")]
    (take,) = studio.takes(await studio.film("pexels", a_script(1), await another()))
    assert take.source_id == "2"


async def test_when_every_file_is_broken_the_next_provider_is_told_why(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1, broken=True)]
    with pytest.raises(BadOutput, match=r"clip 1 of pexels\.mp4"):
        await studio.film("pexels", a_script(1), await another())


async def test_a_download_that_breaks_off_leaves_nothing_behind(studio: Studio, another: Video) -> None:
    studio.pexels.clips = [Shelf(1)]
    studio.pexels.fail(truncated(100, path="/files"))
    video = await another()
    with pytest.raises(Exception, match="could not be reached"):
        await studio.film("pexels", a_script(1), video)
    (take,) = studio.takes(await studio.film("pexels", a_script(1), video))
    assert take.source_id == "1" and take.seconds >= 19


async def test_no_more_searches_are_sent_than_the_hour_allows(studio: Studio, another: Video) -> None:
    studio.hourly = 2
    studio.pexels.clips = [Shelf(number) for number in range(1, 9)]
    script, video = a_script(4), await another()
    made = await studio.film("pexels", script, video)
    assert len(made.takes) == 2
    assert made.missing == (2, 3), "those that were served are kept"
    assert made.provided.passed_over == (
        "pexels (from scene 3): 2 searches an hour are allowed at pexels, and all are used; the next is in 60 minutes.",
    )
    with pytest.raises(QuotaExhausted) as told:
        await studio.film("pexels", script, video, (3,))
    assert told.value.retry_after is not None
    assert len(studio.pexels.calls("/v1/videos")) == 2


async def test_shutterstock_is_charged_by_the_asset_and_never_twice(studio: Studio, another: Video) -> None:
    studio.shutterstock.clips = [Shelf(1, "waves-beach", tags=["waves"]), Shelf(2), Shelf(3)]
    video = await another()
    video = video.model_copy(update={"request": video.request.model_copy(update={"level": Level.PREMIUM})})
    made = await studio.film("shutterstock", a_script(2), video)
    assert (f"{made.provided.cost:.2f}", f"{await studio.spent():.2f}") == ("1.00", "1.00")
    assert len(studio.shutterstock.licensed) == 2
    assert {take.licence for take in studio.takes(made)} == {"Shutterstock licence"}
    again = await studio.film("shutterstock", a_script(2), video)
    remade = await studio.film("shutterstock", a_script(2), await another())
    assert (again.provided.cost, remade.provided.cost) == (0, 0)
    assert [take.source_id for take in studio.takes(remade)] == [take.source_id for take in studio.takes(made)]
    assert f"{await studio.spent():.2f}" == "1.00"


async def test_clips_that_were_paid_stay_in_the_film_when_the_money_ends_before_the_last_scene(
    studio: Studio, another: Video
) -> None:
    studio.shutterstock.clips = [Shelf(1), Shelf(2)]
    video = await another()
    ledger = Ledger(studio.database, OPEN)
    await ledger.raise_cap(Scope.VIDEO, Decimal("0.60"), datetime.now(UTC), str(video.video_id))
    made = await studio.film("shutterstock", a_script(2), video)
    assert (len(made.takes), made.missing, made.provided.cost) == (1, (1,), Decimal("0.50"))
    assert made.provided.passed_over == (
        "shutterstock (from scene 2): footage by shutterstock would cost up to $0.50, but this video has $0.10 of $0.60 left.",
    )
    with pytest.raises(OverBudget):
        await studio.film("shutterstock", a_script(2), video, made.missing)
    assert len(studio.shutterstock.licensed) == 1


async def test_a_licensed_clip_whose_download_breaks_is_not_paid_again(studio: Studio, another: Video) -> None:
    studio.shutterstock.clips = [Shelf(1)]
    studio.shutterstock.fail(truncated(100, path="/files"))
    video = await another()
    with pytest.raises(Exception, match="could not be reached"):
        await studio.film("shutterstock", a_script(1), video)
    assert len((await studio.film("shutterstock", a_script(1), video)).takes) == 1
    assert studio.shutterstock.licensed == ["1"]
    assert f"{await studio.spent():.2f}" == "0.50"


async def test_a_subscription_that_is_used_up_costs_nothing_and_says_so(studio: Studio, another: Video) -> None:
    studio.shutterstock.clips = [Shelf(1)]
    studio.shutterstock.refusal = "Subscription has no allotment left"
    with pytest.raises(QuotaExhausted, match="no allotment left"):
        await studio.film("shutterstock", a_script(1), await another())
    assert await studio.spent() == 0


async def test_a_picture_is_drawn_and_paid_once(studio: Studio, another: Video) -> None:
    video = await another()
    made = await studio.film("openai-image", a_script(2), video)
    assert [take.kind for take in studio.takes(made)] == ["still", "still"]
    assert f"{made.provided.cost:.2f}" == "0.08"
    assert "waves at a beach" in studio.images.journal[0].json["prompt"]
    again = await studio.film("openai-image", a_script(2), video)
    remade = await studio.film("openai-image", a_script(2), await another())
    assert (again.provided.cost, remade.provided.cost) == (0, 0)
    assert studio.images.drawn == 2
    assert f"{await studio.spent():.2f}" == "0.08"


async def test_a_refused_prompt_is_asked_once_more_in_plainer_words(studio: Studio, another: Video) -> None:
    script = a_script(1)
    script = script.model_copy(update={"scenes": (script.scenes[0].model_copy(update={"visual": "a forbidden thing"}),)})
    made = await studio.film("openai-image", script, await another())
    assert len(made.takes) == 1
    assert len(studio.images.journal) == 2
    assert f"{await studio.spent():.2f}" == "0.04", "a refusal is not billed"


async def test_a_scene_that_is_refused_twice_goes_on_with_the_reason_while_the_others_are_served(
    studio: Studio, another: Video
) -> None:
    script = a_script(2).model_copy(update={"niche": "forbidden"})
    first = script.scenes[0].model_copy(update={"visual": "a forbidden thing"})
    made = await studio.film("openai-image", script.model_copy(update={"scenes": (first, script.scenes[1])}), await another())
    assert made.missing == (0,)
    assert "refuses" in made.provided.passed_over[0] and made.provided.passed_over[0].startswith("openai-image (scene 1): ")
