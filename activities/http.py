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
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from activities.bodies import ACCEPTED, beginning_of, body_of
from models.errors import (
    AuthenticationFailed,
    BadOutput,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    writable,
)

logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines hold addresses, and some providers' keys are part of them

M = TypeVar("M", bound=BaseModel)

LONGEST_WAIT = timedelta(hours=24)
_QUOTA = ("insufficient_quota", "quota_exceeded", "quotaexceeded", "billing_hard_limit", "credits", "resource_exhausted_daily")
_REFUSAL = ("content_policy", "content_filter", "moderation_blocked", "safety", "policy_violation")
_KEY = ("invalid_api_key", "api key", "api_key", "expired", "unauthorized", "unauthenticated")
_SHOWN = 300
_SHORTEST_SECRET = 6
_NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_ERROR_BYTES = 20_000
_REDIRECTS = 3
_SECRET = re.compile(r"(sk-|key=|token=|bearer\s+)[\w.\-*]{6,}", re.IGNORECASE)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> timedelta | None:
    """The wait that the answer asks for: `Retry-After` in seconds or as a date, or the vendors' own headers.

    None where it asks for none; never negative, and never longer than a day.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    milliseconds = lowered.get("retry-after-ms", "")
    if _NUMBER.fullmatch(milliseconds):
        return _bounded(float(milliseconds) / 1000)
    value = lowered.get("retry-after", "")
    if _NUMBER.fullmatch(value):
        return _bounded(float(value))
    if value:
        try:
            at = parsedate_to_datetime(value)
            return _bounded(((at if at.tzinfo else at.replace(tzinfo=UTC)) - (now or datetime.now(UTC))).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None
    reset = lowered.get("x-ratelimit-reset", "")
    if _NUMBER.fullmatch(reset):
        seconds = float(reset)
        if seconds > 1_000_000_000:  # a moment in Unix time (Pexels), not a wait (Pixabay)
            seconds -= (now or datetime.now(UTC)).timestamp()
        return _bounded(seconds)
    return None


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_WAIT.total_seconds()))


def error_for(
    provider: str, status: int, headers: Mapping[str, str], body: bytes | str, *, secrets: Collection[str] = ()
) -> ProviderError:
    """The error that an answer with a bad status is. `secrets` are our own keys, which some providers repeat in their words."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    said = said_in(text, secrets)
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


def error_from(provider: str, error: Exception, *, secrets: Collection[str] = ()) -> ProviderError:
    """The error that an exception of an HTTP client is: no connection, too slow, cut off, or an answer that is none."""
    kind = type(error).__name__
    if isinstance(error, (httpx.TimeoutException, TimeoutError)) or "timeout" in kind.lower():
        return Unavailable(f"{provider} did not answer in time ({kind}).", provider=provider)
    if isinstance(error, (json.JSONDecodeError, UnicodeDecodeError, RecursionError)):
        return BadOutput(f"{provider} answered with something that is not JSON: {str(error)[:_SHOWN]}.", provider=provider)
    reason = one_line(str(error.__cause__ or error), secrets)
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


def said_in(text: str, secrets: Collection[str] = ()) -> str:
    """What an error body says, in one line: the message of the usual JSON shapes, else the beginning of the text."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return one_line(text, secrets)
    for name in ("error", "errors", "detail", "message", "msg"):
        while isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict) and found.get(name):
            found = found[name]
    if isinstance(found, dict):
        found = found.get("message") or found.get("status") or found.get("code") or json.dumps(found)
    return one_line(str(found), secrets)


def one_line(text: str, secrets: Collection[str] = ()) -> str:
    """A stranger's words as one line of bearable length, without any key that is repeated in them."""
    for secret in secrets:
        text = text.replace(secret, "[key]")
    words = " ".join(writable(text[:_ERROR_BYTES]).split())
    line = _SECRET.sub(r"\1[key]", words)[:_SHOWN].rstrip(" .")
    return line or "no reason given"


def require_sendable(provider: str, key: str) -> None:
    """Refuse a key that cannot be the value of a header, before a client says so by quoting it.

    Raises:
        AuthenticationFailed: it holds a line break, a space at an end, or something else that no key has.
    """
    if key != key.strip() or not key.isascii() or not key.isprintable():
        raise AuthenticationFailed(
            f"The key of {provider} holds characters that no key has, such as a line break; nothing was sent.",
            provider=provider,
            hint="Copy it into the settings again.",
        )


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


def secrets_in(headers: Mapping[str, str]) -> frozenset[str]:
    """The keys in the headers of requests: each value, and the last word of it (`Bearer KEY`)."""
    words = {word for value in headers.values() for word in (value.strip(), value.split()[-1] if value.split() else "")}
    return frozenset(word for word in words if len(word) >= _SHORTEST_SECRET)


class ProviderClient:
    """An HTTP client for one provider: bounded in time and size, without retries, its failures already of the one tree.

    What the provider asks it to do is not trusted: it goes to no other host, and unpacks no more than `largest` bytes.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        largest: int = 50_000_000,
        secrets: Collection[str] = (),
    ) -> None:
        """`timeout` in seconds for a whole call, its body included; `largest` is the most bytes an answer may have.

        `headers` hold the key, or `secrets` name it where it travels elsewhere: no error repeats it.
        """
        self._provider = provider
        self._base = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._largest = largest
        self._secrets = frozenset(secrets) | secrets_in(self._headers)

    async def json(self, method: str, path: str, **request: Any) -> Any:
        """The parsed JSON of a successful answer.

        Raises:
            ProviderError: as the answer is; see `error_for` and `error_from`.
        """
        body = await self.content(method, path, **request)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise error_from(self._provider, error) from error

    async def content(self, method: str, path: str, **request: Any) -> bytes:
        """The body of a successful answer; `path` may be a whole address.

        Raises:
            ProviderError: as the answer is; Unavailable where it is cut off, BadOutput where it is too large or leads elsewhere.
        """
        address = path if path.startswith(("http://", "https://")) else f"{self._base}/{path.lstrip('/')}"
        headers = {**(self._headers if address.startswith(f"{self._base}/") else {}), **request.pop("headers", {})}
        for value in headers.values():
            require_sendable(self._provider, value)
        try:
            async with (
                asyncio.timeout(self._timeout),
                httpx.AsyncClient(verify=tls(), timeout=self._timeout) as client,
            ):
                asked = client.build_request(method, address, headers=headers, **request)
                asked.headers["accept-encoding"] = ACCEPTED
                for _ in range(_REDIRECTS):
                    answer = await client.send(asked, stream=True)
                    try:
                        if answer.next_request is None:
                            return await self._read(answer)
                        self._require_same_host(asked.url, answer.next_request.url)
                        asked = answer.next_request
                    finally:
                        await answer.aclose()
                raise BadOutput(f"{self._provider} sends its callers round in circles.", provider=self._provider, billed="no")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise error_from(self._provider, error, secrets=self._secrets) from error

    async def _read(self, answer: httpx.Response) -> bytes:
        if answer.status_code >= 300:
            words = await beginning_of(self._provider, answer, _ERROR_BYTES)
            raise error_for(self._provider, answer.status_code, answer.headers, words, secrets=self._secrets)
        return await body_of(self._provider, answer, self._largest)

    def _require_same_host(self, asked: httpx.URL, named: httpx.URL) -> None:
        """Our key and what we send are for the host that the settings name.

        Raises:
            BadOutput: the answer leads elsewhere.
        """
        if (named.scheme, named.host, named.port) != (asked.scheme, asked.host, asked.port):
            raise BadOutput(
                f"{self._provider} sends its callers on to {named.scheme}://{named.host[:80]}; what was asked is not sent there.",
                provider=self._provider,
                hint="If it has moved, set its new address in the settings.",
                billed="no",
            )
