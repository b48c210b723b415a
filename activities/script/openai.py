"""Scripts by OpenAI, or a server that speaks its protocol: chat completions with a strict JSON schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from activities.http import error_for, error_from, tls
from activities.script.port import Brief, Written
from activities.script.schema import INSTRUCTIONS, SCHEMA, question, script_from, wished_words
from models.costs.prices import PriceList, Unit
from models.errors import BadOutput, Refused
from models.ids import digest_of

ACCOUNT = "openai"
TOKENS_A_WORD = 6
"""Of output, upper: a word is 1.3 tokens in English and up to 3 elsewhere; scenes carry pictures and on-screen texts."""
FEWEST_OUTPUT, MOST_OUTPUT = 3_000, 11_000


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
        usage = {Unit.INPUT_TOKENS: prompt // 2, Unit.OUTPUT_TOKENS: _most_output(brief)}
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
        choice = answer.choices[0] if answer.choices else None
        if choice and (choice.message.refusal or choice.finish_reason == "content_filter"):
            raise Refused(
                f"{self.name} will not write this: {choice.message.refusal or 'its content filter stopped it'}",
                provider=self.name,
                detail={"cost": str(cost)},
            )
        if choice is None or choice.finish_reason == "length" or not choice.message.content:
            what = "its answer was cut off at its longest length" if choice and choice.finish_reason == "length" else "no answer"
            raise BadOutput(f"The script of {self.name} cannot be used: {what}.", provider=self.name, detail={"cost": str(cost)})
        try:
            script = script_from(choice.message.content, brief, self.name)
        except ValueError as error:
            raise BadOutput(
                f"The script of {self.name} cannot be used: {error}.", provider=self.name, detail={"cost": str(cost)}
            ) from error
        return Written(script, cost)

    @asynccontextmanager
    async def _called(self) -> AsyncIterator[openai.AsyncOpenAI]:
        """A client for one call, bounded as a whole, whose failures are of the one tree."""
        http = openai.DefaultAsyncHttpxClient(verify=tls(), timeout=self._timeout)
        try:
            async with (
                asyncio.timeout(self._timeout),
                openai.AsyncOpenAI(
                    api_key=self._key, base_url=self._base, timeout=self._timeout, max_retries=0, http_client=http
                ) as client,
            ):
                yield client
        except openai.APIStatusError as error:
            raise error_for(self.name, error.status_code, error.response.headers, error.response.content) from error
        except (openai.OpenAIError, TimeoutError, ValueError) as error:
            raise error_from(self.name, error) from error

    async def _ask(self, brief: Brief) -> ChatCompletion:
        async with self._called() as client:
            answer: Any = await client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": question(brief)}],
                response_format={"type": "json_schema", "json_schema": {"name": "script", "strict": True, "schema": SCHEMA}},
                max_completion_tokens=_most_output(brief),
            )
        if not isinstance(answer, ChatCompletion):
            raise BadOutput(f"{self.name} answered with something that is not JSON: {str(answer)[:200]}", provider=self.name)
        return answer

    async def _cost(self, answer: ChatCompletion, brief: Brief) -> Decimal:
        """By the usage that the answer states; where it states none, the estimate: it was not free."""
        usage = answer.usage
        if usage is None:
            return await self.estimate(brief)
        cached = (usage.prompt_tokens_details.cached_tokens or 0) if usage.prompt_tokens_details else 0
        counts = {Unit.INPUT_TOKENS: max(0, usage.prompt_tokens - cached), Unit.OUTPUT_TOKENS: usage.completion_tokens}
        if cached:
            counts[Unit.CACHED_TOKENS] = cached
        return (await self._prices()).cost(ACCOUNT, self._model, counts, datetime.now(UTC))

    async def check(self) -> str:
        """The cheapest real call: is the model there? Says so in a line.

        Raises:
            ProviderError: as the service failed.
        """
        async with self._called() as client:
            model = await client.models.retrieve(self._model)
        retired = getattr(model, "shutdown_date", None)
        return f"model {self._model} answers" + (f"; it is shut down on {retired}" if retired else "")


def _most_output(brief: Brief) -> int:
    return min(MOST_OUTPUT, FEWEST_OUTPUT + TOKENS_A_WORD * wished_words(brief))
