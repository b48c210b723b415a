"""Every provider at once, each answer spoiled with a given probability: by every kind of fault that its protocol knows.

What goes wrong is decided by the seed, the request and how often it was made, so that a run can be made again.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any, Self

from tests.fakes.openai_account import FakeOpenAIAccount
from tests.fakes.openai_chat import USAGE, completion
from tests.fakes.pexels import FakePexels, Shelf
from tests.fakes.pixabay import FakePixabay
from tests.fakes.sdxl import FakeSdxl
from tests.fakes.server import Answered, Call, FakeServer, Fault, garbage, json_fault, outage, rate_limited, slow, truncated
from tests.fakes.shutterstock import FakeShutterstock
from tests.fakes.speech import FakeElevenLabs, FakeGoogleTts

SLOW = 600.0
"""Seconds: longer than anybody waits."""
_MARK = re.compile(r"<mark[^>]*/>")
_PAID = ("/chat/completions", "/images/generations", "/txt2img", "/text:synthesize", "/with-timestamps", "/licenses")
_TOKENS = {"gpt-5.6-luna": ("0.20", "0.02", "1.20"), "gpt-5.6-sol": ("5.00", "0.50", "30.00")}
"""Dollars a million of input, cached and output tokens."""


@dataclass(frozen=True)
class Misfortune:
    """A kind of fault, with the errors that it may be told as."""

    name: str
    told_as: frozenset[str]
    fault: Fault


def _kinds(call: Call, account: str) -> list[Misfortune]:
    """What may go wrong with this call."""
    status = 503 if len(call.body) % 2 else 500
    found = [
        _kind("rate limit", "RateLimited", rate_limited("1")),
        _kind("long rate limit", "RateLimited", rate_limited("3600")),
        _kind("outage", "Unavailable", outage(status)),
        _kind("slow", "Unavailable", slow(SLOW)),
        _kind("truncated", "Unavailable BadOutput", truncated(17)),
    ]
    if call.path.startswith("/files/"):
        return found
    expired = "API key expired. Please renew the API key."
    key = json_fault(401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": expired}})
    if account == "pixabay":
        key = Fault(status=400, body=b"[ERROR 400] Invalid or missing API key (https://pixabay.com/api/docs/).")
    found += [
        _kind("wrong JSON", "BadOutput", garbage()),
        _kind("another schema", "BadOutput", json_fault(200, _other_schema(call))),
        _kind("expired key", "AuthenticationFailed", key),
    ]
    if account == "openai":
        spent = {"error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "You exceeded your quota."}}
        found.append(_kind("quota", "QuotaExhausted", json_fault(429, spent)))
    if account == "elevenlabs":
        spent = {"detail": {"status": "quota_exceeded", "message": "This request exceeds your quota."}}
        found.append(_kind("quota", "QuotaExhausted", json_fault(401, spent)))
    refusal = _refusal(call)
    return [*found, _kind("refusal", "Refused NotServed", refusal)] if refusal else found


def _kind(name: str, told_as: str, fault: Fault) -> Misfortune:
    return Misfortune(name, frozenset(told_as.split()), fault)


def _other_schema(call: Call) -> Any:
    if call.path.endswith("/chat/completions"):
        return completion(call.json["model"], json.dumps({"title": "No scenes"}), usage=USAGE)
    return {"surprise": True}


def _refusal(call: Call) -> Fault | None:
    if call.path.endswith("/chat/completions"):
        return json_fault(200, completion(call.json["model"], None, "I cannot help with that.", usage=USAGE))
    if call.path.endswith("/images/generations"):
        return json_fault(400, {"error": {"code": "moderation_blocked", "message": "Rejected by the safety system."}})
    if call.path.endswith("/licenses"):
        return json_fault(200, {"data": [{"video_id": "1", "error": "This clip is not for sale in your country."}]})
    return None


class Misfortunes:
    """The providers of a whole installation while the `with` block lasts; `share` of their answers go wrong."""

    def __init__(self, share: float, seed: int, clips: int = 60) -> None:
        self._share, self._seed = share, seed
        self._asked: Counter[str] = Counter()
        self.given: Counter[tuple[str, str]] = Counter()
        """How often each account was given each kind of fault."""
        self.told_as: Counter[tuple[str, str]] = Counter()
        """How often each account was given a fault that may be told as this error."""
        self.openai, self.google, self.elevenlabs = FakeOpenAIAccount(), FakeGoogleTts(), FakeElevenLabs()
        self.pexels, self.pixabay, self.shutterstock, self.sdxl = FakePexels(), FakePixabay(), FakeShutterstock(), FakeSdxl()
        for first, library in ((1_000, self.pexels), (2_000, self.pixabay), (3_000, self.shutterstock)):
            library.clips = [Shelf(first + number, f"clip-{number}", 30, tags=["clip"]) for number in range(clips)]
        self.servers: dict[str, FakeServer] = {
            "openai": self.openai, "google": self.google, "elevenlabs": self.elevenlabs, "pexels": self.pexels,
            "pixabay": self.pixabay, "shutterstock": self.shutterstock, "sdxl": self.sdxl,
        }  # fmt: skip
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for account, server in self.servers.items():
            self._spoil(account, server)
            self._open.enter_context(server)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def _spoil(self, account: str, server: FakeServer) -> None:
        server.fail_by(lambda call: self._chosen(account, call))

    def _chosen(self, account: str, call: Call) -> Fault | None:
        what = hashlib.sha256(f"{account} {call.path} {sorted(call.query.items())}".encode() + call.body).hexdigest()
        self._asked[what] += 1
        dice = random.Random(f"{self._seed} {what} {self._asked[what]}")
        if dice.random() >= self._share:
            return None
        chosen = dice.choice(_kinds(call, account))
        self.given[account, chosen.name] += 1
        self.told_as.update((account, error) for error in chosen.told_as)
        return chosen.fault

    def storm(self) -> None:
        """From now on every answer goes wrong."""
        self._share = 1.0

    def recover(self) -> None:
        """From now on every answer is the true one."""
        self._share = 0.0

    def billed(self, account: str) -> list[Decimal]:
        """What the account bills (US dollars), call by call: every answer that it meant to send as a good one."""
        amounts = [_bill(each) for each in self.servers[account].answered if each.status == 200]
        return [amount for amount in amounts if amount]

    def doubtful(self, account: str) -> int:
        """Calls that cost money when they are served, and were, or may have been as far as the caller can know."""
        paid = [each for each in self.servers[account].answered if each.call.path.endswith(_PAID)]
        return sum(1 for each in paid if each.status == 200 or each.status >= 500)


def _bill(answered: Answered) -> Decimal:
    """What one good answer costs, by the vendors' public rules: tokens, characters without marks, pictures, licences."""
    call = answered.call
    if call.path.endswith("/chat/completions"):
        into, cached, out = (Decimal(price) / 1_000_000 for price in _TOKENS[call.json["model"]])
        known = USAGE["prompt_tokens_details"]["cached_tokens"]
        return _up((USAGE["prompt_tokens"] - known) * into + known * cached + USAGE["completion_tokens"] * out)
    if call.path.endswith(("/images/generations", "/txt2img")):
        return Decimal("0.04")
    if call.path.endswith("/text:synthesize"):
        price = Decimal(16 if "Neural2" in call.json["voice"]["name"] else 4) / 1_000_000
        return _up(len(_MARK.sub("", call.json["input"]["ssml"])) * price)
    if call.path.endswith("/with-timestamps"):
        return _up(len(call.json["text"]) * Decimal("0.30") / 1_000)
    if call.path.endswith("/licenses"):
        return Decimal(0) if answered.fault.body and b'"error"' in answered.fault.body else Decimal("0.50")
    return Decimal(0)


def _up(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001"), rounding=ROUND_UP)
