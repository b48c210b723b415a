"""The API process: uvicorn serving `api.app`, which is started by name so that workers never import the API."""

from __future__ import annotations

import uvicorn

from models.settings import Settings


def main() -> None:
    """Serve until told to stop; requests in flight are answered first."""
    settings = Settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        workers=settings.api_processes if settings.api_processes > 1 else None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
        server_header=False,
    )


if __name__ == "__main__":
    main()
