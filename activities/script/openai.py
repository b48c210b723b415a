"""Scripts by OpenAI, or a server that speaks its protocol: chat completions with a strict JSON schema."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, Field, ValidationError

from activities.bodies import beginning_of, body_of
from activities.http import error_for, error_from, one_line, parsed, require_sendable, tls
from activities.script.port import Brief, Written
from activities.script.schema import INSTRUCTIONS, SCHEMA, question, script_from, wished_words
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput, ProviderError, Refused
from models.ids import digest_of

ACCOUNT = "openai"
TOKENS_A_WORD = 6
"""Of output, upper: a word is 1.3 tokens in English and up to 3 elsewhere; scenes carry pictures and on-screen texts."""
FEWEST_OUTPUT, MOST_OUTPUT = 3_000, 11_000
LARGEST_ANSWER, LARGEST_ERROR = 4_000_000, 20_000
"""Bytes: the longest output has about 50,000, whatever its script."""
_MOST_TOKENS = 4_000_000
"""No call uses more; an answer that says so counts wrong."""


class _Said(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Said
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


class _Details(BaseModel):
    cached_tokens: int | None = Field(default=None, ge=0)


class _Usage(BaseModel):
    prompt_tokens: int = Field(ge=0, le=_MOST_TOKENS)
    completion_tokens: int = Field(ge=0, le=_MOST_TOKENS)
    prompt_tokens_details: _Details | None = None


class OpenAIWriter:
    """One model of one account. The client makes no retries."""

    account = ACCOUNT
    paid = True

    def __init__(
        self,
        name: str,
        model: str,
        *,
        api_key: str,
        prices: Callable[[], Awaitable[PriceList]],
        base_url: str = "https://api.openai.com/v1",
        timeout: float = 120.0,
    ) -> None:
        """`name` is the provider's in the chain (`openai-large`); `timeout` in seconds for the whole answer."""
        self.name = name
        self._model = model
        self._prices = prices
        self._key, self._base = api_key, base_url
        self._timeout = timeout
        self.version = digest_of(model, INSTRUCTIONS, SCHEMA)[:16]

    async def estimate(self, brief: Brief) -> Decimal:
        """The most that the script can cost: every byte of the prompt a token, the answer as long as it may be.

        Raises:
            UnknownPrice: the model has no price.
        """
        prompt = len((INSTRUCTIONS + question(brief) + str(SCHEMA)).encode())
        usage = {Unit.INPUT_TOKENS: prompt, Unit.OUTPUT_TOKENS: _most_output(brief)}
        return (await self._prices()).cost(ACCOUNT, self._model, usage, datetime.now(UTC))

    async def write(self, brief: Brief) -> Written:
        """Ask the model.

        Raises:
            Refused: the model will not write this.
            BadOutput: the answer is no script; `detail["cost"]` is what it cost all the same.
            ProviderError: as the service failed.
        """
        answer = await self._ask(brief)
        cost = await self._cost(answer, brief)
        try:
            return Written(script_from(self._text(answer), brief, self.name), cost)
        except ValueError as error:
            raise BadOutput(
                f"The script of {self.name} cannot be used: {one_line(str(error))}.", provider=self.name, detail={"cost": str(cost)}
            ) from error
        except ProviderError as error:
            error.detail["cost"] = str(cost)
            raise

    def _text(self, answer: Any) -> str:
        """What the model wrote.

        Raises:
            Refused: it will not write this.
            BadOutput: the answer is not shaped as documented.
            ValueError: it broke off, or said nothing.
        """
        choices = parsed(self.name, _Completion, answer).choices
        if not choices:
            raise ValueError("no answer")
        said, finish = choices[0].message, choices[0].finish_reason
        if said.refusal or finish == "content_filter":
            why = one_line(said.refusal) if said.refusal else "its content filter stopped it"
            raise Refused(f"{self.name} will not write this: {why}", provider=self.name)
        if finish == "length":
            raise ValueError("its answer was cut off at its longest length")
        if not said.content:
            raise ValueError("no answer")
        return said.content

    @asynccontextmanager
    async def _called(self) -> AsyncIterator[openai.AsyncOpenAI]:
        """A client for one call, bounded as a whole, whose failures are of the one tree."""
        require_sendable(self.name, self._key)
        http = openai.DefaultAsyncHttpxClient(
            verify=tls(), timeout=self._timeout, follow_redirects=False, event_hooks={"response": [self._judge]}
        )
        try:
            async with (
                asyncio.timeout(self._timeout),
                openai.AsyncOpenAI(
                    api_key=self._key,
                    base_url=self._base,
                    timeout=self._timeout,
                    max_retries=0,
                    http_client=http,
                    default_headers={"Accept-Encoding": "identity"},
                ) as client,
            ):
                yield client
        except (openai.OpenAIError, httpx2.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            raise error_from(self.name, error, secrets=(self._key,)) from error

    async def _judge(self, answer: Any) -> None:
        """Before the client reads an answer: it would take any number of bytes, and unpack them at once.

        Raises:
            ProviderError: as the answer's status says, or what it is packed as.
        """
        if answer.status_code >= 300:
            words = await beginning_of(self.name, answer, LARGEST_ERROR)
            raise error_for(self.name, answer.status_code, answer.headers, words, secrets=(self._key,))
        if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise BadOutput(f"{self.name} answered packed, which was not asked for.", provider=self.name)

    async def _ask(self, brief: Brief) -> Any:
        """The answer as it came: servers that only resemble OpenAI's send all sorts of things."""
        async with self._called() as client:
            asked = client.chat.completions.with_streaming_response.create(
                model=self._model,
                messages=[{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": question(brief)}],
                response_format={"type": "json_schema", "json_schema": {"name": "script", "strict": True, "schema": SCHEMA}},
                max_completion_tokens=_most_output(brief),
            )
            async with asked as answer:
                return json.loads(await body_of(self.name, answer.http_response, LARGEST_ANSWER))

    async def _cost(self, answer: Any, brief: Brief) -> Decimal:
        """By the usage that the answer states; where it states none that makes sense, the estimate: it was not free."""
        try:
            usage = _Usage.model_validate(answer["usage"])
        except (ValidationError, LookupError, TypeError):
            return await self.estimate(brief)
        prices, now = await self._prices(), datetime.now(UTC)
        details = usage.prompt_tokens_details
        cached = min(usage.prompt_tokens, (details.cached_tokens or 0) if details else 0)
        if not prices.knows(ACCOUNT, self._model, Unit.CACHED_TOKENS, now):
            cached = 0  # at the price of the others: the call was made, and is no gift
        counts = {Unit.INPUT_TOKENS: usage.prompt_tokens - cached, Unit.OUTPUT_TOKENS: usage.completion_tokens}
        if cached:
            counts[Unit.CACHED_TOKENS] = cached
        return prices.cost(ACCOUNT, self._model, counts, now)

    async def check(self) -> str:
        """The cheapest real call: is the model there? Says so in a line.

        Raises:
            ProviderError: as the service failed.
        """
        async with self._called() as client:
            try:
                model = await client.models.retrieve(self._model)
            except BadOutput as error:  # servers that only resemble OpenAI's may list their models and no more
                if error.detail.get("status") != 404:
                    raise
                listed = [each async for each in client.models.list()]
                found = next((each for each in listed if each.id == self._model), None)
                if found is None:
                    raise
                model = found
        retired = getattr(model, "shutdown_date", None)
        return f"model {self._model} answers" + (f"; it is shut down on {retired}" if retired else "")


def _most_output(brief: Brief) -> int:
    return min(MOST_OUTPUT, FEWEST_OUTPUT + TOKENS_A_WORD * wished_words(brief))
