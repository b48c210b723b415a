"""Webhooks: events out to endpoints of users, and in from N8N."""

from __future__ import annotations

import ipaddress
import secrets
import time
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.deps import AnyServices, WebhooksReader, WebhooksWriter, audit
from api.n8n import Acting, answer_event
from api.pagination import Page, PageQuery, page_of
from api.problems import declared
from api.schemas.webhooks import (
    DeliveryAnswer,
    EndpointAnswer,
    EndpointMade,
    Endpoints,
    N8nAnswer,
    N8nEvent,
    NewEndpoint,
)
from api.services import Services
from models.errors import NotAllowed, NotAuthenticated
from models.ids import new_id
from models.system.signatures import TOLERANCE_SECONDS, endpoint_secret, is_signed, secret_text

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

UUID_OR_NOTHING = r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$"


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    endpoint_id: UUID | None = None


@router.get("/endpoints", summary="List your endpoints", operation_id="listWebhookEndpoints", responses=declared(401, 403))
async def list_endpoints(caller: WebhooksReader, parts: AnyServices) -> Endpoints:
    """Newest first; their secrets are not shown again."""
    return Endpoints(items=[EndpointAnswer(**dict(row)) for row in await parts.stores.webhooks.endpoints(caller.user_id)])


@router.post(
    "/endpoints",
    status_code=201,
    summary="Add an endpoint",
    operation_id="createWebhookEndpoint",
    responses=declared(401, 403, 409, 422),
)
async def create_endpoint(body: NewEndpoint, request: Request, caller: WebhooksWriter, parts: AnyServices) -> EndpointMade:
    """Events go out from now on, signed as standardwebhooks.com describes, tried for a day with growing pauses. The secret is in
    this answer and nowhere else.
    """
    _require_callable(parts, body.url)
    endpoint_id, secret = new_id(), secret_text(secrets.token_bytes(32))
    sealed = parts.cipher.seal(secret, endpoint_secret(endpoint_id))
    row = await parts.stores.webhooks.create(
        endpoint_id, caller.user_id, body.url, sorted(set(body.events)), body.description, sealed
    )
    audit(request, caller, "webhook.created", "webhook_endpoint", endpoint_id, url=body.url, events=body.events)
    return EndpointMade(**dict(row), secret=secret)


@router.delete(
    "/endpoints/{endpoint_id}",
    status_code=204,
    summary="Delete an endpoint",
    operation_id="deleteWebhookEndpoint",
    responses=declared(401, 403, 404, 422),
)
async def delete_endpoint(endpoint_id: UUID, request: Request, caller: WebhooksWriter, parts: AnyServices) -> None:
    """Nothing is sent to it any more, not even what waits."""
    await parts.stores.webhooks.delete(caller.user_id, endpoint_id)
    audit(request, caller, "webhook.deleted", "webhook_endpoint", endpoint_id)


@router.get("/deliveries", summary="See what was sent", operation_id="listWebhookDeliveries", responses=declared(401, 403, 422))
async def list_deliveries(
    query: Annotated[DeliveryQuery, Query()], response: Response, caller: WebhooksReader, parts: AnyServices
) -> Page[DeliveryAnswer]:
    """Each event for each endpoint, newest first, with its last answer or error."""
    rows, total = await parts.stores.webhooks.deliveries(
        caller.user_id, endpoint_id=query.endpoint_id, limit=query.limit, offset=query.offset
    )
    return page_of([DeliveryAnswer(**dict(row)) for row in rows], total, query, response)


@router.post(
    "/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Send it again",
    operation_id="redeliverWebhook",
    responses=declared(401, 403, 404, 409, 422),
)
async def redeliver(delivery_id: UUID, request: Request, caller: WebhooksWriter, parts: AnyServices) -> DeliveryAnswer:
    """The same event under the same id, for a delivery that has ended."""
    row = await parts.stores.webhooks.redeliver(caller.user_id, delivery_id)
    audit(request, caller, "webhook.redelivered", "webhook_delivery", delivery_id)
    return DeliveryAnswer(**dict(row))


@router.post(
    "/n8n/{workflow_id}", response_model=N8nAnswer, summary="An event from N8N", operation_id="receiveN8n",
    responses=declared(401, 404, 409, 422),
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/N8nEvent"}}}}
    },
)  # fmt: skip
async def from_n8n(
    workflow_id: Literal["video-complete", "quality-check", "cost-alert"],
    request: Request,
    parts: AnyServices,
    signature: Annotated[str, Header(alias="X-N8N-Signature", max_length=200, description="HMAC-SHA-256 of the raw body, in hex")],
    endpoint: Annotated[
        str, Header(alias="X-Ytempire-Endpoint", pattern=UUID_OR_NOTHING, description="the endpoint whose secret signed it")
    ] = "",
) -> N8nAnswer:
    """Signed over the raw body with the secret of one of your endpoints. Each `event_id` is handled once; a repeat gets the first
    answer. `STOP` means that nothing more should be done for the video.
    """
    raw = await request.body()
    acting = await _signer(parts, raw, signature, UUID(endpoint) if endpoint else None)
    event = _read(raw)
    if abs(time.time() - event.timestamp) > TOLERANCE_SECONDS:
        raise NotAuthenticated("The event is older or newer than five minutes.", hint="Check the clock, and sign each event anew.")
    return await answer_event(parts, acting, workflow_id, event)


async def _signer(parts: Services, raw: bytes, signature: str, endpoint: UUID | None) -> Acting:
    """Whose secret signed the body. Unknown endpoints and wrong signatures get the same answer."""
    owner: UUID | None = None
    secret = parts.settings.n8n_secret.get_secret_value()
    if endpoint is not None:
        found = await parts.stores.webhooks.secret_of(endpoint)
        owner, secret = (found[0], parts.cipher.open(found[1], endpoint_secret(endpoint))) if found else (None, "")
    good = is_signed(secret or "nobody's", raw, signature)
    if not good or not secret:
        raise NotAuthenticated(
            "The signature does not fit the body.",
            hint="Sign the raw body with the endpoint's secret, and name it in X-Ytempire-Endpoint.",
        )
    return Acting(owner, endpoint)


def _read(raw: bytes) -> N8nEvent:
    try:
        return N8nEvent.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from error


def _require_callable(parts: Services, url: str) -> None:
    """Refuse addresses that can be seen to lead inside; names are checked when they are called.

    Raises:
        NotAllowed: not https, with credentials in it, or a private address.
    """
    try:
        address = urlsplit(url)
        host, _ = address.hostname or "", address.port
    except ValueError:
        raise NotAllowed("This is no address that can be called.", field="body.url") from None
    if address.username is not None or not host:
        raise NotAllowed("The address must name a host and carry no credentials.", field="body.url")
    if parts.settings.webhook_private_addresses:
        return
    if address.scheme != "https":
        raise NotAllowed("Events go to https addresses only.", hint="Put TLS before the endpoint.", field="body.url")
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")) or _is_private(host):
        raise NotAllowed(
            "Events do not go to private addresses.", hint="The endpoint must be reachable from the internet.", field="body.url"
        )


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
