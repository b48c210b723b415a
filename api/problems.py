"""Every refusal and failure as RFC 9457 `application/problem+json`; never a stack trace."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import sqlalchemy.exc
import structlog
from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from models.errors import ComponentDown, InvalidRequest, TooManyRequests, YtempireError

log = structlog.get_logger("api")

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one part of the input."""

    field: str = Field(description="where: `body.title`, `query.limit`", examples=["body.title"])
    message: str = Field(examples=["String should have at most 100 characters"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("about:blank", description="a stable name for programs, under `/problems/`", examples=["/problems/not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(description="what happened, to what", examples=["There is no video with this id."])
    hint: str = Field("", description="what to do next")
    request_id: str = Field("", description="the same as `X-Request-ID`: name it when you ask for help")
    errors: list[FieldError] = Field(default_factory=list)


_DECLARED: dict[int, str] = {
    400: "The request cannot be read",
    401: "Sign in first",
    402: "Over budget",
    403: "Not allowed",
    404: "Not found, or somebody else's",
    409: "Conflict with the present state",
    413: "The body is too large",
    415: "The media type is not supported",
    416: "The range lies outside the file",
    422: "The request is not valid",
    429: "Too many requests",
    503: "Temporarily unavailable",
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems, beside those that every route may."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({400, 429, 503, *statuses}):
        answer: dict[str, Any] = {"description": _DECLARED[status], "content": content}
        if status in (429, 503):
            answer["headers"] = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
        found[status] = answer
    return found


def problem(
    status: int,
    detail: str,
    *,
    title: str = "",
    kind: str = "",
    hint: str = "",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """An answer of `application/problem+json`."""
    body = Problem(
        type=f"/problems/{kind}" if kind else "about:blank",
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        hint=hint,
        request_id=correlation_id.get() or "",
        errors=list(errors),
    ).model_dump(mode="json")
    if not errors:
        del body["errors"]
    return JSONResponse({**(more or {}), **body}, status, dict(headers or {}), MEDIA_TYPE)


def of_error(error: YtempireError) -> Response:
    """The answer that an error of our tree becomes."""
    headers = {}
    if isinstance(error, (TooManyRequests, ComponentDown)):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ytempire"'
    return problem(
        error.status,
        error.what,
        title=error.title,
        kind=_dashed(error.type_name()),
        hint=error.hint,
        errors=[FieldError(field=error.field, message=error.what)] if error.field else (),
        headers=headers,
        more={"scope": scope} if (scope := getattr(error, "scope", None)) else None,
    )


def install(app: FastAPI) -> None:
    """Answer every failure of `app` as a problem."""
    app.add_exception_handler(YtempireError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(sqlalchemy.exc.DBAPIError, _on_statement)
    app.add_exception_handler(asyncpg.PostgresError, _on_statement)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, YtempireError)
    if error.status >= 500:
        log.warning("component failed", path=request.url.path, error=str(error), kind=error.type_name())
    if error.status == 500:
        return problem(500, "The server could not do this.", hint="The log has the details under this request id.")
    return of_error(error)


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [_field_error(item) for item in error.errors()]
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem(400, "The body is not JSON.", kind="bad-request", errors=found)
    names = ", ".join(dict.fromkeys(item.field for item in found))
    return problem(
        422, f"Some of the input cannot be used: {names}.", title="The request is not valid", kind="invalid-request", errors=found
    )


def _field_error(item: Mapping[str, Any]) -> FieldError:
    message = str(item["msg"]).removeprefix("Value error, ")
    return FieldError(field=".".join(str(part) for part in item["loc"] if not str(part).startswith("with-")), message=message)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := request.app.state.methods_of(request.url.path)):
        headers["Allow"] = ", ".join(methods)
    kinds = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
    detail = "There is nothing at this address." if error.status_code == 404 else str(error.detail)
    return problem(error.status_code, detail, kind=kinds.get(error.status_code, ""), headers=headers)


async def _on_statement(request: Request, error: Exception) -> Response:
    cause = error.orig.__cause__ if isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None else error
    if not isinstance(cause, asyncpg.DataError):
        return await _on_bug(request, error)
    return problem(422, "The database cannot hold one of the values given.", title=InvalidRequest.title, kind="invalid-request")


async def _on_bug(request: Request, error: Exception) -> Response:
    return of_bug(request.url.path, error)


def of_bug(path: str, error: BaseException) -> Response:
    """The answer to a failure that nobody foresaw; the trace goes to the log and nowhere else."""
    log.error("unexpected failure", path=path, exc_info=error)
    return problem(
        500, "The server failed unexpectedly.", kind="internal-error", hint="The log has the details under this request id."
    )


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
