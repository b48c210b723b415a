"""`ytempire prices` and `ytempire budget`: what things cost, what may be spent, and the pause switch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

import typer

from models.costs.caps import Caps
from models.costs.checker import check_ledger, passed_caps
from models.costs.contracts import Scope, Standing
from models.costs.prices import Price, Unit
from models.costs.store import CostStore, PriceStore
from models.database import Database
from models.errors import InvalidRequest
from models.money import shown
from models.settings import Settings
from models.system.switches import SwitchStore
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer

T = TypeVar("T")
NAMES = {Scope.PLATFORM_DAY: "platform, today", Scope.PLATFORM_MONTH: "platform, this month"}

prices_app = typer.Typer(no_args_is_help=True, help="Prices of paid services: dated rows with their sources.")
budget_app = typer.Typer(no_args_is_help=True, help="Caps, what is spent, the ledger's check, and the pause switch.")
MOST = Decimal(10_000_000)


@prices_app.command("list")
def list_prices(provider: Annotated[str, typer.Argument(help="Only this provider's.")] = "") -> None:
    """Every price with its first day and where it comes from; the newest of a model that has begun is in force."""

    async def read(database: Database) -> list[Price]:
        async with database.session() as session:
            return [price for price in await PriceStore().list(session) if provider in ("", price.provider)]

    rows = [("provider", "model", "unit", "US dollars", "from", "until", "source")]
    for price in with_database(read):
        figure = f"{price.amount.normalize():f}" + (f" for {price.per:,}" if price.per > 1 else "")
        first, until = f"{price.valid_from:%Y-%m-%d}", f"{price.valid_to:%Y-%m-%d}" if price.valid_to else ""
        rows.append((price.provider, price.model, price.unit.value, figure, first, until, price.source))
    _print(rows)


@prices_app.command(
    "set", epilog="Example:  ./ytempire prices set openai gpt-6 input_tokens 0.30 --per 1000000 --source 'price list of 1 May'"
)
def set_price(
    provider: Annotated[str, typer.Argument(help="The account that bills: openai, google, elevenlabs ...")],
    model: Annotated[str, typer.Argument(help="The model's id; '*' for every model of the provider.")],
    unit: Annotated[Unit, typer.Argument(help="What is counted.")],
    amount: Annotated[str, typer.Argument(help="US dollars.")],
    source: Annotated[str, typer.Option(help="Where the figure comes from.")],
    per: Annotated[int, typer.Option(min=1, help="For how many units.")] = 1,
    start: Annotated[datetime | None, typer.Option("--from", help="First moment (UTC); now where not given.")] = None,
    until: Annotated[datetime | None, typer.Option(help="End of its validity (UTC).")] = None,
) -> None:
    """Add a price from a moment on. What was charged before stays as it was charged."""
    begin = start.replace(tzinfo=UTC) if start else datetime.now(UTC)
    end = until.replace(tzinfo=UTC) if until else None
    if end is not None and end <= begin:
        raise InvalidRequest(f"The price would end ({end:%Y-%m-%d}) before it begins.", hint="Give a later --until, or none.")
    if not source.strip():
        raise InvalidRequest("The price has no source.", hint="Say where the figure comes from: --source 'price list of 1 May'.")
    price = Price(
        provider=provider,
        model=model,
        unit=unit,
        amount=dollars_from(amount),
        per=per,
        valid_from=begin,
        valid_to=end,
        source=source,
    )

    async def write(database: Database) -> None:
        async with database.session() as session:
            await PriceStore().set(session, price)

    with_database(write)
    typer.echo(f"{provider} {model}: ${price.amount} for {per:,} {unit.value} from {begin:%Y-%m-%d %H:%M} UTC.")


@budget_app.command("show")
def show_budgets() -> None:
    """Caps, what is spent and reserved, and what is left; whether the platform is paused."""

    async def read(database: Database) -> tuple[list[tuple[str, Standing]], str | None]:
        async with database.session() as session:
            budgets = await CostStore(Caps.of(Settings())).caps(session, datetime.now(UTC))
            return list(budgets), await SwitchStore().paused(session)

    budgets, paused = with_database(read)
    rows = [("budget", "cap", "spent", "reserved", "left")]
    for provider, budget in budgets:
        cap, left = (shown(amount) if amount is not None else "none" for amount in (budget.cap, budget.left))
        rows.append((NAMES.get(budget.scope, f"{provider}, today"), cap, shown(budget.spent), shown(budget.reserved), left))
    _print(rows)
    if paused is not None:
        typer.echo(f"The platform is paused{f': {paused}' if paused else ''}. Resume it with: ./ytempire budget resume")


@budget_app.command(
    "raise", epilog="Example:  ./ytempire budget raise video 5 --of 7d1c0a54-...   ./ytempire budget raise platform_day 300"
)
def raise_budget(
    scope: Annotated[Scope, typer.Argument(help="Which cap.")],
    cap: Annotated[str, typer.Argument(help="The new cap in US dollars.")],
    of: Annotated[str, typer.Option(help="Id of the video or user, or name of the provider.")] = "",
) -> None:
    """Set the cap of a video, or that of today or this month. Lasting caps are settings (docs/settings.md)."""
    wanted = dollars_from(cap)

    async def write(database: Database) -> None:
        async with database.session() as session:
            await CostStore(Caps.of(Settings())).raise_cap(session, scope, wanted, datetime.now(UTC), of)

    with_database(write)
    whose = f"{scope.value} {of}".strip()
    typer.echo(f"The cap of {whose} is {shown(wanted)} now. Videos that are parked for it go on by themselves.")


@budget_app.command("check")
def check() -> None:
    """Prove that every cent is accounted for: entries, budgets and videos tell the same story."""

    async def read(database: Database) -> tuple[list[str], list[str]]:
        return await check_ledger(database), await passed_caps(database)

    wrong, passed = with_database(read)
    for problem in (*wrong, *(f"over its cap: {budget}" for budget in passed)):
        typer.echo(problem)
    if wrong:
        raise typer.Exit(1)
    typer.echo("The ledger adds up.")


@budget_app.command("pause")
def pause(reason: Annotated[str, typer.Argument(help="Why, for everybody to read.")] = "") -> None:
    """Park every video at its next step, until `resume`."""
    with_database(lambda database: _switch(database, reason))
    typer.echo("Paused. Videos park at their next step; what runs now ends first.")


@budget_app.command("resume")
def resume() -> None:
    """Let videos go on."""
    with_database(lambda database: _switch(database, None))
    typer.echo("Resumed.")


def _print(rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their contents, so that nothing is cut, whatever reads it."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


async def _switch(database: Database, reason: str | None) -> None:
    async with database.session() as session:
        if reason is None:
            await SwitchStore().resume(session)
        else:
            await SwitchStore().pause(session, reason)


def dollars_from(text: str) -> Decimal:
    """An amount that a person typed.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        amount = Decimal(text.removeprefix("$").replace("_", ""))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MOST:
        raise InvalidRequest(f"{text!r} is not an amount.", hint="Write US dollars as 12.50.")
    return amount


def with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` on the installation's database; an embedded server that does not run is started for it, and ended
    after where nobody else has come to use it."""
    settings = Settings()
    server: PostgresServer | None = None
    if not settings.database_url.get_secret_value():
        server = PostgresServer(settings.data_dir / "postgres", settings.postgres_port, settings.postgres_dir).start()
        url = server.url()
    else:
        url = settings.database_url.get_secret_value()
    try:
        upgrade(url)

        async def run() -> T:
            database = Database(url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())
    finally:
        if server is not None:
            server.leave()
