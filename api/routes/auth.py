"""Accounts, sessions, API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Cookie, Request, Response

from api.deps import AccountReader, AccountWriter, AnyServices, Person, address_of, audit, network_of, over_tls
from api.problems import declared
from api.schemas.auth import (
    ApiKeyAnswer,
    ApiKeyMade,
    ApiKeys,
    ChangePassword,
    ConfirmReset,
    Login,
    Me,
    NewApiKey,
    Refresh,
    Register,
    ResetPassword,
    SessionAnswer,
    Sessions,
    SignInLink,
    SignInToken,
    TokenBody,
    Tokens,
)
from api.schemas.base import Done
from api.security import REFRESH_LIFETIME, fingerprint, new_api_key
from api.services import Services
from api.signing_in import SigningIn
from models.errors import Conflict, NotAllowed, NotAuthenticated
from models.users.scopes import Scope

router = APIRouter(prefix="/auth", tags=["auth"])

COOKIE = "ytempire_refresh"
COOKIE_PATH = "/api/v1/auth"
RefreshCookie = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]


async def _signing_in(request: Request, parts: Services) -> SigningIn:
    """Counts against the limit of the address that asks, for each route of its own."""
    address = address_of(request)
    allowance = await parts.limiter.check(f"{request.url.path}:{network_of(address)}", parts.settings.sign_in_limit)
    request.scope["state"]["notes"]["headers"] = allowance.headers()
    return SigningIn(parts, agent=request.headers.get("user-agent", ""), address=address)


def _delivered(request: Request, response: Response, tokens: Tokens, cookie: bool) -> Tokens:
    if not cookie:
        return tokens
    response.set_cookie(
        COOKIE,
        tokens.refresh_token or "",
        max_age=int(REFRESH_LIFETIME.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=over_tls(request),
    )
    return tokens.model_copy(update={"refresh_token": None})


@router.post("/register", status_code=202, summary="Register", operation_id="register", responses=declared(403, 422))
async def register(body: Register, request: Request, parts: AnyServices) -> Done:
    """Makes an account that waits for the confirmation of its address. An address that has an account gets the same answer."""
    if not parts.settings.registration_open:
        raise NotAllowed("Registration is closed here.", hint="Ask the operator of this installation for an account.")
    await (await _signing_in(request, parts)).register(body.email, body.password, body.name)
    return Done(message="Look into your mail: the link in it opens the account.")


@router.post("/verify-email", summary="Confirm an address", operation_id="verifyEmail", responses=declared(401, 422))
async def verify(body: TokenBody, request: Request, parts: AnyServices) -> Done:
    """With the token out of the mail."""
    user_id = await (await _signing_in(request, parts)).confirm_address(body.token)
    parts.log.audit("account.verified", actor=user_id, object_type="account", object_id=user_id, address=address_of(request))
    return Done(message="The address is confirmed. Sign in.")


@router.post("/login", summary="Sign in", operation_id="login", responses=declared(401, 422))
async def login(body: Login, request: Request, response: Response, parts: AnyServices) -> Tokens:
    """A new session. Five failed attempts lock the address for 15 minutes."""
    user_id, tokens = await (await _signing_in(request, parts)).log_in(body.email, body.password)
    parts.log.audit("session.opened", actor=user_id, object_type="account", object_id=user_id, address=address_of(request))
    return _delivered(request, response, tokens, body.cookie)


@router.post("/refresh", summary="Renew the tokens", operation_id="refreshTokens", responses=declared(401, 422))
async def refresh(
    request: Request, response: Response, parts: AnyServices, body: Refresh | None = None, cookie: RefreshCookie = None
) -> Tokens:
    """Each refresh token is good once. Using a spent one ends the session: one of the two users of it is a thief."""
    token = (body.refresh_token if body else None) or cookie
    if not token:
        raise NotAuthenticated("There is no refresh token in the body or cookie.", hint="Sign in at POST /api/v1/auth/login.")
    tokens = await (await _signing_in(request, parts)).refresh(token)
    return _delivered(request, response, tokens, cookie == token)


@router.post("/logout", summary="Sign out", operation_id="logout", responses=declared(401, 403, 404))
async def logout(request: Request, response: Response, caller: Person, parts: AnyServices) -> Done:
    """Ends this session, with all its tokens."""
    if caller.session_id is not None:
        await parts.stores.sessions.end(caller.user_id, caller.session_id, "signed out")
    response.delete_cookie(COOKIE, path=COOKIE_PATH)
    audit(request, caller, "session.ended", "session", caller.session_id or "")
    return Done(message="Signed out.")


@router.post("/password", summary="Change the password", operation_id="changePassword", responses=declared(401, 403, 422))
async def change_password(body: ChangePassword, request: Request, caller: Person, parts: AnyServices) -> Done:
    """Every other session ends; API keys stay."""
    await (await _signing_in(request, parts)).change_password(caller, body.current, body.new)
    audit(request, caller, "account.password_changed", "account", caller.user_id)
    return Done(message="The password is changed, and every other session has ended.")


@router.post(
    "/password-reset", status_code=202, summary="Forgot the password", operation_id="askForPasswordReset", responses=declared(422)
)
async def ask_for_reset(body: ResetPassword, request: Request, parts: AnyServices) -> Done:
    """Sends a mail to set a new one. The answer is the same for an address without an account."""
    await (await _signing_in(request, parts)).ask_for_reset(body.email)
    return Done(message="If the address has an account, a mail with a link is on its way.")


@router.post(
    "/password-reset/confirm", summary="Set a new password", operation_id="confirmPasswordReset", responses=declared(401, 403, 422)
)
async def confirm_reset(body: ConfirmReset, request: Request, parts: AnyServices) -> Done:
    """With the token out of the mail. Every session ends."""
    user_id = await (await _signing_in(request, parts)).reset(body.token, body.password)
    parts.log.audit("account.password_reset", actor=user_id, object_type="account", object_id=user_id, address=address_of(request))
    return Done(message="The password is set. Sign in.")


@router.post(
    "/sign-in-link", status_code=201, summary="A link into the console", operation_id="makeSignInLink", responses=declared(401, 403)
)
async def sign_in_link(request: Request, caller: AccountWriter, parts: AnyServices) -> SignInLink:
    """On a laptop, for its command line: a link that signs a browser in as the owner, once, within ten minutes."""
    if parts.settings.environment != "laptop" or (caller.scopes is not None and Scope.ADMIN not in caller.scopes):
        raise NotAllowed("Only the command line of a laptop installation gets sign-in links.", hint="Sign in with your password.")
    url, lifetime = await SigningIn(parts).sign_in_link(caller.user_id)
    audit(request, caller, "session.link_made", "account", caller.user_id)
    return SignInLink(url=url, expires_in=int(lifetime.total_seconds()))


@router.post("/sign-in", summary="Sign in by a link", operation_id="signInByLink", responses=declared(401, 422))
async def by_link(body: SignInToken, request: Request, response: Response, parts: AnyServices) -> Tokens:
    """With the token out of a sign-in link."""
    user_id, tokens = await (await _signing_in(request, parts)).by_link(body.token)
    parts.log.audit("session.opened", actor=user_id, object_type="account", object_id=user_id, address=address_of(request))
    return _delivered(request, response, tokens, body.cookie)


@router.get("/me", summary="Who am I?", operation_id="getMe", responses=declared(401, 403))
async def me(caller: AccountReader, parts: AnyServices) -> Me:
    """The account behind the token or key."""
    profile = await parts.stores.registration.profile(caller.user_id)
    return Me.model_validate(
        {**dict(profile), "session_id": caller.session_id, "scopes": sorted(caller.scopes) if caller.scopes is not None else None}
    )


@router.get("/sessions", summary="List your sessions", operation_id="listSessions", responses=declared(401, 403))
async def sessions(caller: Person, parts: AnyServices) -> Sessions:
    """Those that run, the latest used first."""
    rows = await parts.stores.sessions.running(caller.user_id)
    return Sessions(items=[SessionAnswer(**dict(row), current=row["id"] == caller.session_id) for row in rows])


@router.delete("/sessions", summary="End all other sessions", operation_id="endOtherSessions", responses=declared(401, 403))
async def end_others(request: Request, caller: Person, parts: AnyServices) -> Done:
    """Every session but the one that asks."""
    ended = await parts.stores.sessions.end_others(caller.user_id, caller.session_id, "ended by its owner")
    audit(request, caller, "session.others_ended", "account", caller.user_id, ended=ended)
    return Done(message=f"{ended} other session{'' if ended == 1 else 's'} ended.")


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End a session",
    operation_id="endSession",
    responses=declared(401, 403, 404, 422),
)
async def end_session(session_id: UUID, request: Request, caller: Person, parts: AnyServices) -> None:
    """One of your own, on another device for instance."""
    await parts.stores.sessions.end(caller.user_id, session_id, "ended by its owner")
    audit(request, caller, "session.ended", "session", session_id)


@router.get("/api-keys", summary="List your API keys", operation_id="listApiKeys", responses=declared(401, 403))
async def api_keys(caller: Person, parts: AnyServices) -> ApiKeys:
    """Those in use; their secrets are not kept."""
    return ApiKeys(items=[ApiKeyAnswer(**dict(row)) for row in await parts.stores.keys.of(caller.user_id)])


_MADE: dict[int | str, dict[str, Any]] = declared(401, 403, 409, 422)


@router.post("/api-keys", status_code=201, summary="Make an API key", operation_id="createApiKey", responses=_MADE)
async def create_key(body: NewApiKey, request: Request, caller: Person, parts: AnyServices) -> ApiKeyMade:
    """The key is in this answer and nowhere else: keep it."""
    if Scope.ADMIN in body.scopes and not caller.is_admin:
        raise NotAllowed("Only administrators make keys with the scope admin.")
    if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
        raise Conflict("The key would have expired already.", hint="Name a later time, or none.")
    key = new_api_key()
    row = await parts.stores.keys.create(
        caller.user_id, body.name, fingerprint(key), key[:12], dict.fromkeys(body.scopes), body.expires_at
    )
    audit(request, caller, "api_key.created", "api_key", row["id"], name=body.name, scopes=[scope.value for scope in body.scopes])
    return ApiKeyMade(**dict(row), key=key)


@router.delete(
    "/api-keys/{key_id}",
    status_code=204,
    summary="Delete an API key",
    operation_id="deleteApiKey",
    responses=declared(401, 403, 404, 422),
)
async def delete_key(key_id: UUID, request: Request, caller: Person, parts: AnyServices) -> None:
    """It is refused from this moment on."""
    await parts.stores.keys.revoke(caller.user_id, key_id)
    audit(request, caller, "api_key.deleted", "api_key", key_id)
