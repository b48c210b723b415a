"""Ids, money, errors, formats and settings: what everything else leans on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from models.errors import ProviderError, RateLimited, YtempireError, error_types
from models.ids import digest_of, slug_of
from models.money import dollars, dollars_up, shown
from models.settings import Misconfigured, Settings
from models.videos.contracts import ArtifactRef, Level, VideoFormat, VideoRequest
from models.videos.formats import profile_of


def test_a_digest_depends_on_content_and_not_on_the_order_of_keys() -> None:
    assert digest_of({"a": 1, "b": [2, "x"]}) == digest_of({"b": [2, "x"], "a": 1})
    assert digest_of("a", "b") != digest_of("ab")
    reference = ArtifactRef(kind="film", digest="0" * 64, media_type="video/mp4", size=1)
    assert digest_of(reference) == digest_of(reference.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Why the sky is blue?", "why-the-sky-is-blue"),
        ("../../etc/passwd", "etc-passwd"),
        ("¿Por qué el cielo es azul?", "por-qué-el-cielo-es-azul"),
        ("لماذا السماء زرقاء", "لماذا-السماء-زرقاء"),
        ("🎬🔥", "video"),
        ("", "video"),
        ("a" * 500, "a" * 60),
    ],
)
def test_a_slug_is_a_folder_name_in_the_words_of_the_title(text: str, slug: str) -> None:
    assert slug_of(text) == slug


def test_a_slug_in_a_script_of_three_bytes_a_letter_still_fits_a_file_name() -> None:
    assert len(slug_of("空" * 500).encode()) <= 180


def test_money_has_six_places_and_is_never_a_float() -> None:
    assert dollars("0.1234565") == Decimal("0.123457")
    assert dollars_up(Decimal("0.0000001")) == Decimal("0.000001")
    assert shown(Decimal("0.0031")) == "$0.0031"
    assert shown(Decimal("1234.5")) == "$1,234.50"
    with pytest.raises(TypeError, match="never a float"):
        dollars(0.1)  # type: ignore[arg-type]


def test_every_error_of_the_tree_is_found_by_the_name_it_crosses_processes_with() -> None:
    types = error_types()
    assert types["RateLimited"] is RateLimited
    assert all(issubclass(kind, YtempireError) and kind.type_name() == name for name, kind in types.items())
    assert sum(issubclass(kind, ProviderError) for kind in types.values()) >= 7


def test_an_economy_film_is_720p_without_transitions_and_a_short_stays_vertical() -> None:
    economy = profile_of(VideoFormat.STANDARD, Level.ECONOMY)
    assert (economy.width, economy.height, economy.fps, economy.transitions) == (1280, 720, 24, False)
    assert profile_of(VideoFormat.SHORT, Level.ECONOMY).vertical


def test_an_older_worker_reads_what_a_newer_one_wrote() -> None:
    assert VideoRequest.model_validate({"topic": "tides", "a_field_of_tomorrow": 1}).topic == "tides"


@pytest.mark.parametrize("missing", ["secret_key", "encryption_keys", "database_url"])
def test_production_refuses_placeholder_secrets_and_names_them(missing: str) -> None:
    good = {
        "secret_key": "k" * 40,
        "encryption_keys": "one:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "database_url": "postgresql://u:p@h/d",
    }
    Settings(_env_file=None, environment="production", **good)  # type: ignore[arg-type]
    with pytest.raises((Misconfigured, ValidationError), match=f"YTEMPIRE_{missing.upper()}"):
        Settings(_env_file=None, environment="production", **{**good, missing: "change-me"})  # type: ignore[arg-type]


@pytest.mark.parametrize("proxies", ["*", "proxy.internal", "10.0.0.5/8", "127.0.0.1,"])
def test_a_trusted_proxy_that_is_no_address_or_network_is_refused_at_the_start(proxies: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(_env_file=None, trusted_proxies=proxies)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["video_cap", "user_day_cap", "platform_day_cap", "platform_month_cap", "video_economy_from"])
@pytest.mark.parametrize("amount", ["-0.01", "100000000", "NaN"])
def test_a_cap_that_the_ledger_cannot_keep_is_refused(name: str, amount: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(_env_file=None, **{name: amount})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("provider_day_caps", "opnai"),
        ("provider_day_caps", "openai-small"),
        ("provider_video_caps", "openai"),
        ("provider_video_caps", "openai/scripts"),
        ("provider_video_caps", "openai-small/script"),
    ],
)
def test_a_cap_under_a_name_that_nobody_pays_under_is_refused_with_the_names_that_are(name: str, key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key} would cap nothing.*elevenlabs.*openai"):
        Settings(_env_file=None, **{name: {key: "1"}})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["provider_day_caps", "provider_video_caps"])
def test_a_providers_cap_that_the_ledger_cannot_keep_is_refused(name: str) -> None:
    key = "google" if name == "provider_day_caps" else "google/voice"
    assert getattr(Settings(_env_file=None, **{name: {key: "99999999"}}), name) == {key: Decimal(99_999_999)}  # type: ignore[arg-type]
    for amount in ("-1", "100000000"):
        with pytest.raises(ValidationError, match=name):
            Settings(_env_file=None, **{name: {key: amount}})  # type: ignore[arg-type]


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = Settings(_env_file=None, secret_key="very-secret-value", database_url="postgresql://u:hidden@h/d")  # type: ignore[arg-type]
    assert "very-secret-value" not in repr(settings)
    assert "hidden" not in repr(settings)
