"""Every setting of the product, from the environment and `.env`; `docs/settings.md` is made from this file.

Names in the environment are `YTEMPIRE_` and the field's name in capitals. Secrets are `SecretStr` and never logged.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from ipaddress import IPv4Address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    IPvAnyAddress,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import Misconfigured
from models.videos.providers import CHAINS, LOCAL

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDERS = ("", "change-me", "changeme", "secret", "laptop-only")


def _secret(default: str = "", **more: Any) -> Any:
    return Field(default=SecretStr(default), **more)


def _networks(listed: str) -> str:
    """The list as it is, once each part of it is an IP address or a network."""
    for part in listed.split(","):
        ip_network(part.strip())
    return listed


class InstallationSettings(BaseSettings):
    """Where this installation keeps things and what it is."""

    environment: Literal["laptop", "production"] = Field("laptop", description="`production` refuses placeholder secrets")
    data_dir: Path = Field(ROOT / "data", description="everything the laptop stack keeps: database, Temporal, artifacts, logs")
    films_dir: Path = Field(ROOT / "films", description="where the folder publisher writes finished films")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe log line written")
    timezone: str = Field("UTC", description="the platform's time zone (IANA name); no schedule follows it yet")
    public_url: str = Field("http://127.0.0.1:8321", description="address under which people reach the API, for links")


class DatabaseSettings(BaseSettings):
    """PostgreSQL."""

    database_url: SecretStr = _secret(
        description="`postgresql://user:password@host/name`; empty: the embedded server under `data_dir`",
    )
    database_pool: int = Field(10, ge=1, le=100, description="connections a process keeps at most")
    database_slow_seconds: float = Field(1.0, description="a query over this is logged as slow")
    postgres_dir: Path | None = Field(
        None, description="folder with PostgreSQL's `bin/`; empty: the one in the virtual environment"
    )
    postgres_port: int = Field(0, ge=0, le=65535, description="port of the embedded server; 0: a free one, kept in `data_dir`")
    keep_requests_days: int = Field(
        90, ge=1, description="days for which the log of requests is kept, and what the outbox has sent"
    )
    keep_audit_days: int = Field(400, ge=1, description="days for which the log of changes is kept")
    keep_deliveries_days: int = Field(30, ge=2, description="days for which the log of webhooks is kept")


class TemporalSettings(BaseSettings):
    """The Temporal service."""

    temporal_address: str = Field("", description="`host:port` of your Temporal service; empty: a dev server under `data_dir`")
    temporal_namespace: str = Field("default", description="namespace of the videos")
    temporal_api_key: SecretStr = _secret(description="API key of Temporal Cloud")
    temporal_tls_cert: Path | None = Field(None, description="client certificate (mTLS)")
    temporal_tls_key: Path | None = Field(None, description="key of the client certificate")
    temporal_bin: Path | None = Field(
        None, description="the `temporal` program; empty: the one on PATH, else of the virtual environment"
    )
    temporal_port: int = Field(0, ge=0, le=65535, description="port of the dev server; 0: a free one, kept in `data_dir`")
    temporal_ui_port: int = Field(0, ge=0, le=65535, description="port of the dev server's web pages; 0: a free one")
    temporal_ui_url: str = Field("", description="address of the Temporal web pages, for links; empty: the dev server's")


class WorkerSettings(BaseSettings):
    """Workers and rendering."""

    videos_at_once: int = Field(20, ge=1, description="video workflows that a worker moves on at once")
    gpu_queue: bool = Field(False, description="whether workers of `render-gpu` exist; complex films then go there first")
    publisher: Literal["folder", "youtube"] = Field("folder", description="where finished films go")
    cpu_renders: int = Field(
        2, ge=1, le=4, description="activities (renders and checks of films) that a `render-cpu` worker runs at once"
    )
    gpu_renders: int = Field(3, ge=1, le=3, description="NVENC renders a host runs at once, over all worker processes")
    gpu_memory_ceiling_gb: float = Field(28.0, description="no GPU render starts that would bring used VRAM over this")
    encoder_threads: int = Field(
        0, ge=0, description="x264 threads of a segment; 0: half as many again as cores, shared by those at once"
    )
    segment_parallelism: int = Field(
        0,
        ge=0,
        description="segments of one film rendered at once, about 220 MB each; 0: two, or one for every two cores, at most three",
    )
    drain_seconds: float = Field(20.0, description="how long a worker told to stop lets activities end")
    worker_metrics_port: int = Field(
        0,
        ge=0,
        le=65533,
        description="first port of the workers' Prometheus metrics: `control` there, `render` at + 1, `gpu` at + 2; 0: none",
    )
    worker_metrics_host: IPvAnyAddress = Field(
        IPv4Address("127.0.0.1"),
        description="IP address the workers' metrics listen on; they ask nobody who reads them: keep it inside your network",
    )


class ArtifactSettings(BaseSettings):
    """Where artifacts lie."""

    artifact_url: str = Field(
        "", description="`s3://bucket/prefix`, `gs://bucket/prefix` or `file:///folder`; empty: under `data_dir`"
    )
    artifact_s3_endpoint: str = Field("", description="address of an S3-compatible store, empty for Amazon's")
    artifact_s3_region: str = Field("us-east-1", description="region of the bucket")
    artifact_s3_key_id: str = Field("", description="access key id; empty: the machine's role")
    artifact_s3_secret: SecretStr = _secret(description="access key")


Dollars = Annotated[Decimal, Field(ge=0, le=99_999_999)]
"""US dollars as the ledger can keep them."""
PAID_STEPS = frozenset(
    f"{choice.account}/{step}" for step, choices in CHAINS.items() for choice in choices if choice.account not in (LOCAL, "youtube")
)
"""The accounts and steps whose calls may cost money, as the ledger names them; YouTube takes none."""


class BudgetSettings(BaseSettings):
    """Caps of spending in US dollars; the database enforces them."""

    video_cap: Dollars = Field(Decimal("3.00"), description="hard limit of a video")
    video_economy_from: Dollars = Field(Decimal("2.50"), description="from here on a video is made the economy way")
    script_economy_from: Dollars = Field(Decimal("0.50"), description="a script that cost this much makes the rest economy")
    user_day_cap: Dollars = Field(Decimal("50"), description="a user's day")
    platform_day_cap: Dollars = Field(Decimal("150"), description="the platform's day (UTC)")
    platform_month_cap: Dollars = Field(Decimal("4500"), description="the platform's month (UTC)")
    provider_day_caps: dict[str, Dollars] = Field(
        default_factory=lambda: {"openai": Decimal("50")}, description="a provider's day (UTC), by provider (JSON)"
    )
    provider_video_caps: dict[str, Dollars] = Field(
        default_factory=lambda: {"openai/script": Decimal("0.40")},
        description="a provider's part of a video for one step, by `provider/step` (JSON)",
    )

    @field_validator("provider_day_caps", "provider_video_caps")
    @classmethod
    def _names_are_known(cls, caps: dict[str, Decimal], info: ValidationInfo) -> dict[str, Decimal]:
        """A name that nobody pays under would cap nothing, without a word."""
        by_step = info.field_name == "provider_video_caps"
        known = PAID_STEPS if by_step else {name.partition("/")[0] for name in PAID_STEPS}
        if unknown := sorted(set(caps) - known):
            what = "a provider and its step" if by_step else "a provider"
            raise ValueError(f"{', '.join(unknown)} would cap nothing; {what} is one of {', '.join(sorted(known))}")
        return caps


class ApiSettings(BaseSettings):
    """The HTTP API."""

    api_host: str = Field("127.0.0.1", description="address the API listens on")
    api_port: int = Field(8321, ge=0, le=65535, description="port of the API; 0: a free one")
    api_processes: int = Field(1, ge=1, description="API processes")
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "127.0.0.1,::1",
        description="IP addresses and networks (`10.0.0.0/8`), comma-separated, of proxies whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed; limits by address count everybody behind any other proxy as one",
    )
    secret_key: SecretStr = _secret("laptop-only", description="signs access tokens and artifact links")
    encryption_keys: SecretStr = _secret(
        description="`id:base64key` pairs, comma-separated, first one encrypts (AES-256); empty on a laptop: made in `data_dir`"
    )
    cors_origins: list[str] = Field(default_factory=list, description="origins that browsers may call the API from (JSON list)")
    body_limit_kb: int = Field(1024, ge=16, description="largest body of a request, in KiB")
    media_limit_mb: int = Field(512, ge=1, description="largest picture or clip that may be uploaded, in MiB")
    request_seconds: float = Field(30.0, gt=0, description="a request that takes longer is answered with 503")
    stream_seconds: float = Field(
        3600.0, gt=0, description="an event stream is ended after so long; clients reconnect and go on where they were"
    )
    slow_request_seconds: float = Field(1.0, gt=0, description="a request over this is logged as slow")
    sign_in_limit: int = Field(
        20, ge=1, description="requests a minute from one address to each route under /auth that takes a secret"
    )
    password_memory_mb: int = Field(64, ge=19, description="memory that hashing a password takes, in MiB: what makes guessing dear")
    registration_open: bool = Field(True, description="whether anybody may register")
    metrics_token: SecretStr = _secret(
        description="bearer token of Prometheus; empty in production: only administrators read metrics"
    )


class WebhookSettings(BaseSettings):
    """Webhooks, in and out."""

    n8n_secret: SecretStr = _secret(description="what the platform's own N8N signs with; empty: only users' endpoint secrets count")
    webhook_private_addresses: bool = Field(
        False, description="whether events may be sent to private and loopback addresses, and over plain http (a laptop's N8N)"
    )


class MailSettings(BaseSettings):
    """Mail to users."""

    smtp_host: str = Field("", description="mail server; empty: mails go to the log and to `data_dir/mail`")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    smtp_user: str = Field("", description="user at the mail server")
    smtp_password: SecretStr = _secret(description="password at the mail server")
    smtp_start_tls: bool = Field(True, description="encrypt before signing in at the mail server")
    mail_from: str = Field("YTEMPIRE <noreply@ytempire.example>", description="sender of mails")


class YouTubeSettings(BaseSettings):
    """Publishing to YouTube; `docs/youtube.md` says how to get the values."""

    youtube_project: str = Field("", description="Google Cloud project of the OAuth client; empty: the number in the client id")
    youtube_client_id: str = Field("", description="OAuth client id; empty: YouTube is not used")
    youtube_client_secret: SecretStr = _secret(description="OAuth client secret")
    youtube_more_clients: SecretStr = _secret(
        description='further applications\' clients as JSON: `[{"project": ..., "client_id": ..., "client_secret": ...}]`'
    )
    youtube_redirect_url: str = Field("", description="where Google sends people back; empty: the callback under `public_url`")
    youtube_privacy: Literal["public", "unlisted", "private"] = Field("public", description="visibility of published videos")
    youtube_caption_tracks: tuple[Literal["srt", "vtt"], ...] = Field(
        ("srt", "vtt"),
        description="captions sent to YouTube (JSON list); 400 quota units each; a second one is sent as a draft",
    )
    youtube_chunk_mb: int = Field(64, ge=1, le=1024, description="MiB of the first chunk; later ones follow the line's speed")
    youtube_timeout_seconds: float = Field(40.0, gt=0, description="a silent connection to YouTube is given up after this")
    youtube_backoff_seconds: float = Field(0.5, ge=0, description="first wait after a broken transfer; doubled, at most 30 s")
    youtube_api_url: str = Field("", description="address of the Data API; empty: Google's")
    youtube_auth_url: str = Field("https://accounts.google.com/o/oauth2/v2/auth", description="where people give consent")
    youtube_token_url: str = Field("https://oauth2.googleapis.com/token", description="where tokens are made and renewed")

    @property
    def youtube_configured(self) -> bool:
        """Whether there is an OAuth client to connect accounts with."""
        return bool(self.youtube_client_id or self.youtube_more_clients.get_secret_value())


class ProviderSettings(BaseSettings):
    """Accounts of providers. A provider without its key is left out of every chain; the local ones need none."""

    openai_api_key: SecretStr = _secret(description="key of OpenAI")
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="address of OpenAI or of a server that speaks its protocol"
    )
    openai_large_model: str = Field("gpt-5.6-sol", description="model that writes scripts at level premium")
    openai_small_model: str = Field("gpt-5.6-luna", description="model that writes scripts at the other levels")
    openai_image_model: str = Field("gpt-image-1.5", description="model that makes pictures")
    openai_moderation_model: str = Field("omni-moderation-latest", description="model that checks scripts")
    openai_seconds: float = Field(100.0, gt=0, description="how long an answer of OpenAI may take")
    google_tts_api_key: SecretStr = _secret(description="API key of Google Cloud Text-to-Speech")
    google_tts_credentials: Path | None = Field(None, description="service account file of Google Cloud, instead of the API key")
    google_tts_endpoint: str = Field("", description="address of the speech service, empty for Google's own")
    google_neural_voices: dict[str, str] = Field(
        default_factory=dict, description="voice by language for `google-neural` (JSON), over the built-in choice"
    )
    google_standard_voices: dict[str, str] = Field(
        default_factory=dict, description="voice by language for `google-standard` (JSON), over the built-in choice"
    )
    elevenlabs_api_key: SecretStr = _secret(description="key of ElevenLabs")
    elevenlabs_base_url: str = Field("https://api.elevenlabs.io", description="address of ElevenLabs")
    elevenlabs_voice: str = Field("21m00Tcm4TlvDq8ikWAM", description="id of the voice where a video names none")
    elevenlabs_model: str = Field("eleven_multilingual_v2", description="model of ElevenLabs")
    elevenlabs_month_characters: int = Field(100_000, ge=0, description="characters that the ElevenLabs plan includes in a month")
    pexels_api_key: SecretStr = _secret(description="key of Pexels")
    pexels_base_url: str = Field("https://api.pexels.com", description="address of Pexels")
    pixabay_api_key: SecretStr = _secret(description="key of Pixabay")
    pixabay_base_url: str = Field("https://pixabay.com/api", description="address of Pixabay")
    shutterstock_api_token: SecretStr = _secret(description="token of Shutterstock")
    shutterstock_base_url: str = Field("https://api.shutterstock.com/v2", description="address of Shutterstock")
    shutterstock_subscription: str = Field("", description="id of the Shutterstock subscription that pays for downloads")
    sdxl_base_url: str = Field("", description="address of a Stable Diffusion XL endpoint; empty: none")
    sdxl_api_key: SecretStr = _secret(description="key of that endpoint, where it wants one")
    provider_seconds: float = Field(30.0, gt=0, description="how long providers other than OpenAI may take to answer")
    breaker_failures: int = Field(5, gt=0, description="failures in a row after which a provider is not called for a while")
    breaker_seconds: float = Field(60.0, gt=0, description="how long that is, before one call tries it again")

    @property
    def configured_accounts(self) -> frozenset[str]:
        """The accounts that are set up, by the names of `models.videos.providers` (YouTube's belongs to a channel)."""
        found = {
            "openai": self.openai_api_key.get_secret_value(),
            "google": self.google_tts_api_key.get_secret_value() or self.google_tts_credentials,
            "elevenlabs": self.elevenlabs_api_key.get_secret_value(),
            "pexels": self.pexels_api_key.get_secret_value(),
            "pixabay": self.pixabay_api_key.get_secret_value(),
            "shutterstock": self.shutterstock_api_token.get_secret_value(),
            "sdxl": self.sdxl_base_url,
        }
        return frozenset(account for account, key in found.items() if key)


class FootageSettings(BaseSettings):
    """Footage and drawn pictures; the keys are among the providers'."""

    pexels_hourly: int = Field(200, ge=0, description="searches an hour that the Pexels account allows")
    pixabay_hourly: int = Field(5_000, ge=0, description="searches an hour that the Pixabay account allows")
    shutterstock_hourly: int = Field(1_000, ge=0, description="searches an hour that the Shutterstock account allows")
    footage_seconds: float = Field(120.0, gt=0, description="how long the download of one clip may take")
    footage_mb: int = Field(200, ge=1, description="largest clip that is downloaded, in MB")
    openai_image_quality: Literal["low", "medium", "high", "auto"] = Field(
        "medium", description="quality of OpenAI's pictures; the price list holds what one costs"
    )
    sdxl_steps: int = Field(30, ge=1, le=150, description="steps that the Stable Diffusion XL endpoint takes for a picture")


class Settings(
    InstallationSettings,
    DatabaseSettings,
    TemporalSettings,
    WorkerSettings,
    ArtifactSettings,
    BudgetSettings,
    ApiSettings,
    YouTubeSettings,
    WebhookSettings,
    MailSettings,
    ProviderSettings,
    FootageSettings,
):
    """All settings together. `Settings()` reads the environment and `.env` in the current folder."""

    model_config = SettingsConfigDict(env_prefix="YTEMPIRE_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    @model_validator(mode="after")
    def _production_has_real_secrets(self) -> Settings:
        if self.environment == "production":
            missing = [
                f"YTEMPIRE_{name.upper()}"
                for name in ("secret_key", "encryption_keys", "database_url")
                if getattr(self, name).get_secret_value().strip().lower() in PLACEHOLDERS
            ]
            if missing:
                raise Misconfigured(
                    f"Production needs real secrets; these are empty or placeholders: {', '.join(missing)}.",
                    hint="Set them in the environment or .env (docs/settings.md says what each one is).",
                )
            if len(self.secret_key.get_secret_value()) < 32:
                raise Misconfigured(
                    "YTEMPIRE_SECRET_KEY is shorter than 32 characters.", hint="Make one with: openssl rand -base64 48"
                )
        return self

    @cached_property
    def artifacts_dir(self) -> Path:
        """The folder of artifacts when no `artifact_url` is set."""
        return self.data_dir / "artifacts"
