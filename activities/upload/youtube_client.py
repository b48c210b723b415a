"""The official client, used so that every request is made exactly once: no retries, no redirects of 308, no silent repeats.

httplib2 is blocking and not thread-safe: one `YouTubeClient` is used by one thread at a time.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httplib2
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError, ResumableUploadError

from models.errors import Misconfigured
from models.youtube.reasons import Answer, Trouble, read_answer

BLOCK = 1 << 20
"""Bytes read from the film and handed to the socket at a time; http.client's 16 KiB cost a third of the speed."""

BROKEN = (OSError, httplib2.HttpLib2Error, http.client.HTTPException, ssl.SSLError)
"""What a transfer that broke on the way raises."""


class CallFailed(Exception):
    """YouTube answered with an error, or nothing came back (`answer.status` 0)."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.reason}: {answer.message}")
        self.answer = answer


class OnceHttp(httplib2.Http):  # type: ignore[misc]
    """httplib2 that sends a request once. The original repeats it after a lost answer, from a body that is read to its end."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.redirect_codes = frozenset({300, 301, 302, 303, 307})  # 308 is "resume incomplete" here

    def _conn_request(self, conn: Any, request_uri: str, method: str, body: Any, headers: Any) -> tuple[httplib2.Response, bytes]:
        try:
            if conn.sock is None:
                conn.connect()
                conn.blocksize = BLOCK
            conn.request(method, request_uri, body, headers)
            response = conn.getresponse()
            content = response.read()
        except BaseException:
            conn.close()  # whatever is still under way on it belongs to a request that is over
            raise
        return httplib2.Response(response), content


@lru_cache(maxsize=4)
def _service(root: str) -> Any:
    """The API as its static discovery document describes it, at another root address if one is given."""
    text = get_static_doc("youtube", "v3")
    if text is None:
        raise Misconfigured(
            "The installed google-api-python-client has no description of YouTube.", hint="Install the locked requirements."
        )
    document = json.loads(text)
    if root:
        document |= {"rootUrl": root, "mtlsRootUrl": root}
    return build_from_document(document, http=httplib2.Http())


class YouTubeClient:
    """Calls in the name of one account. A new one is made for a new access token."""

    def __init__(
        self, token: str, *, root: str = "", timeout: float = 60.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`root` is the API's address; empty for Google's."""
        self.api = _service(f"{root.rstrip('/')}/" if root else "")
        self.token = token
        self._now = now
        credentials = Credentials(token=token)  # type: ignore[no-untyped-call]  # without a refresh token and a date it is used as it is
        self.http = AuthorizedHttp(credentials, OnceHttp(timeout), refresh_status_codes=(), max_refresh_attempts=0)

    def run(self, request: Any) -> dict[str, Any]:
        """Make one request of `api`.

        Raises:
            CallFailed: it was refused, or the line broke and nobody knows whether it was heard.
        """
        answer: dict[str, Any] = self.guarded(lambda: request.execute(http=self.http, num_retries=0))
        return answer

    def guarded(self, act: Callable[[], Any]) -> Any:
        """`act`'s result, with everything that can go wrong as `CallFailed`."""
        try:
            return act()
        except ResumableUploadError as error:
            raise self.failed(error.resp, error.content) from error
        except HttpError as error:
            raise self.failed(error.resp, error.content) from error
        except BROKEN as error:
            said = str(error) or type(error).__name__
            raise CallFailed(Answer(Trouble.SERVER, "connection", f"The connection broke: {said}", 0)) from error

    def failed(self, response: Any, content: bytes) -> CallFailed:
        """The error that an answer carries."""
        headers = {name.lower(): value for name, value in response.items()}
        return CallFailed(read_answer(int(response.status), content, headers, self._now()))

    def close(self) -> None:
        """End its connections."""
        self.http.close()
