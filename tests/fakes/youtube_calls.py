"""The calls of the Data API that the product makes, answered as YouTube answers them, strictly."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.fakes.youtube_world import Session, Token, Video, World

TITLE, DESCRIPTION, TAGS = 100, 5_000, 500


class Refusal(Exception):
    """An error answer."""

    def __init__(self, status: int, reason: str, message: str, location: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.location = status, reason, message, location
        self.headers = headers or {}


@dataclass
class Calls:
    """One call with everything it came with."""

    world: World
    token: Token
    query: dict[str, str]
    body: Any
    media: bytes
    kind: str

    def run(self, what: str) -> dict[str, Any]:
        """Act and answer."""
        name = what.removeprefix("youtube.").replace(".", "_")
        act = getattr(self, f"_{name}", None)
        if act is None:
            raise Refusal(501, "notImplemented", f"the local YouTube has no {what}")
        answer: dict[str, Any] = act()
        return answer

    def open_session(self, headers: Any) -> Session:
        """videos.insert: begin a resumable upload."""
        world, identity = self.world, self.token.identity
        self._check_insert(headers)
        made_today = [one for one in world.uploads_of(identity.channels[0]) if one.made_at.date() == world.now().date()]
        if identity.upload_limit is not None and len(made_today) >= identity.upload_limit:
            raise Refusal(400, "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
        session = Session(
            id=secrets.token_urlsafe(16),
            identity=identity,
            project=self.token.project,
            size=int(headers["x-upload-content-length"]),
            body=self.body,
            notify=self.query.get("notifySubscribers", "true"),
        )
        with world.lock:
            world.sessions[session.id] = session
        return session

    def _check_insert(self, headers: Any) -> None:
        if not (headers.get("x-upload-content-type") or "").startswith("video/") or not headers.get("x-upload-content-length"):
            raise Refusal(400, "mediaBodyRequired", "X-Upload-Content-Type and -Length are needed.")
        if set(self.query["part"].split(",")) != set(self.body):
            raise Refusal(400, "unexpectedPart", "part and body differ")
        snippet, status = self.body.get("snippet", {}), self.body.get("status", {})
        check_snippet(snippet)
        for flag in ("selfDeclaredMadeForKids", "containsSyntheticMedia"):
            if not isinstance(status.get(flag), bool):
                raise Refusal(400, "invalidVideoMetadata", f"{flag} is not set", f"body.status.{flag}")
        if "notifySubscribers" not in self.query:
            raise Refusal(400, "invalidVideoMetadata", "notifySubscribers is not set")
        if "publishAt" in status:
            future = datetime.fromisoformat(status["publishAt"]) > self.world.now()
            if status.get("privacyStatus") != "private" or not future:
                raise Refusal(
                    400, "invalidPublishAt", "publishAt needs a private video and a time in the future", "body.status.publishAt"
                )
        wanted = snippet.get("channelId")
        if not self.world.believes_credentials and wanted is not None and wanted not in self.token.identity.channels:
            raise Refusal(403, "forbidden", "not a channel of this identity")

    def _channels_list(self) -> dict[str, Any]:
        if self.query.get("mine") != "true":
            raise Refusal(400, "missingRequiredParameter", "mine")
        return {
            "kind": "youtube#channelListResponse",
            "items": [
                {
                    "id": one,
                    "snippet": {"title": f"Channel {one}"},
                    "contentDetails": {"relatedPlaylists": {"uploads": f"UU{one[2:]}"}},
                }
                for one in self.token.identity.channels
            ],
        }

    def _playlistItems_list(self) -> dict[str, Any]:
        playlist = self.query.get("playlistId", "")
        uploads = {f"UU{one[2:]}": one for one in self.token.identity.channels}
        if playlist in uploads:
            ids = [one.id for one in self.world.uploads_of(uploads[playlist])]
        elif playlist in self.world.playlists:
            ids = self.world.playlists[playlist]
        else:
            raise Refusal(404, "playlistNotFound", "The playlist cannot be found.", "playlistId")
        if "videoId" in self.query:
            ids = [one for one in ids if one == self.query["videoId"]]
        start, count = int(self.query.get("pageToken") or 0), int(self.query.get("maxResults") or 5)
        answer: dict[str, Any] = {
            "items": [{"id": f"item-{playlist}-{one}", "contentDetails": {"videoId": one}} for one in ids[start : start + count]]
        }
        if start + count < len(ids):
            answer["nextPageToken"] = str(start + count)
        return answer

    def _search_list(self) -> dict[str, Any]:
        if self.query.get("forMine") != "true" or self.query.get("type") != "video":
            raise Refusal(400, "invalidSearchFilter", "forMine needs type=video")
        mine = [video for one in self.token.identity.channels for video in self.world.uploads_of(one)]
        return {
            "items": [
                {"id": {"kind": "youtube#video", "videoId": one.id}} for one in mine[: int(self.query.get("maxResults") or 5)]
            ]
        }

    def _playlistItems_insert(self) -> dict[str, Any]:
        snippet = self.body["snippet"]
        if snippet["playlistId"] not in self.world.playlists:
            raise Refusal(404, "playlistNotFound", "The playlist cannot be found.", "playlistId")
        self._own(snippet["resourceId"]["videoId"])
        if snippet["resourceId"].get("kind") != "youtube#video":
            raise Refusal(400, "invalidResourceType", "kind")
        with self.world.lock:
            self.world.playlists[snippet["playlistId"]].append(snippet["resourceId"]["videoId"])
        return {"id": f"item-{snippet['playlistId']}-{snippet['resourceId']['videoId']}", "snippet": snippet}

    def _videos_list(self) -> dict[str, Any]:
        ids = self.query["id"].split(",")
        if len(ids) > 50:
            raise Refusal(400, "invalidParameter", "too many ids", "id")
        found = [self.world.videos[one] for one in ids if one in self.world.videos]
        for video in found:
            if "processingDetails" in self.query["part"] or "status" in self.query["part"]:
                video.polls += 1
                self._grow(video)
        return {"items": [self.shown(video, self.query["part"]) for video in found]}

    def _grow(self, video: Video) -> None:
        """Time goes on for a video."""
        if video.polls >= self.world.polls_until_processed:
            video.status |= {"uploadStatus": "processed", **self.world.outcome}
        publish_at = video.status.get("publishAt")
        if publish_at and datetime.fromisoformat(publish_at) <= self.world.now():
            video.status.pop("publishAt")
            video.status["privacyStatus"] = "public"

    def _thumbnails_set(self) -> dict[str, Any]:
        video = self._own(self.query["videoId"])
        if self.kind not in ("image/jpeg", "image/png") or not self.media:
            raise Refusal(400, "invalidImage", "The image is not supported.")
        if len(self.media) > 2 * 1024 * 1024:
            raise Refusal(400, "mediaBodyTooLarge", "The image is too large.")
        video.thumbnail = self.media
        return {
            "kind": "youtube#thumbnailSetResponse",
            "items": [{"default": {"url": f"https://i.ytimg.com/vi/{video.id}/default.jpg"}}],
        }

    def _captions_insert(self) -> dict[str, Any]:
        snippet = self.body["snippet"]
        video = self._own(snippet["videoId"])
        if not self.media or "language" not in snippet or "name" not in snippet:
            raise Refusal(400, "contentRequired", "The captions are empty.")
        if any((one["language"], one["name"]) == (snippet["language"], snippet["name"]) for one in video.captions):
            raise Refusal(409, "captionExists", "The video already has captions of that language and name.")
        track = {**snippet, "id": secrets.token_urlsafe(12), "body": self.media}
        video.captions.append(track)
        return {"id": track["id"], "snippet": snippet}

    def _captions_list(self) -> dict[str, Any]:
        video = self._own(self.query["videoId"])
        return {
            "items": [
                {"id": one["id"], "snippet": {k: v for k, v in one.items() if k not in ("id", "body")}} for one in video.captions
            ]
        }

    def _own(self, video_id: str) -> Video:
        video = self.world.videos.get(video_id)
        if video is None:
            raise Refusal(404, "videoNotFound", "The video cannot be found.", "videoId")
        if video.channel not in self.token.identity.channels:
            raise Refusal(403, "forbidden", "Not your video.")
        return video

    @staticmethod
    def shown(video: Video, part: str) -> dict[str, Any]:
        """A video as the API shows it."""
        parts = part.split(",")
        answer: dict[str, Any] = {"kind": "youtube#video", "id": video.id}
        if "snippet" in parts:
            answer["snippet"] = {**video.snippet, "channelId": video.channel, "publishedAt": video.made_at.isoformat()}
        if "status" in parts:
            answer["status"] = {"uploadStatus": "uploaded", **video.status}
        if "processingDetails" in parts:
            done = answer.get("status", video.status).get("uploadStatus") == "processed"
            answer["processingDetails"] = {"processingStatus": "succeeded" if done else "processing"}
        return answer


def check_snippet(snippet: dict[str, Any]) -> None:
    """What YouTube says against a snippet."""
    title, description, tags = snippet.get("title", ""), snippet.get("description", ""), snippet.get("tags", [])
    if not 0 < len(title) <= TITLE or set("<>") & set(title):
        raise Refusal(400, "invalidTitle", "The request metadata specifies an invalid or empty video title.", "body.snippet.title")
    if len(description.encode()) > DESCRIPTION or set("<>") & set(description):
        raise Refusal(
            400, "invalidDescription", "The request metadata specifies an invalid video description.", "body.snippet.description"
        )
    length = sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)
    if length > TAGS:
        raise Refusal(400, "invalidTags", "The request metadata specifies invalid video keywords.", "body.snippet.tags")
    if not str(snippet.get("categoryId", "")).isdigit():
        raise Refusal(400, "invalidCategoryId", "The categoryId is not valid.", "body.snippet.categoryId")
