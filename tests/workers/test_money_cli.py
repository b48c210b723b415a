"""`ytempire prices` and `ytempire budget`, as a person types them."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from models.database import Database
from models.errors import InvalidRequest, NotFound
from models.settings import Settings
from workers.money_cli import budget_app, prices_app, with_database
from workers.postgres_server import PostgresServer


@pytest.fixture
def run(database_address: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs a command against a fresh database, as an installation with a database of its own would."""
    monkeypatch.setenv("YTEMPIRE_DATABASE_URL", database_address)

    def command(app: object, *words: str) -> str:
        result = CliRunner().invoke(app, words)  # type: ignore[arg-type]
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return command


def test_a_price_is_listed_changed_and_keeps_its_past(run) -> None:  # type: ignore[no-untyped-def]
    assert "gpt-5.6-luna" in run(prices_app, "list", "openai")
    assert "gpt" not in run(prices_app, "list", "google")
    said = run(prices_app, "set", "openai", "gpt-6", "input_tokens", "0.30", "--per", "1000000", "--source", "price list")
    assert "$0.30 for 1,000,000 input_tokens" in said
    listed = run(prices_app, "list", "openai")
    assert "gpt-6" in listed and "price list" in listed and "gpt-4" in listed


@pytest.mark.parametrize("amount", ["free", "-1", "NaN", "1e999999999", ""])
def test_what_is_no_amount_is_refused(run, amount: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidRequest, match="not an amount"):
        run(prices_app, "set", "openai", "gpt-6", "images", "--source", "x", "--", amount)


def test_budgets_are_shown_raised_paused_and_checked(run) -> None:  # type: ignore[no-untyped-def]
    assert "$150.00" in run(budget_app, "show") and "openai, today" in run(budget_app, "show")
    run(budget_app, "raise", "platform_day", "300")
    run(budget_app, "pause", "maintenance")
    shown = run(budget_app, "show")
    assert "$300.00" in shown and "paused: maintenance" in shown
    run(budget_app, "resume")
    assert "paused" not in run(budget_app, "show")
    assert "adds up" in run(budget_app, "check")
    for nobody in ("nobody", "7d1c0a54-0000-4000-8000-000000000000"):
        with pytest.raises(NotFound):
            run(budget_app, "raise", "video", "5", "--of", nobody)


def test_a_stack_that_comes_while_a_command_uses_the_database_keeps_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_DATA_DIR", str(settings.data_dir))
    stack = PostgresServer(settings.data_dir / "postgres")

    async def come(database: Database) -> int:
        await asyncio.to_thread(stack.start)
        return int(await database.value("select 1"))

    try:
        assert with_database(come) == 1
        assert stack.pid() is not None
        assert with_database(come) == 1
        assert stack.pid() is not None
        stack.stop(spare=True)
        assert stack.pid() is None
    finally:
        stack.stop()


def test_a_ledger_that_does_not_add_up_ends_with_an_error(run, database_address: str) -> None:  # type: ignore[no-untyped-def]
    async def change(reserved: int) -> None:
        database = Database(database_address)
        await database.value(
            "insert into costs.budgets values ('platform_day', '', '2026-11-20', 1, false, $1::int, 0) "
            "on conflict on constraint budgets_pkey do update set reserved = excluded.reserved",
            reserved,
        )
        await database.close()

    asyncio.run(change(1))
    assert CliRunner().invoke(budget_app, ["check"]).exit_code == 1
    asyncio.run(change(0))
