"""Secrets at rest open only with their key, in their place, unchanged; keys rotate."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pydantic import SecretStr

from models.encryption import Cipher
from models.errors import Misconfigured
from models.settings import Settings

OLD, NEW = bytes(32), bytes(range(32))


def test_a_secret_opens_in_its_place_and_nowhere_else() -> None:
    cipher = Cipher({"k1": OLD})
    sealed = cipher.seal("1//refresh ü", "row:1")
    assert sealed.startswith("v1.k1.") and "refresh" not in sealed
    assert cipher.open(sealed, "row:1") == "1//refresh ü"
    with pytest.raises(Misconfigured, match="does not open"):
        cipher.open(sealed, "row:2")
    assert cipher.seal("1//refresh ü", "row:1") != sealed


def test_a_changed_secret_does_not_open() -> None:
    cipher = Cipher({"k1": OLD})
    head, _, body = cipher.seal("secret", "row").rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[-1] ^= 1
    with pytest.raises(Misconfigured):
        cipher.open(f"{head}.{base64.urlsafe_b64encode(raw).decode()}", "row")
    for text in ("", "v1", "v2.k1.AAAA", "v1.k1.%%%"):
        with pytest.raises(Misconfigured):
            cipher.open(text, "row")


def test_the_first_key_seals_and_old_ones_still_open() -> None:
    sealed = Cipher({"k1": OLD}).seal("secret", "row")
    both = Cipher({"k2": NEW, "k1": OLD})
    assert both.open(sealed, "row") == "secret"
    assert not both.sealed_by_current(sealed) and both.sealed_by_current(both.seal("secret", "row"))
    with pytest.raises(Misconfigured, match="rotate-keys"):
        Cipher({"k2": NEW}).open(sealed, "row")


def test_keys_come_from_the_settings(settings: Settings) -> None:
    text = f"b:{base64.b64encode(NEW).decode()}, a:{base64.b64encode(OLD).decode()}"
    cipher = Cipher.of(settings.model_copy(update={"encryption_keys": SecretStr(text)}))
    assert cipher.current == "b"
    for wrong in ("nonsense", "a:AAAA", ":" + base64.b64encode(OLD).decode()):
        with pytest.raises(Misconfigured):
            Cipher.of(settings.model_copy(update={"encryption_keys": SecretStr(wrong)}))


@pytest.mark.parametrize("again", range(10))
def test_a_laptop_makes_one_key_however_many_start_together(settings: Settings, again: int) -> None:
    together = Barrier(8)

    def started(_: int) -> Cipher:
        together.wait()
        return Cipher.of(settings)

    with ThreadPoolExecutor(8) as threads:
        ciphers = list(threads.map(started, range(8)))
    sealed = ciphers[0].seal("secret", "row")
    assert {cipher.open(sealed, "row") for cipher in ciphers} == {"secret"}
    path = settings.data_dir / "encryption.key"
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in settings.data_dir.iterdir()] == ["encryption.key"]
