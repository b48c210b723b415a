"""Google's consent page and token endpoint, as far as a server sees them."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

from tests.fakes.youtube_world import Identity, World


def consent(world: World, url: str, identity: Identity, *, deny: bool = False, drop_scopes: frozenset[str] = frozenset()) -> str:
    """What a person's browser does with an authorization address: the address it comes back with."""
    asked = {name: values[0] for name, values in parse_qs(urlparse(url).query, strict_parsing=True).items()}
    assert asked["client_id"] in world.clients, "unknown client"
    assert asked["response_type"] == "code"
    assert asked["access_type"] == "offline", "no refresh token would be given"
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 32
    if deny:
        return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
    code = f"4/{secrets.token_urlsafe(24)}"
    scopes = frozenset(asked["scope"].split()) - drop_scopes
    world.codes[code] = (identity, asked["client_id"], asked["redirect_uri"], asked["code_challenge"], scopes)
    return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'scope': ' '.join(sorted(scopes))})}"


def token(world: World, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The token endpoint."""
    with world.lock:
        project, secret = world.clients.get(form.get("client_id", ""), ("", ""))
        if not project or form.get("client_secret") != secret:
            return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        if form.get("grant_type") == "authorization_code":
            return _code(world, form, project)
        if form.get("grant_type") == "refresh_token":
            return _refresh(world, form, project)
        return 400, {"error": "unsupported_grant_type"}


def _code(world: World, form: dict[str, str], project: str) -> tuple[int, dict[str, Any]]:
    found = world.codes.pop(form.get("code", ""), None)
    if found is None:
        return 400, {"error": "invalid_grant", "error_description": "Malformed auth code."}
    identity, client_id, redirect, challenge, scopes = found
    verifier = form.get("code_verifier", "")
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if (client_id, redirect, challenge) != (form["client_id"], form.get("redirect_uri"), made):
        return 400, {"error": "invalid_grant", "error_description": "Bad verifier or redirect."}
    answer = world.issue(identity, project, scopes, lasting=identity.gives_refresh_token)
    if "openid" in scopes:
        claims = base64.urlsafe_b64encode(json.dumps({"sub": identity.subject}).encode()).rstrip(b"=").decode()
        answer["id_token"] = f"e30.{claims}.sig"
    return 200, answer


def _refresh(world: World, form: dict[str, str], project: str) -> tuple[int, dict[str, Any]]:
    world.refreshes += 1
    found = world.refresh.get(form.get("refresh_token", ""))
    if found is None or found[1] != project:
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    return 200, world.issue(found[0], project, found[2], lasting=False)
