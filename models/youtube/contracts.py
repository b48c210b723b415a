"""What the parts of publishing to YouTube hand to each other."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from models.videos.contracts import Contract
from models.youtube.choosing import AccountKind, AccountStatus
from models.youtube.quota import Level


class UploadState(StrEnum):
    """Where an upload is. `released`: its slot was given back, no session was ever opened. `abandoned`: given up after one was."""

    RESERVED = "reserved"
    SENDING = "sending"
    UPLOADED = "uploaded"
    RELEASED = "released"
    ABANDONED = "abandoned"


class UploadRow(Contract):
    """An upload as it stands. `fence` is the attempt that may write to it: the newest one."""

    id: UUID
    video_id: UUID
    account_id: UUID
    account_label: str
    project: str
    youtube_channel_id: str
    day: date = Field(description="the Pacific day whose slot it holds")
    state: UploadState
    film_hash: str
    film_size: int
    metadata_hash: str
    marker: str
    fence: UUID | None = None
    session: str = Field(default="", description="address of the resumable session, sealed")
    sessions: int = Field(default=0, description="sessions opened for it so far")
    sent: int = 0
    youtube_id: str = ""
    uploaded_at: datetime | None = None
    visibility: str = Field(default="", description="as the last look at it saw it; empty: nobody has looked")


class Reservation(Contract):
    """What a slot is asked for."""

    video_id: UUID
    film_hash: str
    film_size: int
    metadata_hash: str


class AccountRow(Contract):
    """An account without its secrets."""

    id: UUID
    user_id: UUID
    label: str
    project: str
    kind: AccountKind
    status: AccountStatus
    uploads_a_day: int
    uploads_today: int = 0
    health: int
    consecutive_errors: int
    error_rate: float
    last_error: str = ""
    last_used_at: datetime | None = None
    connected_at: datetime | None = Field(default=None, description="when a person last gave consent")
    refresh_dies_at: datetime | None = Field(default=None, description="when the account must be reconnected at the latest")
    scopes: tuple[str, ...] = ()
    channels: tuple[str, ...] = Field(default=(), description="YouTube ids of the channels it may upload to")


class ManagedChannel(Contract):
    """A channel that an account can manage, as YouTube tells it."""

    youtube_channel_id: str
    title: str = ""


class OAuthState(Contract):
    """What was remembered while a person gave consent."""

    user_id: UUID
    account_id: UUID | None = None
    channel_id: UUID | None = None
    kind: AccountKind = AccountKind.ACTIVE
    project: str
    redirect: str
    verifier: str


class BucketUsage(Contract):
    """A project's bucket on a Pacific day."""

    project: str
    bucket: str
    day: date
    used: int
    units: int
    spendable: int = Field(description="units that may be used up; the rest is kept back")
    level: Level
    full: bool = Field(default=False, description="YouTube said that it is spent")
    renews_at: datetime


class QuotaReport(Contract):
    """The quota of today and what still fits into it."""

    buckets: tuple[BucketUsage, ...]
    videos_left: int
    complete_left: int = Field(description="of these, with thumbnail, captions and playlist")
    renews_at: datetime


class Alert(Contract):
    """Something that a person should look at."""

    kind: str
    message: str
    link: str = ""
    account_id: UUID | None = None
    upload_id: UUID | None = None
    project: str = ""
    raised_at: datetime | None = None


class TokenCheck(Contract):
    """Output of the schedule that keeps tokens alive."""

    refreshed: int = 0
    warned: int = 0
    failed: int = 0
    recovered: int = Field(default=0, description="accounts with errors that answered well again")
    withdrawn: int = Field(default=0, description="unfinished uploads of videos that had ended")
