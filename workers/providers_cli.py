"""`ytempire providers`: who serves what, who is set up, who is left alone for now, and what today cost; `check` asks them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.costs.caps import Caps
from models.costs.contracts import Scope
from models.costs.store import CostStore
from models.database import Database
from models.errors import ComponentDown, Misconfigured, YtempireError
from models.money import shown
from models.settings import Settings
from models.system.breakers import BreakerState, BreakerStore
from models.videos.providers import CHAINS, EVERY, LOCAL, account_of
from workers.postgres_server import PostgresServer
from workers.provider_checks import checks

providers_app = typer.Typer(help="The providers: who is set up, who works, what today cost.", add_completion=False)
_ERROR = 90


@dataclass(frozen=True)
class AccountState:
    """What is known of one account. `spent` is of today (UTC), with what is reserved; empty where the database does not run."""

    account: str
    serves: tuple[str, ...]
    configured: bool
    breaker: str = ""
    spent: str = ""
    last_error: str = ""


def services() -> dict[str, tuple[str, ...]]:
    """What each account serves: `openai` -> `script: openai-large (premium)`, ..."""
    found: dict[str, list[str]] = {}
    for step, choices in CHAINS.items():
        for choice in choices:
            levels = "" if choice.levels == EVERY else f" ({', '.join(sorted(level.value for level in choice.levels))})"
            found.setdefault(choice.account, []).append(f"{step}: {choice.name}{levels}")
    return {account: tuple(serves) for account, serves in found.items()}


async def states(settings: Settings, database: Database | None) -> list[AccountState]:
    """The state of every account, local providers last.

    Raises:
        ComponentDown: the database is away.
    """
    configured = settings.configured_accounts | {LOCAL}
    breakers: dict[str, list[BreakerState]] = {}
    spent: dict[str, str] = {}
    if database is not None:
        for state in await BreakerStore.of(database, settings).all():
            breakers.setdefault(account_of(state.provider), []).append(state)
        store = CostStore(Caps.of(settings))
        async with database.session() as session:
            for account in services():
                standing = await store.standing(session, Scope.PROVIDER_DAY, datetime.now(UTC), account)
                spent[account] = shown(standing.used) + (f" of {shown(standing.cap)}" if standing.cap is not None else "")
    return [
        AccountState(
            account=account,
            serves=serves,
            configured=account in configured,
            breaker=_breakers(breakers.get(account, [])) if database is not None else "",
            spent=spent.get(account, ""),
            last_error=_last_error(breakers.get(account, [])),
        )
        for account, serves in sorted(services().items(), key=lambda item: item[0] == LOCAL)
    ]


def _breakers(states: Sequence[BreakerState]) -> str:
    """Those with failures, a line each; several services of one account have a breaker each."""
    failing = [state for state in states if state.opened_at is not None or state.failures]
    return "\n".join((f"{state.provider}: " if len(states) > 1 else "") + _breaker(state) for state in failing) or "closed"


def _last_error(states: Sequence[BreakerState]) -> str:
    failed = [(state.last_failure_at, state.last_error) for state in states if state.last_failure_at is not None]
    return max(failed)[1] if failed else ""


def _breaker(state: BreakerState) -> str:
    if state.opened_at is None:
        return f"closed, {state.failures} failed in a row"
    trial = state.next_trial_at
    waits = max(0, round((trial - datetime.now(UTC)).total_seconds())) if trial else 0
    return f"open, trial in {waits} s" if waits else "open, next call is a trial"


def _table(found: Sequence[AccountState]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("account", "configured", "breaker", "spent today", "serves", "last error"):
        table.add_column(title, overflow="fold")
    for state in found:
        error = state.last_error[:_ERROR] + ("…" if len(state.last_error) > _ERROR else "")
        configured = "always" if state.account == LOCAL else "yes" if state.configured else "no"
        row = (state.account, configured, state.breaker, state.spent, "\n".join(state.serves), escape(error))
        table.add_row(*row, style=None if state.configured else "dim")
    return table


def open_database(settings: Settings) -> Database | None:
    """The settings' database, or the embedded one where it runs; None where nothing runs."""
    if settings.database_url.get_secret_value():
        return Database.of(settings)
    server = PostgresServer(settings.data_dir / "postgres", settings.postgres_port, settings.postgres_dir)
    return Database.of(settings, server.url()) if server.pid() is not None else None


@providers_app.callback(invoke_without_command=True)
def providers(context: typer.Context) -> None:
    """Show each account: configured, breaker, spend today, what it serves, last error."""
    if context.invoked_subcommand is None:
        raise typer.Exit(asyncio.run(_show(Settings())))


async def _show(settings: Settings) -> int:
    console = Console(highlight=False)
    database = open_database(settings)
    try:
        found = await states(settings, database)
    except ComponentDown as error:
        console.print(f"[yellow]{escape(str(error))}[/] Breakers and spending are not shown.")
        found = await states(settings, None)
    finally:
        if database is not None:
            await database.close()
    console.print(_table(found))
    if database is None:
        console.print("\nThe stack does not run: breakers and spending are known once `./ytempire up` does.")
    if not settings.configured_accounts:
        console.print("\nNo account is set up, and none is needed: local providers serve. docs/settings.md names the keys.")
    return 0


@providers_app.command()
def check(
    account: Annotated[list[str] | None, typer.Argument(help="Accounts to ask; none: every one that is set up.")] = None,
) -> None:
    """Make the cheapest real call of each account that is set up. Nothing is charged."""
    raise typer.Exit(asyncio.run(_check(Settings(), account or [])))


async def _check(settings: Settings, wanted: Sequence[str]) -> int:
    """How many accounts did not answer as they should; says each in a line."""
    console = Console(highlight=False)
    available = checks(settings)
    for account in wanted:
        if account not in available:
            raise Misconfigured(
                f"{account!r} is not set up; there is: {', '.join(available) or 'nothing'}.",
                hint="docs/settings.md names the key of each account.",
            )
    chosen = list(wanted) or list(available)
    if not chosen:
        console.print("No account is set up, and none is needed: local providers serve. docs/settings.md names the keys.")
        return 0
    failed = 0
    for account in chosen:
        try:
            console.print(f"[green]✓[/] {account}: {escape(await available[account]())}")
        except YtempireError as error:
            failed += 1
            console.print(f"[red]✗[/] {account}: {type(error).__name__}: {escape(str(error))}")
    return failed
