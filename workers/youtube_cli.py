"""`ytempire youtube`: connect accounts, see what they may still do, rotate the keys that seal their tokens."""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
import time
import webbrowser
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlparse

import httpx
import typer
from rich.console import Console
from rich.table import Table

from models.errors import ComponentDown, InvalidRequest, Misconfigured
from models.settings import Settings

app = typer.Typer(name="youtube", help="YouTube accounts: connect, quota, accounts, rotate-keys.", no_args_is_help=True)
console = Console(highlight=False)

WAIT_SECONDS = 600.0
"""As long as an authorization is good for."""


class YouTubeApi:
    """The API's YouTube routes, with errors turned into sentences."""

    def __init__(self, settings: Settings, key: str = "") -> None:
        """`key` is an API key; empty: the one that the laptop's API keeps for commands."""
        key = key or os.environ.get("YTEMPIRE_API_KEY", "") or _command_key(settings)
        self._http = httpx.Client(base_url=f"{_api_address(settings)}/api/v1/youtube", headers={"X-API-Key": key}, timeout=60)

    def get(self, path: str, **query: Any) -> Any:
        """An answer's JSON.

        Raises:
            ComponentDown: the API does not answer.
            InvalidRequest: it refused, in its own words.
        """
        try:
            answer = self._http.get(path, params={name: value for name, value in query.items() if value})
        except httpx.TransportError as error:
            raise ComponentDown(
                f"The API does not answer at {self._http.base_url.host}.", hint="Start it: ./ytempire up"
            ) from error
        if answer.is_success:
            return answer.json()
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:300]}
        raise InvalidRequest(str(problem.get("detail", "")), hint=str(problem.get("hint", "")))

    def close(self) -> None:
        """End its connections."""
        self._http.close()


@app.command()
def connect(
    account: Annotated[str, typer.Option(help="Id of an account to reconnect; empty: a new one.")] = "",
    channel: Annotated[str, typer.Option(help="Id of your channel to tie to the YouTube channel.")] = "",
    reserve: Annotated[bool, typer.Option("--reserve", help="A reserve: serves only when no active account can.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the address in this machine's browser.")] = True,
    key: Annotated[str, typer.Option(help="API key; on a laptop none is needed.")] = "",
) -> None:
    """Connect a Google account: you give consent in a browser, on this machine or any other."""
    api = YouTubeApi(Settings(), key)
    before = _accounts(api)
    url = str(api.get("/oauth/authorize", account_id=account, channel_id=channel, kind="reserve" if reserve else "active")["url"])
    console.print(
        f"Open this address, choose the channel and allow the access (it works once, for 10 minutes):\n\n{url}\n", soft_wrap=True
    )
    console.print("If the browser then shows a page that cannot be reached, paste that page's address here.")
    if browser:
        webbrowser.open(url)
    made = _wait(api, before)
    console.print(f"[green]Connected:[/] {made['label']} may upload to {', '.join(made['channels'])}.")


@app.command()
def accounts(key: Annotated[str, typer.Option(help="API key; on a laptop none is needed.")] = "") -> None:
    """Show the accounts with their health, and what needs a look."""
    api = YouTubeApi(Settings(), key)
    for one in _accounts(api).values():
        colour = "green" if one["status"] == "active" else "red"
        status = one["status"].replace("_", " ")
        uploads = f"{one['uploads_today']} of {one['uploads_a_day']} uploads today"
        reserve = ", a reserve" if one["kind"] == "reserve" else ""
        console.print(f"[bold]{one['label']}[/]: [{colour}]{status}[/]{reserve}, health {one['health']}, {uploads}", soft_wrap=True)
        until = f", reconnect before {_day(one['refresh_dies_at'])}" if one["refresh_dies_at"] else ""
        console.print(f"  {', '.join(one['channels']) or 'no channel'}{until}, id {one['id']}", soft_wrap=True)
    for alert in api.get("/alerts"):
        console.print(f"[yellow]![/] {alert['message']} {alert['link']}", soft_wrap=True)


@app.command()
def quota(key: Annotated[str, typer.Option(help="API key; on a laptop none is needed.")] = "") -> None:
    """Show today's quota by project and bucket, and how many videos can still go out."""
    report = YouTubeApi(Settings(), key).get("/quota")
    colours = {"fine": "green", "warning": "yellow", "critical": "red", "full": "red bold"}
    table = Table("project", "bucket", "used", "may be used", "a day", "")
    for one in report["buckets"]:
        level = "full (YouTube says so)" if one["full"] else one["level"]
        table.add_row(
            one["project"], one["bucket"], str(one["used"]), str(one["spendable"]), str(one["units"]),
            f"[{colours[one['level']]}]{level}[/]",
        )  # fmt: skip
    console.print(table)
    renews = datetime.fromisoformat(report["renews_at"]).astimezone()
    console.print(
        f"{report['videos_left']} videos can still go out today, {report['complete_left']} of them with thumbnail, captions and "
        "playlist. "
        f"Everything renews at midnight Pacific time: {renews:%Y-%m-%d %H:%M %Z}.",
        soft_wrap=True,
    )


@app.command("rotate-keys")
def rotate_keys() -> None:
    """Seal every stored secret again under the first of YTEMPIRE_ENCRYPTION_KEYS, so that older keys can be removed."""
    done, kept = asyncio.run(_rotate(Settings()))
    console.print(
        f"{done} secrets are under the current key now, {kept} were already. Older keys can be removed from the settings."
    )


async def _rotate(settings: Settings) -> tuple[int, int]:
    from models.database import Database
    from models.encryption import Cipher
    from models.youtube.connect_store import ConnectStore
    from models.youtube.store import AccountStore
    from workers.postgres_server import PostgresServer

    server = PostgresServer(settings.data_dir / "postgres")
    database = Database.of(settings, server.url() if server.pid() is not None else "")
    try:
        return await ConnectStore(database, AccountStore(database, Cipher.of(settings))).rotate_keys()
    finally:
        await database.close()


def _accounts(api: YouTubeApi) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in api.get("/accounts", limit=100)["items"]}


def _wait(api: YouTubeApi, before: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The account that was connected since, here or by a pasted address."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        pasted = _pasted(1.0)
        if pasted:
            answered: dict[str, Any] = api.get("/oauth/callback", **dict(parse_qsl(urlparse(pasted).query)))
            return answered
        for name, one in _accounts(api).items():
            if one["connected_at"] != before.get(name, {}).get("connected_at"):
                return one
    raise InvalidRequest("Nobody gave consent within 10 minutes.", hint="Run the command again.")


def _pasted(seconds: float) -> str:
    """A line that was pasted within this time; empty when none was."""
    if not sys.stdin.isatty():
        time.sleep(seconds)
        return ""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return sys.stdin.readline().strip() if ready else ""


def _api_address(settings: Settings) -> str:
    """The running laptop stack's API, else the public one."""
    try:
        return str(json.loads((settings.data_dir / "stack.json").read_text())["api_url"]).rstrip("/")
    except (OSError, ValueError, KeyError):
        return settings.public_url.rstrip("/")


def _command_key(settings: Settings) -> str:
    try:
        return (settings.data_dir / "cli-token").read_text().strip()
    except OSError as error:
        raise Misconfigured(
            "There is no API key for this command.", hint="Start the stack (./ytempire up), or give one with --key."
        ) from error


def _day(text: str | None) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d") if text else ""
