"""Serves the operator's web page: three files of our own, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse

from api.middleware import CONSOLE_CSP

router = APIRouter()

FOLDER = Path(__file__).parent
HEADERS = {"Content-Security-Policy": CONSOLE_CSP, "Cache-Control": "no-cache"}


@router.get("/")
async def page() -> FileResponse:
    """The page itself."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=HEADERS)


@router.get("/console/{name}")
async def part(name: str) -> FileResponse:
    """Its script, style and icon; any other name is the script's page again, which shows what it can."""
    kinds = {"console.js": "text/javascript", "console.css": "text/css", "icon.svg": "image/svg+xml"}
    if name not in kinds:
        return FileResponse(FOLDER / "index.html", status_code=404, media_type="text/html", headers=HEADERS)
    return FileResponse(FOLDER / name, media_type=kinds[name], headers=HEADERS)
