"""Who asks, and what may they touch: the one place that decides.

A route declares its need with `Caller` types below; rows are then only ever read with `caller.user_id`, so that what belongs to
somebody else is not found rather than refused.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.rate_limits import Allowance
from api.security import API_KEY_PREFIX, fingerprint
from api.services import Services
from models.errors import NotAllowed, NotAuthenticated
from models.users.callers import Known
from models.users.scopes import SESSION, Scope, covers

_session = HTTPBearer(
    auto_error=False,
    scheme_name="session",
    bearerFormat="JWT",
    description="The access token of `POST /api/v1/auth/login`, or an API key.",
)
_key = APIKeyHeader(
    name="X-API-Key", auto_error=False, scheme_name="key", description="An API key with the scope that the route needs."
)


async def services(request: Request) -> Services:
    """The parts of the running API; async, since FastAPI would take a thread for anything else."""
    found: Services = request.app.state.services
    return found


AnyServices = Annotated[Services, Depends(services)]


def address_of(request: Request) -> str:
    """Where the request came from."""
    return request.client.host if request.client else ""


def over_tls(request: Request) -> bool:
    """Whether the caller speaks TLS, to us or to a proxy before us: cookies are then kept to that."""
    parts: Services = request.app.state.services
    return request.url.scheme == "https" or parts.settings.public_url.startswith("https://")


def network_of(address: str) -> str:
    """What one caller can choose addresses from: a whole /64 of IPv6, one address of IPv4. Limits count by it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


async def _caller(
    request: Request,
    scopes: SecurityScopes,
    parts: AnyServices,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_session)] = None,
    key: Annotated[str | None, Security(_key)] = None,
) -> Known:
    return await identify(request, parts, bearer.credentials if bearer else "", key or "", tuple(scopes.scopes))


async def identify(request: Request, parts: Services, bearer: str, key: str, needed: tuple[str, ...]) -> Known:
    """The account behind the credentials, which may do what is needed and has requests left.

    Raises:
        NotAuthenticated: no credentials, or none that are good now.
        NotAllowed: the role or the key's scopes do not cover `needed`.
        TooManyRequests: the plan's limit is reached.
    """
    caller = await _find(parts, bearer, key)
    allowance = Allowance.of(caller.hits, caller.rate, caller.plan.value)
    notes: dict[str, Any] = request.scope["state"]["notes"]
    notes.update(user_id=caller.user_id, key_id=caller.key_id, headers=allowance.headers())
    allowance.check()
    if Scope.ADMIN in needed and not caller.is_admin:
        raise NotAllowed("Only administrators may do this.")
    if not covers(caller.scopes, needed):
        if SESSION in needed:
            raise NotAllowed("An API key may not do this.", hint="Sign in as a person: POST /api/v1/auth/login.")
        raise NotAllowed(f"This API key lacks the scope {', '.join(needed)}.", hint="Make a key with that scope.")
    return caller


async def _find(parts: Services, bearer: str, key: str) -> Known:
    secret = key or (bearer if bearer.startswith(API_KEY_PREFIX) else "")
    if secret:
        if found := await parts.stores.callers.by_key(fingerprint(secret)):
            return found
        raise NotAuthenticated("The API key is unknown, expired or revoked.", hint="Make a new one under your account.")
    if not bearer:
        raise NotAuthenticated(
            "This needs an access token or an API key.", hint="Sign in at POST /api/v1/auth/login, or send X-API-Key."
        )
    access = parts.signer.read_access_token(bearer)
    if found := await parts.stores.callers.by_session(access.session_id, access.user_id):
        return found
    raise NotAuthenticated("The session has ended.", hint="Sign in again at POST /api/v1/auth/login.")


def audit(
    request: Request,
    caller: Known,
    action: str,
    object_type: str = "",
    object_id: UUID | str = "",
    *,
    owner: UUID | None = None,
    **detail: Any,
) -> None:
    """Write a change of state to the audit log, off the request path, with what sounds like a secret masked."""
    parts: Services = request.app.state.services
    parts.log.audit(
        action,
        actor=caller.user_id,
        owner=owner,
        object_type=object_type,
        object_id=object_id,
        detail=detail,
        address=address_of(request),
    )


def _needs(*scopes: str) -> Any:
    return Security(_caller, scopes=list(scopes))


Person = Annotated[Known, _needs(SESSION)]
"""A signed-in person; no API key."""
Administrator = Annotated[Known, _needs(Scope.ADMIN)]
VideosReader = Annotated[Known, _needs(Scope.VIDEOS_READ)]
VideosWriter = Annotated[Known, _needs(Scope.VIDEOS_WRITE)]
ChannelsReader = Annotated[Known, _needs(Scope.CHANNELS_READ)]
ChannelsWriter = Annotated[Known, _needs(Scope.CHANNELS_WRITE)]
CostsReader = Annotated[Known, _needs(Scope.COSTS_READ)]
WebhooksReader = Annotated[Known, _needs(Scope.WEBHOOKS_READ)]
WebhooksWriter = Annotated[Known, _needs(Scope.WEBHOOKS_WRITE)]
YoutubeReader = Annotated[Known, _needs(Scope.YOUTUBE_READ)]
YoutubeWriter = Annotated[Known, _needs(Scope.YOUTUBE_WRITE)]
AccountReader = Annotated[Known, _needs(Scope.ACCOUNT_READ)]
AccountWriter = Annotated[Known, _needs(Scope.ACCOUNT_WRITE)]
