"""Lists: `page` and `limit` in, one page with its totals out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

T = TypeVar("T")

DEEPEST = 100_000
"""The last page that can be asked for: deeper ones cost the database more than they tell anybody."""


class PageQuery(BaseModel):
    """Which page of a list. Unknown query parameters are refused, so that a misspelt filter is seen."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(1, ge=1, le=DEEPEST, description="counted from 1")
    limit: int = Field(20, ge=1, le=100, description="entries a page")

    @property
    def offset(self) -> int:
        """Entries before this page."""
        return (self.page - 1) * self.limit


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    total: int = Field(description="entries in the whole list", examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(description="pages in the whole list", examples=[1])
    limit: int = Field(examples=[20])


def page_of(items: Sequence[T], total: int, query: PageQuery, response: Response) -> Page[T]:
    """The page as it is answered, with its figures in the headers besides."""
    response.headers.update(_headers(total, query))
    return Page(items=list(items), total=total, page=query.page, pages=-(-total // query.limit), limit=query.limit)


def written_page(items: Sequence[dict[str, Any]], total: int, query: PageQuery) -> Response:
    """The same page of entries that are known to be right: written at once, neither validated nor copied."""
    page = {"items": items, "total": total, "page": query.page, "pages": -(-total // query.limit), "limit": query.limit}
    return Response(to_json(page), media_type="application/json", headers=_headers(total, query))


def _headers(total: int, query: PageQuery) -> dict[str, str]:
    return {"X-Total-Count": str(total), "X-Page": str(query.page), "X-Per-Page": str(query.limit)}
