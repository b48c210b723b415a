"""Serves the operator's web page: three files of our own, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse

from api.console.reference import page as reference_page
from api.middleware import CONSOLE_CSP
from models.errors import NotFound

router = APIRouter()

FOLDER = Path(__file__).parent
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
PARTS = frozenset(path.name for path in FOLDER.iterdir() if path.suffix[1:] in TYPES)
HEADERS = {"Content-Security-Policy": CONSOLE_CSP, "Cache-Control": "no-cache"}


@router.get("/")
async def page() -> FileResponse:
    """The page itself."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=HEADERS)


@router.get("/api/v1/docs")
async def reference(request: Request) -> HTMLResponse:
    """The API reference for people."""
    return HTMLResponse(reference_page(request.app.openapi()), headers=HEADERS)


@router.get("/console/{name}")
async def part(name: str) -> FileResponse:
    """Its scripts, style and icon.

    Raises:
        NotFound: for every other name.
    """
    if name not in PARTS:
        raise NotFound("There is nothing at this address.")
    return FileResponse(FOLDER / name, media_type=TYPES[name.rpartition(".")[2]], headers=HEADERS)
