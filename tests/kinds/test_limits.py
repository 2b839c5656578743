"""Who pays for a limit: whoever proved something, or the source that asks; never somebody else.

Crossed from the code's own lists: each grant of each preset by each way to ask without proof; each kind of letter by
each other.
"""

import base64
import concurrent.futures
import itertools
import urllib.parse
from collections.abc import Iterator
from typing import get_args

import pytest

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.letters import LetterRequest
from satsuma.accounts.policy import AccountPolicy
from satsuma.counters.memory import MemoryCounter
from satsuma.domain.issuers import PRESETS, IssuerPolicy
from tests.oauth.flow import (
    PASSWORD,
    REDIRECT,
    STANDARD,
    VERIFIER,
    authorize_url,
    challenge,
    get_code,
    new_client,
    new_person,
    post_token,
    redeem,
    refresh,
)
from tests.wire.server import FORM, Made, Reply, Server, running_server

STRANGER = "127.0.0.9"
MANY = 60
GRANTS = [(policy, grant) for policy in PRESETS.values() for grant in policy.grants]
UNPROVEN = ("id alone", "wrong secret in the form", "wrong secret in the header", "none")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("limits"), options=("--test",)) as running:
        yield running


def ask(
    server: Server, source: str, path: str, fields: dict[str, str] | None, **headers: str
) -> Reply:
    """Ask from another address of this machine."""
    body = None if fields is None else urllib.parse.urlencode(fields)
    kept = {"Accept": "application/json", "Content-Type": FORM}
    method = "GET" if body is None else "POST"
    return server.request(method, path, body, kept | headers, source=source)


def unproven(made: Made, how: str) -> tuple[dict[str, str], dict[str, str]]:
    """Give the fields and the headers of somebody who knows the client's public id and nothing else."""
    if how == "id alone":
        return {"client_id": made.client_id}, {}
    if how == "wrong secret in the form":
        return {"client_id": made.client_id, "client_secret": "guessed"}, {}
    if how == "wrong secret in the header":
        pair = base64.b64encode(f"{made.client_id}:guessed".encode()).decode()
        return {}, {"Authorization": f"Basic {pair}"}
    return {}, {}


def garbage(grant: str) -> dict[str, str]:
    return {
        "grant_type": grant,
        "code": "stc_" + "g" * 43,
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
        "refresh_token": "srt_garbage",
    }


@pytest.mark.parametrize("public", [False, True], ids=["confidential", "public"])
@pytest.mark.parametrize(
    ("policy", "grant"), GRANTS, ids=[f"{policy.name}-{grant}" for policy, grant in GRANTS]
)
def test_a_stranger_moves_nobodys_limit(
    server: Server, policy: IssuerPolicy, grant: str, public: bool
) -> None:
    made = new_client(server, public=public)
    code = None
    if policy.has_people:
        more = {"code_challenge": challenge(), "code_challenge_method": "S256"}
        code, _ = get_code(server, made, new_person(server), policy.path, **more)
    for how in UNPROVEN:
        fields, headers = unproven(made, how)
        sent = garbage(grant) | fields
        got = [ask(server, STRANGER, f"{policy.path}/token", sent, **headers) for _ in range(MANY)]
        assert {reply.status for reply in got} <= {400, 401, 429}
    if code is not None:
        reply = redeem(server, made, code, policy.path, code_verifier=VERIFIER)
    elif public:
        return
    else:
        reply = server.token(made, issuer=policy.path)
    assert reply.status == 200, reply.body


def test_a_source_that_guesses_at_a_public_client_is_held_off_alone(server: Server) -> None:
    made = new_client(server, public=True)
    sent = garbage("refresh_token") | {"client_id": made.client_id}
    got = [ask(server, STRANGER, "/token", sent) for _ in range(22)]
    assert [reply.status for reply in got] == [400] * 20 + [429] * 2
    assert 0 < int(got[-1].headers["Retry-After"]) <= 60
    assert ask(server, "127.0.0.10", "/token", sent).status == 400


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--test", "--trusted-proxies", "127.0.0.0/8")
    with running_server(tmp_path_factory.mktemp("sources"), options=options) as running:
        yield running


def from_network(server: Server, number: int, path: str, fields: dict[str, str] | None) -> int:
    """Ask from an address of 2001:db8:N::/64 that was never used before."""
    server.counter += 1
    source = f"2001:db8:{number:x}::{server.counter:x}"
    return ask(server, "127.0.0.1", path, fields, **{"X-Forwarded-For": source}).status


def test_the_addresses_of_an_ipv6_customer_guess_together(behind_a_proxy: Server) -> None:
    made = new_client(behind_a_proxy)
    sent = garbage("client_credentials") | {"client_id": made.client_id, "client_secret": "guessed"}
    got = [from_network(behind_a_proxy, 1, "/oauth/v3/token", sent) for _ in range(22)]
    assert got == [401] * 20 + [429] * 2
    assert from_network(behind_a_proxy, 2, "/oauth/v3/token", sent) == 401


def test_the_addresses_of_an_ipv6_customer_ask_for_unknown_clients_together(
    behind_a_proxy: Server,
) -> None:
    path = "/authorize?response_type=code&client_id="
    got = [from_network(behind_a_proxy, 3, f"{path}{at:032d}", None) for at in range(202)]
    assert (set(got[:200]), got[200:]) == ({400}, [429] * 2)
    assert from_network(behind_a_proxy, 4, f"{path}nobody", None) == 400


def test_one_person_at_a_public_client_does_not_use_up_anothers_share(server: Server) -> None:
    made = new_client(server, public=True)
    held = []
    for person in (new_person(server), new_person(server)):
        code, _ = get_code(server, made, person, STANDARD, scope="openid offline_access")
        held.append(redeem(server, made, code, STANDARD).json["refresh_token"])
    busy, other = held
    for _ in range(49):
        reply = refresh(server, made, busy, STANDARD)
        assert reply.status == 200, reply.body
        busy = reply.json["refresh_token"]
    assert refresh(server, made, busy, STANDARD).status == 429
    assert refresh(server, made, other, STANDARD).status == 200


def test_whoever_asks_for_many_unknown_clients_is_told_so_and_nobody_else(server: Server) -> None:
    path = "/authorize?response_type=code&client_id="
    got = [ask(server, "127.0.0.11", f"{path}{at:032d}", None).status for at in range(202)]
    assert set(got[:200]) == {400}
    assert got[200:] == [429] * 2
    held_off = ask(server, "127.0.0.11", f"{path}nobody", None)
    assert 0 < int(held_off.headers["Retry-After"]) <= 60
    logout = "/logout?post_logout_redirect_uri=https%3A%2F%2Fa.example&client_id=unknown"
    assert ask(server, "127.0.0.11", logout, None).status == 429
    known = authorize_url(server, new_client(server)).removeprefix(server.api_url)
    assert ask(server, "127.0.0.12", known, None).status == 303


def test_ninety_logins_at_once_from_one_address_hold_nobody_else_off(server: Server) -> None:
    person = new_person(server)
    pages = {"Host": f"localhost:{server.port}"}
    form = ask(server, STRANGER, "/login", None, **pages)
    cookie = "; ".join(each.partition(";")[0] for each in form.headers.get_all("Set-Cookie") or [])
    token = form.body.decode().partition('name="form_token" value="')[2].partition('"')[0]
    headers = pages | {"Cookie": cookie, "Origin": server.pages_url}

    def log_in(source: str, email: str) -> int:
        fields = {"form_token": token, "email": email, "password": PASSWORD}
        return ask(server, source, "/login", fields, **headers).status

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        many = [pool.submit(log_in, STRANGER, f"{n}@people.example") for n in range(90)]
        others = [pool.submit(log_in, f"127.0.0.{n}", person.email) for n in range(20, 30)]
        assert {each.result() for each in others} == {303}
        got = [each.result() for each in many]
    assert set(got) <= {400, 429}


LETTERS: tuple[str, ...] = get_args(LetterRequest)


@pytest.mark.parametrize(("spent", "asked"), list(itertools.permutations(LETTERS, 2)))
async def test_one_kind_of_letter_does_not_use_up_anothers(spent: str, asked: str) -> None:
    attempts = LoginAttempts(AccountPolicy(), MemoryCounter(), None, lambda: 0.0)
    while await attempts.may_write_to("a@people.example", spent):
        pass
    assert await attempts.may_write_to("a@people.example", asked)


def test_a_letter_that_is_not_sent_again_is_still_good() -> None:
    """Who asks for a link in vain has had a newer one within its life."""
    policy = AccountPolicy()
    assert policy.letter_window <= policy.link_life


@pytest.mark.parametrize("grant", ["code", "refresh_token"])
def test_made_up_codes_at_a_callback_hold_off_no_login(server: Server, grant: str) -> None:
    """An application sends what came to its callback, with its own credentials: a stranger needs none."""
    made, person = new_client(server), new_person(server)
    code, _ = get_code(server, made, person, STANDARD, scope="openid offline_access")
    given = redeem(server, made, code, STANDARD).json
    forms = {
        "code": {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": "stc_no"},
        "refresh_token": {"grant_type": "refresh_token", "refresh_token": "srt_no"},
    }
    told = [post_token(server, made, STANDARD, forms[grant]).status for _ in range(MANY)]
    assert told == [400] * 50 + [429] * (MANY - 50)
    code, _ = get_code(server, made, person, STANDARD, scope="openid")
    assert redeem(server, made, code, STANDARD).status == 200
    assert refresh(server, made, given["refresh_token"], STANDARD).status == 200
