"""What a Temporal server must know before the first run."""

from __future__ import annotations

from datetime import timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.videos.attributes import SEARCH_ATTRIBUTES

log = structlog.get_logger(__name__)


async def register_attributes(client: Client) -> None:
    """Make the search attributes known to the server, which refuses runs that use unknown ones. A repeat changes nothing.

    Temporal Cloud does not let clients do it: there the operator registers them once (docs/guide.md), and this only warns.
    """
    kinds = {"Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, "Double": IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE}
    wanted = {name: kinds[kind] for name, kind in SEARCH_ATTRIBUTES.items()}
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(search_attributes=wanted, namespace=client.namespace), timeout=timedelta(seconds=10)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            log.warning("search attributes could not be registered", why=error.message)
