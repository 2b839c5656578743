"""Forms at the wire: whose they are, what they give away, and what a new login is worth."""

import re
import secrets
import statistics
import threading
import time
import urllib.parse

import pytest

from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD, Person
from tests.signin.browser import NEW_PASSWORD, a_person, link
from tests.wire.server import FORM, Reply, Server

SESSION = "satsuma-session"


def post(
    server: Server, path: str, fields: dict[str, str], cookies: dict[str, str], **headers: str
) -> Reply:
    sent = {"Content-Type": FORM, "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    body = urllib.parse.urlencode(fields)
    return server.request("POST", path, body, sent, host=f"localhost:{server.port}")


def opened(server: Server, path: str) -> tuple[Agent, Page]:
    agent = Agent(server)
    return agent, agent.open(f"{server.pages_url}{path}")


def logged_in(server: Server, person: Person, password: str = PASSWORD) -> Agent:
    agent, page = opened(server, "/login")
    assert agent.log_in(page, person.email, password).status == 200
    return agent


def without_token(text: str) -> str:
    return re.sub(r'name="form_token" value="[^"]*"', "", text)


def test_a_form_from_another_origin_is_refused(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/login")
    fields = page.form().fields | {"email": person.email, "password": PASSWORD}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": server.api_url},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        refused = post(server, "/login", fields, agent.cookies, **headers)
        assert refused.status == 400, headers
        assert SESSION not in str(refused.headers.get_all("Set-Cookie"))
    assert post(server, "/login", fields, agent.cookies, Origin=server.pages_url).status == 303


@pytest.mark.parametrize("path", ["/login", "/sign-up", "/reset"])
def test_a_form_without_its_token_or_with_another_browsers_is_refused(
    server: Server, path: str
) -> None:
    mine, page = opened(server, path)
    _, other = opened(server, path)
    fields = page.form().fields | {"email": "a@people.example", "password": PASSWORD}
    stolen = fields | {"form_token": other.form().fields["form_token"]}
    bare = {name: value for name, value in fields.items() if name != "form_token"}
    for sent in (stolen, bare):
        refused = post(server, path, sent, mine.cookies)
        assert refused.status == 400
        assert "open for too long" in refused.body.decode()
    assert post(server, path, fields, {}).status == 400


@pytest.mark.parametrize(
    "path", ["/account/password", "/account/email", "/account/delete", "/account/applications"]
)
def test_an_account_form_without_its_token_changes_nothing(server: Server, path: str) -> None:
    person = a_person(server)
    agent = logged_in(server, person)
    fields = {
        "password": NEW_PASSWORD,
        "email": "other@people.example",
        "confirmation": "delete my account",
    }
    assert post(server, path, fields, agent.cookies).status == 400
    assert logged_in(server, person).cookies[SESSION]


def test_logging_out_everywhere_and_out_need_the_token(server: Server) -> None:
    person = a_person(server)
    agent = logged_in(server, person)
    for path in ("/logout", "/account/sessions"):
        assert post(server, path, {}, agent.cookies).status == 400
    assert agent.open(f"{server.pages_url}/account").url.endswith("/account")


def test_a_login_is_worth_a_new_cookie_and_ends_the_planted_one(server: Server) -> None:
    person, attacker = a_person(server), a_person(server)
    planted = logged_in(server, attacker)
    victim, page = opened(server, "/login")
    victim.cookies[SESSION] = planted.cookies[SESSION]
    victim.log_in(page, person.email, PASSWORD)
    assert victim.cookies[SESSION] != planted.cookies[SESSION]
    assert planted.open(f"{server.pages_url}/account").url.endswith("/login")
    assert person.email in victim.open(f"{server.pages_url}/account").text


def test_a_step_up_changes_the_cookie_too(server: Server) -> None:
    person = a_person(server)
    agent = logged_in(server, person)
    before = agent.cookies[SESSION]
    page = agent.open(f"{server.pages_url}/login?again=1&to=/account/password")
    assert "Please confirm that it is you" in page.text
    page = agent.log_in(page, person.email, PASSWORD)
    assert page.url.endswith("/account/password")
    assert agent.cookies[SESSION] != before


def test_cookies_are_closed_to_scripts_and_to_other_sites(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/login")
    fields = page.form().fields | {"email": person.email, "password": PASSWORD}
    reply = post(server, "/login", fields, agent.cookies)
    for cookie in reply.headers.get_all("Set-Cookie") or []:
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "domain" not in cookie.lower()


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/account/..//evil.example",
        "/accounts.evil.example",
        "javascript:alert(1)",
    ],
)
def test_a_login_never_leads_elsewhere(server: Server, to: str) -> None:
    person = a_person(server)
    agent, page = opened(server, f"/login?to={urllib.parse.quote(to)}")
    fields = page.form().fields | {"email": person.email, "password": PASSWORD}
    action = urllib.parse.urlsplit(page.form().action)
    reply = post(server, f"{action.path}?{action.query}", fields, agent.cookies)
    location = urllib.parse.urljoin(page.url, reply.headers["Location"])
    assert location.startswith(f"{server.pages_url}/account")
    chosen = server.request(
        "GET", f"/language?lang=fr&to={urllib.parse.quote(to)}", host=f"localhost:{server.port}"
    )
    assert urllib.parse.urljoin(page.url, chosen.headers["Location"]).startswith(server.pages_url)


@pytest.mark.parametrize("path", ["/login", "/sign-up", "/reset"])
def test_nothing_says_whether_an_address_has_an_account(server: Server, path: str) -> None:
    """The same status, the same page, and about the same time."""
    people = [a_person(server).email for _ in range(6)]
    nobody = [f"{'0' * 12}{n}@people.example" for n in range(6)]
    agent, page = opened(server, path)
    times: dict[bool, list[float]] = {True: [], False: []}
    seen = set()
    for pair in zip(people, nobody, strict=True):
        for is_known, email in zip((True, False), pair, strict=True):
            fields = page.form().fields | {"email": email, "password": "wrong wrong wrong"}
            started = time.perf_counter()
            reply = post(server, path, fields, agent.cookies)
            times[is_known].append(time.perf_counter() - started)
            seen.add((reply.status, without_token(reply.body.decode()).replace(email, "ADDRESS")))
    assert len(seen) == 1
    known, unknown = (statistics.median(times[each]) for each in (True, False))
    assert abs(known - unknown) < 0.5 * max(known, unknown) + 0.005, times


def test_a_link_is_used_once_under_a_race(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/reset")
    agent.send(page, email=person.email)
    url = urllib.parse.urlsplit(link(server, person.email))
    browsers = [opened(server, url.path) for _ in range(8)]
    start = threading.Barrier(len(browsers))
    statuses = []

    def use(number: int) -> None:
        mine, form = browsers[number]
        fields = form.form().fields | {"password": f"{NEW_PASSWORD} {number}"}
        start.wait()
        statuses.append((post(server, url.path, fields, mine.cookies).status, number))

    threads = [threading.Thread(target=use, args=(n,)) for n in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [number for status, number in statuses if status == 303]
    assert len(won) == 1, statuses
    assert sorted(status for status, _ in statuses) == [303] + [410] * 7
    assert SESSION in logged_in(server, person, f"{NEW_PASSWORD} {won[0]}").cookies


def test_a_link_is_good_for_its_own_purpose_alone(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/reset")
    agent.send(page, email=person.email)
    token = link(server, person.email).rpartition("/")[2]
    for path in ("/confirm/", "/account/email/"):
        assert agent.open(f"{server.pages_url}{path}{token}").status == 410
    assert agent.open(f"{server.pages_url}/reset/{token}").status == 200


def test_a_newer_link_ends_the_one_before(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/reset")
    agent.send(page, email=person.email)
    first = link(server, person.email)
    agent.send(page, email=person.email)
    second = link(server, person.email, 2)
    assert agent.open(first).status == 410
    assert agent.open(second).status == 200


def test_guesses_are_slowed_and_the_owner_at_a_known_place_is_not(server: Server) -> None:
    person = a_person(server)
    owner = logged_in(server, person)
    agent, page = opened(server, "/login")
    statuses = [agent.log_in(page, person.email, f"wrong {n}").status for n in range(12)]
    assert statuses == [400] * 10 + [429] * 2
    refused = agent.log_in(page, person.email, PASSWORD)
    assert refused.status == 429
    assert refused.headers is not None
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert owner.open(f"{server.pages_url}/account").status == 200


def test_no_secret_of_a_person_is_in_a_log(server: Server) -> None:
    person = a_person(server)
    agent, page = opened(server, "/login")
    agent.log_in(page, person.email, "my secret wrong password")
    agent.log_in(page, person.email, PASSWORD)
    agent, page = opened(server, "/reset")
    agent.send(page, email=person.email)
    token = link(server, person.email).rpartition("/")[2]
    agent.open(f"{server.pages_url}/reset/{token}")
    log = server.log.read_text()
    for secret in ("my secret wrong password", PASSWORD, token, *agent.cookies.values()):
        assert secret not in log


def test_a_password_that_is_too_long_or_holds_the_address_is_refused(server: Server) -> None:
    email = f"{secrets.token_hex(6)}@people.example"
    agent, page = opened(server, "/sign-up")
    agent.send(page, email=email)
    url = link(server, email)
    form = agent.open(url)
    for password, why in (
        ("x" * 11, "at least 12"),
        (NEW_PASSWORD * 10, "at most 128"),
        (f"{email} and more", "does not contain your e-mail"),
        ("password1234", "easy to guess"),
    ):
        refused = agent.send(form, password=password)
        assert refused.status == 400
        assert why in refused.text
        assert password not in refused.text
    assert agent.send(form, password=NEW_PASSWORD).url.endswith("/account")
