"""Signing in and staying so, read as an attacker would."""

from __future__ import annotations

import asyncio
import email
import re
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import httpx
import jwt
import pytest

from api.security import fingerprint
from models.users.scopes import Scope
from tests.api.conftest import Api

AUTH = "/api/v1/auth"
PASSWORD = "seven green umbrellas sing"


async def mails(api: Api) -> list[EmailMessage]:
    await asyncio.sleep(0.05)
    await api.parts.mailer.drain()
    paths = sorted((api.parts.settings.data_dir / "mail").glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]  # type: ignore[misc]


async def token_of(api: Api, kind: str) -> str:
    for _ in range(100):
        found = [re.search(rf"#{kind}/(\S+)", mail.get_content()) for mail in await mails(api)]
        if matches := [match for match in found if match]:
            return matches[-1].group(1)
    raise AssertionError(f"no mail with a {kind} link")


async def registered(api: Api, address: str = "ana@example.com") -> str:
    answer = await api.http.post(f"{AUTH}/register", json={"email": address, "password": PASSWORD})
    assert answer.status_code == 202, answer.text
    assert (await api.http.post(f"{AUTH}/verify-email", json={"token": await token_of(api, "verify")})).status_code == 200
    return address


async def logged_in(api: Api, address: str) -> dict[str, str]:
    answer = await api.http.post(f"{AUTH}/login", json={"email": address, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


async def test_an_account_opens_with_the_link_out_of_the_mail_and_not_before(api: Api) -> None:
    await api.http.post(f"{AUTH}/register", json={"email": "Ana@Example.com", "password": PASSWORD})
    early = await api.http.post(f"{AUTH}/login", json={"email": "ana@example.com", "password": PASSWORD})
    assert early.status_code == 401
    token = await token_of(api, "verify")
    assert (await api.http.post(f"{AUTH}/verify-email", json={"token": token})).status_code == 200
    assert (await api.http.post(f"{AUTH}/verify-email", json={"token": token})).status_code == 401
    tokens = await logged_in(api, "ANA@example.com")
    me = (await api.client(tokens["access_token"]).get(f"{AUTH}/me")).json()
    assert me["email"] == "ana@example.com" and me["plan"] == "free" and me["role"] == "user"


async def test_answers_do_not_tell_whether_an_address_has_an_account(api: Api) -> None:
    known = await registered(api)

    def bare(answer: httpx.Response) -> tuple[int, dict[str, str]]:
        return answer.status_code, {key: value for key, value in answer.json().items() if key != "request_id"}

    for path, more in (
        ("register", {"password": PASSWORD + "!"}),
        ("password-reset", {}),
        ("login", {"password": "not the right one"}),
    ):
        answers = [
            await api.http.post(f"{AUTH}/{path}", json={"email": address, **more}) for address in (known, "nobody@example.com")
        ]
        assert bare(answers[0]) == bare(answers[1]), path
    locks = [
        [
            (await api.http.post(f"{AUTH}/login", json={"email": address, "password": "wrong wrong wrong"})).status_code
            for _ in range(5)
        ]
        for address in (known, "nobody@example.com")
    ]
    assert locks[0] == locks[1] == [401] * 4 + [429]
    assert (await api.http.post(f"{AUTH}/login", json={"email": known, "password": PASSWORD})).status_code == 429
    assert await api.database.value("select locked_until > now() from users.accounts where email = $1", known)


async def test_registering_a_known_address_again_does_not_change_its_password(api: Api) -> None:
    known = await registered(api)
    await api.http.post(f"{AUTH}/register", json={"email": known, "password": "an intruder was here 9"})
    await logged_in(api, known)
    assert any("already" in mail["Subject"] for mail in await mails(api))


async def test_parallel_guesses_get_no_more_than_five_tries(api: Api) -> None:
    known = await registered(api)
    answers = await asyncio.gather(
        *(api.http.post(f"{AUTH}/login", json={"email": known, "password": f"guess number {n} of many"}) for n in range(12))
    )
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7
    locked = [answer for answer in answers if answer.status_code == 429]
    assert all(int(answer.headers["Retry-After"]) > 800 for answer in locked)


async def test_the_right_password_forgives_failed_attempts(api: Api) -> None:
    known = await registered(api)
    for _ in range(3):
        for _ in range(3):
            await api.http.post(f"{AUTH}/login", json={"email": known, "password": "wrong wrong wrong"})
        await logged_in(api, known)


async def test_a_spent_refresh_token_ends_its_whole_family(api: Api) -> None:
    first = await logged_in(api, await registered(api))
    second = (await api.http.post(f"{AUTH}/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert (await api.client(second["access_token"]).get(f"{AUTH}/me")).status_code == 200
    stolen = await api.http.post(f"{AUTH}/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status_code == 401
    assert (await api.http.post(f"{AUTH}/refresh", json={"refresh_token": second["refresh_token"]})).status_code == 401
    assert (await api.client(second["access_token"]).get(f"{AUTH}/me")).status_code == 401


async def test_of_parallel_uses_of_a_refresh_token_at_most_one_succeeds(api: Api) -> None:
    tokens = await logged_in(api, await registered(api))
    answers = await asyncio.gather(
        *(api.http.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]}) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 5


async def test_a_web_page_keeps_its_refresh_token_where_scripts_cannot_read_it(api: Api) -> None:
    known = await registered(api)
    answer = await api.http.post(f"{AUTH}/login", json={"email": known, "password": PASSWORD, "cookie": True})
    assert answer.json()["refresh_token"] is None
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/api/v1/auth" in cookie
    again = await api.http.post(f"{AUTH}/refresh")
    assert again.status_code == 200 and again.json()["refresh_token"] is None
    out = await api.client(again.json()["access_token"]).post(f"{AUTH}/logout")
    assert out.status_code == 200 and (await api.http.post(f"{AUTH}/refresh")).status_code == 401


async def test_a_new_password_ends_every_other_session_at_once(api: Api) -> None:
    known = await registered(api)
    here, there = await logged_in(api, known), await logged_in(api, known)
    mine = api.client(here["access_token"])
    wrong = await mine.post(f"{AUTH}/password", json={"current": "something else", "new": "nine blue teapots dance"})
    assert wrong.status_code == 403
    changed = await mine.post(f"{AUTH}/password", json={"current": PASSWORD, "new": "nine blue teapots dance"})
    assert changed.status_code == 200, changed.text
    assert (await api.client(there["access_token"]).get(f"{AUTH}/me")).status_code == 401
    assert (await mine.get(f"{AUTH}/me")).status_code == 200
    assert (await api.http.post(f"{AUTH}/login", json={"email": known, "password": PASSWORD})).status_code == 401


async def test_a_forgotten_password_is_reset_by_mail_once_and_every_session_ends(api: Api) -> None:
    known = await registered(api)
    session = await logged_in(api, known)
    await api.http.post(f"{AUTH}/password-reset", json={"email": known})
    token = await token_of(api, "reset")
    new = {"token": token, "password": "nine blue teapots dance"}
    assert (await api.http.post(f"{AUTH}/password-reset/confirm", json=new)).status_code == 200
    assert (await api.http.post(f"{AUTH}/password-reset/confirm", json=new)).status_code == 401
    assert (await api.client(session["access_token"]).get(f"{AUTH}/me")).status_code == 401
    answer = await api.http.post(f"{AUTH}/login", json={"email": known, "password": "nine blue teapots dance"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "password", ["short", "password1234", "P@ssw0rd!!!!", "qwertyuiop12", "aaaaaaaaaaaa", "123456789012", "ana.miller-2026"]
)
async def test_weak_passwords_are_refused(api: Api, password: str) -> None:
    answer = await api.http.post(f"{AUTH}/register", json={"email": "ana.miller@example.com", "password": password})
    assert answer.status_code in (403, 422), password
    assert answer.json()["errors"][0]["field"] == "body.password" and password not in answer.text


async def test_sessions_are_listed_and_ended_one_by_one(api: Api) -> None:
    known = await registered(api)
    here, there = await logged_in(api, known), await logged_in(api, known)
    mine = api.client(here["access_token"])
    listed = (await mine.get(f"{AUTH}/sessions")).json()["items"]
    assert sorted(session["current"] for session in listed) == [False, True]
    (other,) = [session["id"] for session in listed if not session["current"]]
    assert (await mine.delete(f"{AUTH}/sessions/{other}")).status_code == 204
    assert (await api.client(there["access_token"]).get(f"{AUTH}/me")).status_code == 401
    assert (await mine.delete(f"{AUTH}/sessions/{uuid4()}")).status_code == 404


async def test_api_keys_are_shown_once_scoped_and_refused_after_their_deletion(api: Api) -> None:
    user = await api.user()
    made = await user.http.post(f"{AUTH}/api-keys", json={"name": "n8n", "scopes": ["videos:read"]})
    key = made.json()["key"]
    assert made.status_code == 201 and key.startswith("ytk_")
    listed = await user.http.get(f"{AUTH}/api-keys")
    assert key not in listed.text and listed.json()["items"][0]["shown"] == key[:12]
    for client in (api.client(key=key), api.client(key)):
        assert (await client.get("/api/v1/videos")).status_code == 200
        assert (await client.post("/api/v1/videos/generate", json={"topic": "x"})).status_code == 403
        assert (await client.get(f"{AUTH}/api-keys")).status_code == 403
        assert (await client.post(f"{AUTH}/password", json={"current": "x", "new": PASSWORD})).status_code == 403
    assert (await user.http.post(f"{AUTH}/api-keys", json={"name": "a", "scopes": ["admin"]})).status_code == 403
    assert (await user.http.delete(f"{AUTH}/api-keys/{made.json()['id']}")).status_code == 204
    assert (await api.client(key=key).get("/api/v1/videos")).status_code == 401
    kept = await api.database.rows("select * from users.api_keys")
    assert key not in str([dict(row) for row in kept])


async def test_tokens_that_were_made_otherwise_are_refused(api: Api) -> None:
    user = await api.user()
    claims = jwt.decode(user.token, options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none")
    foreign = jwt.encode(claims, "another secret of thirty-two bytes", algorithm="HS256")
    expired = api.parts.signer.access_token(user.id, uuid4(), timedelta(seconds=-1))
    other = api.parts.signer.access_token(user.id, uuid4())
    link = api.parts.signer.link("/api/v1/auth/me").rpartition("=")[2]
    for token in (unsigned, foreign, expired, other, link, "x.y.z", "", "ytk_nothing"):
        answer = await api.client(token).get(f"{AUTH}/me")
        assert answer.status_code == 401, token
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_sign_in_link_of_the_command_line_works_once(api: Api) -> None:
    user = await api.user(role="admin")
    client = api.client(key=await api.key(user, *Scope))
    made = await client.post(f"{AUTH}/sign-in-link")
    assert made.status_code == 201, made.text
    token = made.json()["url"].rpartition("/")[2]
    tokens = await api.http.post(f"{AUTH}/sign-in", json={"token": token, "cookie": True})
    assert tokens.status_code == 200
    assert (await api.client(tokens.json()["access_token"]).get(f"{AUTH}/me")).json()["id"] == str(user.id)
    assert (await api.http.post(f"{AUTH}/sign-in", json={"token": token})).status_code == 401
    weak = api.client(key=await api.key(user, Scope.ACCOUNT_WRITE))
    assert (await weak.post(f"{AUTH}/sign-in-link")).status_code == 403


async def test_no_secret_is_stored_in_the_clear(api: Api) -> None:
    known = await registered(api)
    tokens = await logged_in(api, known)
    rows = await api.database.rows("select * from users.tokens, users.accounts, users.sessions")
    stored = str([dict(row) for row in rows])
    assert PASSWORD not in stored and tokens["refresh_token"] not in stored and "$argon2id$" in stored
    assert any(row["hash"] == fingerprint(tokens["refresh_token"]) for row in rows)
