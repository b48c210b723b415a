"""The SQL of accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.errors import Conflict, NotFound
from models.users.tables import Account

LAPTOP_OWNER = "owner@ytempire.example"
"""Address of the account that owns everything on a laptop without sign-in."""


def folded(email: str) -> str:
    """The one spelling of an address under which an account is kept."""
    return email.strip().casefold().lower()


class AccountStore:
    """Accounts; every method joins the caller's transaction."""

    async def create(
        self,
        session: AsyncSession,
        email: str,
        *,
        password_hash: str | None = None,
        name: str = "",
        plan: str = "free",
        role: str = "user",
    ) -> Account:
        """A new account.

        Raises:
            Conflict: the address has one already.
        """
        values = {"email": folded(email), "password_hash": password_hash, "name": name, "plan": plan, "role": role}
        made = insert(Account).values(values).on_conflict_do_nothing(index_elements=["email"]).returning(Account)
        account = await session.scalar(made)
        if account is None:
            raise Conflict("That address has an account already.", hint="Sign in, or reset the password.")
        return account

    async def get(self, session: AsyncSession, user_id: UUID) -> Account:
        """The account.

        Raises:
            NotFound: there is none.
        """
        account = await session.get(Account, user_id)
        if account is None:
            raise NotFound("That account does not exist.")
        return account

    async def by_email(self, session: AsyncSession, email: str) -> Account | None:
        """The account of an address in any case, or None."""
        return await session.scalar(select(Account).where(col(Account.email) == folded(email)))

    async def laptop_owner(self, session: AsyncSession) -> Account:
        """The account of the laptop stack, made at the first call: an administrator on the largest plan, without a password."""
        values = {"email": LAPTOP_OWNER, "name": "Owner", "plan": "scale", "role": "admin"}
        await session.execute(insert(Account).values(values).on_conflict_do_nothing(index_elements=["email"]))
        return (await session.scalars(select(Account).where(col(Account.email) == LAPTOP_OWNER))).one()
