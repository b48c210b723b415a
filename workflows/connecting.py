"""The one way to connect to Temporal, for the API and the workers alike."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.client import Client, TLSConfig
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from models.errors import ComponentDown
from models.settings import Settings

LAPTOP = "127.0.0.1:7233"
"""Where the command line's own Temporal listens."""


async def connect(settings: Settings, address: str = "", *, lazy: bool = False) -> Client:
    """A client of the Temporal service that the settings name, or of `address`.

    `lazy` connects with the first call, so that a program may start while Temporal is away.

    Raises:
        ComponentDown: nobody answers there.
    """
    target = address or settings.temporal_address or LAPTOP
    key = settings.temporal_api_key.get_secret_value()
    tls: TLSConfig | bool = bool(key)
    if settings.temporal_tls_cert is not None and settings.temporal_tls_key is not None:
        certificate, private = await asyncio.gather(
            asyncio.to_thread(settings.temporal_tls_cert.read_bytes), asyncio.to_thread(settings.temporal_tls_key.read_bytes)
        )
        tls = TLSConfig(client_cert=certificate, client_private_key=private)
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
            hint="See that it runs (`./ytempire doctor`), and what YTEMPIRE_TEMPORAL_ADDRESS says.",
        ) from error
