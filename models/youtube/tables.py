"""Tables of the schema `youtube`. The migrations are the truth; a test compares."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Identity, UniqueConstraint
from sqlmodel import Field, SQLModel

import models.channels.tables  # noqa: F401 - where foreign keys lead
import models.users.tables  # noqa: F401 - where foreign keys lead
import models.videos.tables  # noqa: F401 - where foreign keys lead
from models.columns import made_at, moment, texts, words
from models.ids import new_id


class YouTubeAccount(SQLModel, table=True):
    """One Google identity that uploads. Tokens are sealed (`models.encryption`)."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("id", "project"),
        {"schema": "youtube"},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="RESTRICT")
    label: str = words()
    google_subject: str | None = words(None)
    project: str = words()
    kind: str = words("active")
    status: str = words("active")
    uploads_a_day: int
    health: int = 100
    consecutive_errors: int = 0
    outcomes: str = words()
    last_error: str = words()
    last_used_at: datetime | None = moment()
    access_token: str | None = words(None)
    access_expires_at: datetime | None = moment()
    refresh_token: str | None = words(None)
    refresh_expires_at: datetime | None = moment()
    refreshed_at: datetime | None = moment()
    scopes: list[str] = texts()
    connected_at: datetime | None = moment()
    created_at: datetime = made_at()
    updated_at: datetime = made_at()


class ChannelGrant(SQLModel, table=True):
    """An account may upload to a channel."""

    __tablename__ = "channel_grants"
    __table_args__ = {"schema": "youtube"}

    account_id: UUID = Field(foreign_key="youtube.accounts.id", ondelete="RESTRICT", primary_key=True)
    youtube_channel_id: str = words(primary_key=True)
    title: str = words()
    granted_at: datetime = made_at()
    revoked_at: datetime | None = moment()


class AccountDay(SQLModel, table=True):
    """Upload slots of an account on a Pacific day; the database refuses one too many."""

    __tablename__ = "account_days"
    __table_args__ = {"schema": "youtube"}

    account_id: UUID = Field(foreign_key="youtube.accounts.id", ondelete="CASCADE", primary_key=True)
    day: date = Field(primary_key=True)
    uploads_a_day: int
    taken: int = 0


class QuotaCost(SQLModel, table=True):
    """What a call costs from a date on."""

    __tablename__ = "quota_costs"
    __table_args__ = {"schema": "youtube"}

    call: str = words(primary_key=True)
    holds_from: date = Field(primary_key=True)
    bucket: str = words()
    units: int
    source: str = words()


class QuotaLimit(SQLModel, table=True):
    """Units a day of a bucket from a date on; project `""` is every project without rows of its own."""

    __tablename__ = "quota_limits"
    __table_args__ = {"schema": "youtube"}

    project: str = words(primary_key=True)
    bucket: str = words(primary_key=True)
    holds_from: date = Field(primary_key=True)
    units: int
    source: str = words()


class QuotaUsage(SQLModel, table=True):
    """What a project used of a bucket on a Pacific day."""

    __tablename__ = "quota_usage"
    __table_args__ = {"schema": "youtube"}

    project: str = words(primary_key=True)
    bucket: str = words(primary_key=True)
    day: date = Field(primary_key=True)
    used: int = 0
    full_since: datetime | None = moment()
    updated_at: datetime = made_at()


class YouTubeUpload(SQLModel, table=True):
    """An upload of a video: at most one lives at a time, and its account must be granted its channel."""

    __tablename__ = "uploads"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "youtube_channel_id"], ["youtube.channel_grants.account_id", "youtube.channel_grants.youtube_channel_id"]
        ),
        ForeignKeyConstraint(["account_id", "project"], ["youtube.accounts.id", "youtube.accounts.project"]),
        {"schema": "youtube"},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    video_id: UUID = Field(foreign_key="videos.video_records.id", ondelete="RESTRICT")
    account_id: UUID
    project: str = words()
    youtube_channel_id: str = words()
    day: date
    state: str = words("reserved")
    film_hash: str = words()
    film_size: int = Field(sa_type=BigInteger)
    metadata_hash: str = words()
    marker: str = words()
    fence: UUID | None = None
    session: str | None = words(None)
    sessions: int = 0
    asked: int = 0
    sent: int = Field(default=0, sa_type=BigInteger)
    youtube_id: str | None = words(None, unique=True)
    error: str = words()
    processing: str = words()
    visibility: str = words()
    uploaded_at: datetime | None = moment()
    confirmed_at: datetime | None = moment()
    created_at: datetime = made_at()
    updated_at: datetime = made_at()


class UploadExtra(SQLModel, table=True):
    """A thumbnail, captions or playlist entry of an upload: begun before the call, done after it."""

    __tablename__ = "upload_extras"
    __table_args__ = {"schema": "youtube"}

    upload_id: UUID = Field(foreign_key="youtube.uploads.id", ondelete="CASCADE", primary_key=True)
    extra: str = words(primary_key=True)
    external_id: str = words()
    started_at: datetime = made_at()
    done_at: datetime | None = moment()


class OAuthStateRow(SQLModel, table=True):
    """A consent under way: the state's digest, whose it is, and the sealed PKCE verifier."""

    __tablename__ = "oauth_states"
    __table_args__ = {"schema": "youtube"}

    digest: str = words(primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    account_id: UUID | None = Field(default=None, foreign_key="youtube.accounts.id", ondelete="CASCADE")
    channel_id: UUID | None = Field(default=None, foreign_key="channels.youtube_channels.id", ondelete="CASCADE")
    kind: str = words("active")
    project: str = words()
    redirect: str = words()
    verifier: str = words()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = moment()
    created_at: datetime = made_at()


class YouTubeAlert(SQLModel, table=True):
    """Something that a person should look at; one stays open for each kind and thing."""

    __tablename__ = "alerts"
    __table_args__ = {"schema": "youtube"}

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    kind: str = words()
    account_id: UUID | None = Field(default=None, foreign_key="youtube.accounts.id", ondelete="CASCADE")
    upload_id: UUID | None = Field(default=None, foreign_key="youtube.uploads.id", ondelete="CASCADE")
    project: str = words()
    message: str = words()
    link: str = words()
    raised_at: datetime = made_at()
    cleared_at: datetime | None = moment()
