"""The one way to connect to Temporal."""

from __future__ import annotations

from datetime import timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, TLSConfig
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from models.errors import ComponentDown
from models.settings import Settings
from models.videos.attributes import SEARCH_ATTRIBUTES

log = structlog.get_logger(__name__)


async def connect(settings: Settings, address: str = "", *, lazy: bool = False) -> Client:
    """A client of the Temporal service that the settings name, or of `address`.

    `lazy` connects with the first call, so that a program may start while Temporal is away.

    Raises:
        ComponentDown: nobody answers there.
    """
    target = address or settings.temporal_address
    key = settings.temporal_api_key.get_secret_value()
    tls: TLSConfig | bool = bool(key)
    if settings.temporal_tls_cert is not None and settings.temporal_tls_key is not None:
        tls = TLSConfig(
            client_cert=settings.temporal_tls_cert.read_bytes(), client_private_key=settings.temporal_tls_key.read_bytes()
        )
    try:
        return await Client.connect(
            target,
            namespace=settings.temporal_namespace,
            data_converter=pydantic_data_converter,
            api_key=key or None,
            tls=tls,
            lazy=lazy,
        )
    except (RPCError, RuntimeError, OSError) as error:
        raise ComponentDown(
            f"Temporal does not answer at {target}.",
            retry_after=timedelta(seconds=5),
            hint="See that it runs (`ytempire doctor`), and what YTEMPIRE_TEMPORAL_ADDRESS says.",
        ) from error


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
