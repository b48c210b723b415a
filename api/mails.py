"""The mails that users get: subject and text."""

from __future__ import annotations

Mail = tuple[str, str]


def confirm_address(url: str, token: str) -> Mail:
    """For a new account."""
    return "Confirm your address", (
        "Welcome to YTEMPIRE.\n\n"
        f"Confirm that this address is yours by opening this link within a day:\n\n{url}/#verify/{token}\n\n"
        "If you did not ask for an account, do nothing: without the link it stays closed."
    )


def already_registered(url: str) -> Mail:
    """For an address that has an account, when somebody registers it again."""
    return "You have an account already", (
        f"Somebody, probably you, tried to register this address. It has an account: sign in at {url}/\n\n"
        "A forgotten password can be reset there. If it was not you, you need not do anything."
    )


def reset_password(url: str, token: str) -> Mail:
    """For somebody who forgot a password."""
    return "Set a new password", (
        f"Set a new password by opening this link within an hour:\n\n{url}/#reset/{token}\n\n"
        "If you did not ask for it, you need not do anything: your password stays as it is."
    )


def password_changed() -> Mail:
    """After every change."""
    return "Your password was changed", (
        "The password of your account was changed, and every other session has ended.\n\n"
        "If it was not you, reset it at once and look through your API keys."
    )
