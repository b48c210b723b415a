"""Google's token endpoint: codes and refresh tokens into access tokens. No retries: who asks knows whether to ask again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from activities.http import tls
from models.errors import AuthenticationFailed, Misconfigured, Unavailable
from models.settings import Settings
from models.youtube.oauth import OAuthClient, Tokens

if TYPE_CHECKING:
    from oauthlib.oauth2 import WebApplicationClient

PROVIDER = "youtube"


class GoogleOAuth:
    """The token endpoint for every OAuth client of the settings."""

    def __init__(
        self,
        clients: Sequence[OAuthClient],
        token_url: str,
        *,
        timeout_seconds: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`clients` one a project; the first serves new accounts."""
        self._clients = {client.project: client for client in clients}
        self._token_url = token_url
        self._timeout = timeout_seconds
        self._now = now

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects, the one for new accounts first."""
        return tuple(self._clients)

    def client(self, project: str = "") -> OAuthClient:
        """A project's client; without a name, the one for new accounts.

        Raises:
            Misconfigured: there is none.
        """
        if not self._clients:
            raise Misconfigured(
                "YouTube is not set up: there is no OAuth client.",
                hint="Set YTEMPIRE_YOUTUBE_CLIENT_ID and YTEMPIRE_YOUTUBE_CLIENT_SECRET (docs/youtube.md says how to get them).",
            )
        try:
            return self._clients[project or next(iter(self._clients))]
        except KeyError:
            raise Misconfigured(
                f"The Google Cloud project {project} has no OAuth client in the settings.",
                hint="Add it to YTEMPIRE_YOUTUBE_MORE_CLIENTS, or reconnect its accounts.",
            ) from None

    async def exchange(self, project: str, code: str, *, redirect: str, verifier: str) -> Tokens:
        """The tokens for a code that a consent gave.

        Raises:
            AuthenticationFailed: the code is wrong, spent or too old.
            Unavailable: Google does not answer as it should.
        """
        client = self.client(project)
        flow = _flow(client)
        body = flow.prepare_request_body(
            code=code, redirect_uri=redirect, code_verifier=verifier, client_secret=client.client_secret
        )
        return await self._ask(flow, body, "The code from Google was not accepted")

    async def refresh(self, project: str, refresh_token: str) -> Tokens:
        """A new access token.

        Raises:
            AuthenticationFailed: the refresh token is dead (`detail["reason"]` is `invalid_grant`).
            Unavailable: Google does not answer as it should.
        """
        client = self.client(project)
        flow = _flow(client)
        body = flow.prepare_refresh_body(
            refresh_token=refresh_token, client_id=client.client_id, client_secret=client.client_secret
        )
        return await self._ask(flow, body, "Google refused to renew the access")

    async def _ask(self, flow: WebApplicationClient, body: str, refused: str) -> Tokens:
        from oauthlib.oauth2.rfc6749.errors import OAuth2Error

        asked = self._now()
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        try:
            async with httpx.AsyncClient(verify=tls(), timeout=self._timeout) as http:
                answer = await http.post(self._token_url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"Google's token endpoint cannot be reached: {error!r}.", provider=PROVIDER) from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(f"Google's token endpoint answered {answer.status_code}.", provider=PROVIDER)
        try:
            token: dict[str, Any] = flow.parse_request_body_response(answer.text)
        except OAuth2Error as error:
            raise AuthenticationFailed(
                f"{refused}: {error.error}{f' ({error.description})' if error.description else ''}.",
                provider=PROVIDER,
                detail={"reason": error.error},
            ) from error
        except ValueError as error:
            raise Unavailable("Google's token endpoint answered something that is no token.", provider=PROVIDER) from error
        return _tokens(token, asked)


def _flow(client: OAuthClient) -> WebApplicationClient:
    from oauthlib.oauth2 import WebApplicationClient  # sixty modules that the API does not wait for at its start

    return WebApplicationClient(client.client_id)


def _tokens(token: dict[str, Any], asked: datetime) -> Tokens:
    """The token answer in absolute times, counted from before the question."""
    lives = token.get("refresh_token_expires_in")
    scope = token.get("scope", "")
    return Tokens(
        access_token=token["access_token"],
        access_expires_at=asked + timedelta(seconds=float(token.get("expires_in", 3600))),
        refresh_token=token.get("refresh_token", "") or "",
        refresh_expires_at=asked + timedelta(seconds=float(lives)) if lives else None,
        scopes=tuple(scope.split() if isinstance(scope, str) else scope),
        subject=_subject(token.get("id_token", "")),
    )


def _subject(id_token: str) -> str:
    """The identity in an ID token. It comes from the token endpoint itself, so its signature need not be checked."""
    try:
        payload = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["sub"])
    except (IndexError, ValueError, KeyError, TypeError):
        return ""


def clients_of(settings: Settings) -> list[OAuthClient]:
    """The OAuth clients of the settings, the one for new accounts first.

    Raises:
        Misconfigured: YTEMPIRE_YOUTUBE_MORE_CLIENTS cannot be read.
    """
    clients = []
    if settings.youtube_client_id:
        project = settings.youtube_project or settings.youtube_client_id.partition("-")[0]
        clients.append(OAuthClient(project, settings.youtube_client_id, settings.youtube_client_secret.get_secret_value()))
    try:
        for one in json.loads(settings.youtube_more_clients.get_secret_value() or "[]"):
            clients.append(OAuthClient(str(one["project"]), str(one["client_id"]), str(one["client_secret"])))
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured(
            "YTEMPIRE_YOUTUBE_MORE_CLIENTS is not a JSON list of project, client_id and client_secret.", hint="See docs/youtube.md."
        ) from error
    return clients
