"""The SQL of shown footage: no clip twice in a video, nor in two of a channel's last twenty."""

from __future__ import annotations

from models.database import Database
from models.videos.contracts import VideoInput

VIDEOS = 20
"""A clip may come again after this many other videos of its channel."""

_CLAIM = "select videos.claim_footage($1, $2, $3, $4, $5, $6, $7, $8)"
_OF_SCENE = "select source_id from videos.footage_uses where video_id = $1 and scene = $2 and provider = $3"
_TAKEN = """
select distinct source_id from videos.footage_uses
where channel_id = $1 and provider = $2
    and (video_id = $3 and scene <> $4 or video_id in (select videos.recent_of_channel($1, $3, $5)))
"""


class FootageUses:
    """Which clip which scene shows, in one database."""

    def __init__(self, database: Database, videos: int = VIDEOS) -> None:
        self._database = database
        self._videos = videos

    async def of_scene(self, video: VideoInput, scene: int, provider: str) -> str | None:
        """What the scene shows already, from this provider."""
        found: str | None = await self._database.value(_OF_SCENE, video.video_id, scene, provider)
        return found

    async def taken(self, video: VideoInput, scene: int, provider: str) -> frozenset[str]:
        """What the scene may not show: other scenes of its video do, or the channel's last videos did."""
        rows = await self._database.rows(_TAKEN, video.channel_id, provider, video.video_id, scene, self._videos)
        return frozenset(row["source_id"] for row in rows)

    async def claim(
        self, video: VideoInput, scene: int, provider: str, source_id: str, *, subject: str, remake: bool = False
    ) -> bool:
        """Take the clip for the scene, instead of what it showed before; False when another scene or a recent video has it.

        Asked again for what the scene has, it says yes. With `remake` a recent video's scene of the same `subject` (the digest of
        what it is about) stands not in the way: the same scene made again may look the same.
        """
        granted: bool = await self._database.value(
            _CLAIM, video.channel_id, video.video_id, scene, provider, source_id, subject, remake, self._videos
        )
        return granted
