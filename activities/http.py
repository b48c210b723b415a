"""What a provider's HTTP answer means: one place that turns status, headers and body into the errors of the product.

Every adapter asks `error_for` about an answer it cannot use and `error_from` about an exception of its client; so the same failure
means the same in every step: a rate limit waits as asked, an expired key is told to a person, a spent quota is not hammered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from models.errors import AuthenticationFailed, BadOutput, ProviderError, QuotaExhausted, RateLimited, Refused, Unavailable

logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines hold addresses, and some providers' keys are part of them

M = TypeVar("M", bound=BaseModel)

LONGEST_WAIT = timedelta(hours=24)
_QUOTA = ("insufficient_quota", "quota_exceeded", "quotaexceeded", "billing_hard_limit", "credits", "resource_exhausted_daily")
_REFUSAL = ("content_policy", "content_filter", "moderation_blocked", "safety", "policy_violation")
_KEY = ("invalid_api_key", "api key", "api_key", "expired", "unauthorized", "unauthenticated")
_SHOWN = 300
_NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_SECRET = re.compile(r"(sk-|key=|token=|bearer\s+)[\w.\-*]{6,}", re.IGNORECASE)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> timedelta | None:
    """The wait that the answer asks for: `Retry-After` in seconds or as a date, or the vendors' own headers.

    None where it asks for none; never negative, and never longer than a day.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    milliseconds = lowered.get("retry-after-ms", "")
    if _NUMBER.fullmatch(milliseconds):
        return _seconds(float(milliseconds) / 1000)
    value = lowered.get("retry-after", "").strip()
    if _NUMBER.fullmatch(value):
        return _seconds(float(value))
    if value:
        try:
            at = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        return _bounded((at if at.tzinfo else at.replace(tzinfo=UTC)) - (now or datetime.now(UTC)))
    reset = lowered.get("x-ratelimit-reset", "")
    if _NUMBER.fullmatch(reset):
        seconds = float(reset)
        if seconds > 1_000_000_000:  # a moment in Unix time (Pexels), not a wait (Pixabay)
            seconds -= (now or datetime.now(UTC)).timestamp()
        return _seconds(seconds)
    return None


def _seconds(wait: float) -> timedelta:
    return _bounded(timedelta(seconds=min(wait, LONGEST_WAIT.total_seconds())))


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def error_for(provider: str, status: int, headers: Mapping[str, str], body: bytes | str) -> ProviderError:
    """The error that an answer with a bad status is."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    said = said_in(text)
    lowered = text.lower()
    wait = retry_after(headers)
    detail: dict[str, Any] = {"status": status}
    if status in (401, 402, 403, 429) and any(sign in lowered for sign in _QUOTA):
        return QuotaExhausted(
            f"The quota of {provider} is spent: {said}.",
            provider=provider,
            retry_after=wait,
            hint="Raise it in the provider's account, or wait until it renews.",
            detail=detail,
        )
    if status == 429:
        waiting = f" and asks to wait {wait.total_seconds():.0f} s" if wait else ""
        return RateLimited(
            f"{provider} takes no more calls for now{waiting}: {said}.", provider=provider, retry_after=wait, detail=detail
        )
    if status in (401, 403) or (status == 400 and any(sign in lowered for sign in _KEY)):
        return AuthenticationFailed(
            f"{provider} does not accept the key ({status}): {said}.",
            provider=provider,
            hint="Check the key in the settings; it may have expired or lack a permission.",
            detail=detail,
        )
    if status in (408, 409, 425) or status >= 500:
        return Unavailable(f"{provider} answered {status}: {said}.", provider=provider, retry_after=wait, detail=detail)
    if any(sign in lowered for sign in _REFUSAL):
        return Refused(f"{provider} refuses: {said}.", provider=provider, detail=detail, billed="no")
    return BadOutput(f"{provider} did not take the request ({status}): {said}.", provider=provider, detail=detail, billed="no")


def error_from(provider: str, error: Exception) -> ProviderError:
    """The error that an exception of an HTTP client is: no connection, too slow, cut off, or an answer that is none."""
    kind = type(error).__name__
    if isinstance(error, (httpx.TimeoutException, TimeoutError)) or "timeout" in kind.lower():
        return Unavailable(f"{provider} did not answer in time ({kind}).", provider=provider)
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError)):
        return BadOutput(f"{provider} answered with something that is not JSON: {str(error)[:_SHOWN]}.", provider=provider)
    reason = _line(str(error.__cause__ or error))
    return Unavailable(
        f"{provider} could not be reached ({kind}: {reason}).", provider=provider, billed="no" if _never_sent(error) else None
    )


def _never_sent(error: BaseException) -> bool:
    """Whether the connection never came about, so that nothing can have been billed. Clients wrap the true cause."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in ("ConnectError", "ConnectTimeout", "NewConnectionError", "ConnectionRefusedError"):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def said_in(text: str) -> str:
    """What an error body says, in one line: the message of the usual JSON shapes, else the beginning of the text."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return _line(text)
    for name in ("error", "errors", "detail", "message", "msg"):
        while isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict) and found.get(name):
            found = found[name]
    if isinstance(found, dict):
        found = found.get("message") or found.get("status") or found.get("code") or json.dumps(found)
    return _line(str(found))


def _line(text: str) -> str:
    """One line, without any key that a provider repeats in its words."""
    line = _SECRET.sub(r"\1[key]", " ".join(text.split()))[:_SHOWN].rstrip(" .")
    return line or "no reason given"


def parsed(provider: str, kind: type[M], answer: Any) -> M:
    """A JSON answer as the values that the provider documents.

    Raises:
        BadOutput: it is something else; the message names the field.
    """
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise BadOutput(f"{provider} answered otherwise than documented: {where}: {first['msg']}.", provider=provider) from error


@cache
def tls() -> ssl.SSLContext:
    """Whom we trust, read once: reading the certificates takes 30 ms, in which no other activity of the worker moves."""
    return httpx.create_ssl_context()


class ProviderClient:
    """An HTTP client for one provider: bounded in time and size, without retries, its failures already of the one tree."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        largest: int = 50_000_000,
    ) -> None:
        """`timeout` in seconds for a whole call, its body included; `largest` is the most bytes an answer may have."""
        self._provider = provider
        self._base = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._largest = largest

    async def json(self, method: str, path: str, **request: Any) -> Any:
        """The parsed JSON of a successful answer.

        Raises:
            ProviderError: as the answer is; see `error_for` and `error_from`.
        """
        body = await self.content(method, path, **request)
        try:
            return json.loads(body)
        except ValueError as error:
            raise error_from(self._provider, error) from error

    async def content(self, method: str, path: str, **request: Any) -> bytes:
        """The body of a successful answer; `path` may be a whole address.

        Raises:
            ProviderError: as the answer is; Unavailable where the body is cut off, BadOutput where it is too large.
        """
        address = path if path.startswith(("http://", "https://")) else f"{self._base}/{path.lstrip('/')}"
        headers = {**(self._headers if address.startswith(f"{self._base}/") else {}), **request.pop("headers", {})}
        try:
            async with (
                asyncio.timeout(self._timeout),
                httpx.AsyncClient(verify=tls(), timeout=self._timeout, follow_redirects=True) as client,
                client.stream(method, address, headers=headers, **request) as answer,
            ):
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > self._largest:
                        raise BadOutput(
                            f"{self._provider} answered with more than {self._largest:,} bytes.", provider=self._provider
                        )
                if answer.status_code >= 400:
                    raise error_for(self._provider, answer.status_code, answer.headers, bytes(body))
                return bytes(body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise error_from(self._provider, error) from error
