"""YouTube: connecting accounts, what they may do, and the quota of today."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Cookie, Query, Request, Response
from starlette.responses import RedirectResponse

from api.deps import AnyServices, YoutubeReader, YoutubeWriter, audit, over_tls
from api.pagination import Page, PageQuery, page_of
from api.problems import declared
from api.schemas.youtube import AlertAnswer, Authorization, QuotaAnswer, YouTubeAccountAnswer, YouTubeAccountChange
from models.errors import Conflict, NotAllowed
from models.youtube.choosing import AccountKind
from models.youtube.contracts import AccountRow
from models.youtube.oauth import STATE_LIVES, new_verifier, state_digest

router = APIRouter(prefix="/youtube", tags=["youtube"])

COOKIE = "ytempire_youtube"
COOKIE_PATH = "/api/v1/youtube/oauth"
Text = Annotated[str, Query(max_length=2048)]


def _now() -> datetime:
    return datetime.now(UTC)


@router.get(
    "/oauth/authorize",
    summary="Connect a Google account",
    operation_id="authorizeYouTube",
    responses=declared(401, 403, 404, 409, 422),
)
async def authorize(
    request: Request,
    response: Response,
    caller: YoutubeWriter,
    parts: AnyServices,
    account_id: Annotated[UUID | None, Query(description="reconnect this account")] = None,
    channel_id: Annotated[UUID | None, Query(description="tie this channel of yours to the YouTube channel")] = None,
    kind: AccountKind = AccountKind.ACTIVE,
) -> Authorization:
    """Open the answered address in a browser: Google asks for your consent and sends you back. It works once, for 10 minutes."""
    if not parts.youtube.connector.projects:
        raise Conflict("YouTube is not set up here: there is no OAuth client.", hint="docs/youtube.md says how to get one.")
    url = await parts.youtube.connector.authorize(caller.user_id, account_id=account_id, channel_id=channel_id, kind=kind)
    state = url.partition("&state=")[2].partition("&")[0]
    _bind(request, response, state)
    return Authorization(url=url)


@router.get(
    "/oauth/callback",
    summary="Where Google sends people back",
    operation_id="answerYouTube",
    responses={**declared(403, 404, 409, 422), 303: {"description": "a browser is sent on to the console"}},
    response_model=YouTubeAccountAnswer,
)
async def callback(
    request: Request,
    parts: AnyServices,
    state: Text = "",
    code: Text = "",
    error: Text = "",
    bound: Annotated[str, Cookie(alias=COOKIE)] = "",
) -> YouTubeAccountAnswer | Response:
    """The one-time state says whose consent it is. A browser must be the one that asked for it."""
    _require_same_browser(request, state, bound)
    account = await parts.youtube.connector.answer(state, code, error)
    parts.log.audit(
        "youtube.connected", actor=account.user_id, owner=account.user_id, object_type="youtube_account", object_id=account.id,
        detail={"channels": list(account.channels)}, address=request.client.host if request.client else "",
    )  # fmt: skip
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"{parts.settings.public_url.rstrip('/')}/#youtube", status_code=303)
    return _answer(account)


@router.get(
    "/accounts", summary="List your YouTube accounts", operation_id="listYouTubeAccounts", responses=declared(401, 403, 422)
)
async def list_accounts(
    query: Annotated[PageQuery, Query()], response: Response, caller: YoutubeReader, parts: AnyServices
) -> Page[YouTubeAccountAnswer]:
    """Newest first, with their health and what they may still upload today."""
    found = await parts.youtube.accounts.accounts(caller.user_id, _now())
    shown = found[query.offset : query.offset + query.limit]
    return page_of([_answer(account) for account in shown], len(found), query, response)


@router.patch(
    "/accounts/{account_id}",
    summary="Change a YouTube account",
    operation_id="changeYouTubeAccount",
    responses=declared(401, 403, 404, 409, 422),
)
async def change_account(
    account_id: UUID, body: YouTubeAccountChange, request: Request, caller: YoutubeWriter, parts: AnyServices
) -> YouTubeAccountAnswer:
    """Rename it, make it a reserve, change its uploads a day, switch it off and on."""
    changes = {name: value for name, value in body.model_dump(mode="json").items() if value is not None}
    account = await parts.youtube.accounts.change(account_id, _now(), user_id=caller.user_id, **changes)
    audit(request, caller, "youtube.account_changed", "youtube_account", account_id, **changes)
    return _answer(account)


@router.get("/quota", summary="See today's quota", operation_id="getYouTubeQuota", responses=declared(401, 403))
async def quota(caller: YoutubeReader, parts: AnyServices) -> QuotaAnswer:
    """By project and bucket, with the videos that can still go out before midnight Pacific time."""
    accounts = await parts.youtube.accounts.accounts(caller.user_id, _now())
    projects = sorted({account.project for account in accounts} | set(parts.youtube.connector.projects))
    tracks = len(parts.settings.youtube_caption_tracks)
    report = await parts.youtube.quota.report(projects, _now(), caption_tracks=tracks, user_id=caller.user_id)
    return QuotaAnswer.model_validate(report, from_attributes=True)


@router.get("/alerts", summary="See what needs a look", operation_id="listYouTubeAlerts", responses=declared(401, 403))
async def alerts(caller: YoutubeReader, parts: AnyServices) -> list[AlertAnswer]:
    """Accounts to be reconnected, videos that YouTube rejected or hid; newest first."""
    return [AlertAnswer.model_validate(one, from_attributes=True) for one in await parts.youtube.accounts.alerts(caller.user_id)]


def _bind(request: Request, response: Response, state: str) -> None:
    """Mark the browser that asked, so that nobody can be led to finish somebody else's consent."""
    nonce = request.cookies.get(COOKIE, "").partition(".")[0] or new_verifier()
    response.set_cookie(
        COOKIE, f"{nonce}.{state_digest(nonce + state)}", max_age=int(STATE_LIVES.total_seconds()), path=COOKIE_PATH,
        httponly=True, samesite="lax", secure=over_tls(request),
    )  # fmt: skip


def _require_same_browser(request: Request, state: str, bound: str) -> None:
    """A browser says by `Sec-Fetch-Mode` that it is one; what is no browser cannot be led anywhere by a link."""
    if "sec-fetch-mode" not in request.headers:
        return
    nonce, _, digest = bound.partition(".")
    if not nonce or not hmac.compare_digest(digest, state_digest(nonce + state)):
        raise NotAllowed("This browser did not ask for this authorization.", hint="Start connecting again here.", field="state")


def _answer(account: AccountRow) -> YouTubeAccountAnswer:
    return YouTubeAccountAnswer.model_validate(account, from_attributes=True)
