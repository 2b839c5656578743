"""What an application used, on its owner's page alone: plots, the numbers behind them, a file, and a warning."""

import csv
import io
import re

import pytest

from satsuma.management.subscriptions import put_subscription
from tests.portal.developer import Developer, developer, shown, words
from tests.portal.test_my_apps import as_made
from tests.wire.server import Made, Server, wait_until


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture(scope="module")
def used(owner: Developer, server: Server) -> Made:
    """An application that got two tokens, called one API three times, and was refused at another once."""
    application = owner.create("Busy")
    client_id = shown(owner.open(f"/myapps/{application}/credentials"), "client-id")
    made = as_made(application, owner.secret(application), client_id)
    for name in ("busy", "closed"):
        server.new_api(name)
    server.manage(lambda management: put_subscription(management, application, "busy"))
    tokens = [str(server.token(made).json["access_token"]) for _ in range(2)]

    def answers(api: str, status: int) -> bool:
        fields = {"Authorization": f"Bearer {tokens[0]}", "X-Original-URI": f"/{api}/v1/x"}
        return server.request("GET", "/auth/check", headers=fields).status == status

    wait_until(lambda: answers("closed", 403), 5)
    for _ in range(3):
        assert answers("busy", 204)
    path = f"/myapps/{application}/usage.csv?over=hour"
    wait_until(lambda: "busy/v1,2xx,3," in owner.open(path).text, 5)
    return made


def rows(owner: Developer, application: str, asked: str = "") -> set[tuple[str, str, int]]:
    page = owner.open(f"/myapps/{application}/usage.csv?over=day{asked}")
    assert page.headers is not None
    assert page.headers["content-type"].startswith("text/csv")
    assert (
        page.headers["content-disposition"] == f'attachment; filename="usage-{application}-day.csv"'
    )
    found = list(csv.DictReader(io.StringIO(page.text)))
    assert all(sum(map(int, list(row.values())[6:])) == int(row["count"]) for row in found)
    return {(row["api"], row["status"], int(row["count"])) for row in found}


def test_tokens_calls_and_errors_are_told_as_plots_tables_and_a_file(
    owner: Developer, used: Made
) -> None:
    told = rows(owner, used.application_id)
    assert ("token:client_credentials", "2xx", 2) in told
    assert ("busy/v1", "2xx", 3) in told
    assert {each[:2] for each in told} >= {("closed/v1", "4xx")}
    page = owner.open(f"/myapps/{used.application_id}/usage?over=day")
    drawn = re.findall(r'<svg class="plot[^>]*aria-label="([^"]+)"', page.text)
    assert len(drawn) == 8, "four plots, each in two widths"
    assert re.match(r"Tokens: 2 in 24 hours; the most, 2, at \d\d:00 UTC", drawn[0])
    assert page.text.count("<details") >= 4, "the numbers behind each"
    assert "Tokens by client_credentials" in words(page)
    assert "busy/v1" in words(page)


def test_an_api_and_a_class_of_answers_may_be_chosen_and_what_there_is_not_is_not(
    owner: Developer, used: Made
) -> None:
    application = used.application_id
    assert rows(owner, application, "&api=busy/v1") == {("busy/v1", "2xx", 3)}
    assert {each[0] for each in rows(owner, application, "&status=4xx")} == {"closed/v1"}
    assert len(rows(owner, application, "&api=none/v1&status=9xx")) == 3
    nothing = owner.open(f"/myapps/{application}/usage?api=busy/v1&status=5xx")
    assert "Nothing of this in 24 hours" in words(nothing)
    for name in ("hour", "week", "60-days", "never"):
        page = owner.open(f"/myapps/{application}/usage?over={name}")
        assert page.status == 200
        current = re.search(r'over=([\w-]+)" aria-current="true"', page.text)
        assert current
        assert current[1] == ("day" if name == "never" else name)


def test_who_asks_for_more_than_one_token_an_hour_is_told_how_one_is_enough(
    owner: Developer, used: Made
) -> None:
    for tab in ("usage", "credentials"):
        page = owner.open(f"/myapps/{used.application_id}/{tab}")
        assert "Asks for 2 tokens an hour; one an hour is enough" in words(page)
        assert 'href="/guides/oauth-m2m/2"' in page.text
    other = owner.create()
    assert "one an hour is enough" not in words(owner.open(f"/myapps/{other}/credentials"))


def test_nothing_used_names_the_next_step(owner: Developer, server: Server) -> None:
    application = owner.create()
    path = f"/myapps/{application}/usage"
    page = owner.open(path)
    assert "No token and no call in 24 hours" in words(page)
    assert f'class="b go" href="/myapps/{application}/apis"' in page.text
    server.new_api("first-step")
    server.manage(lambda management: put_subscription(management, application, "first-step"))
    assert 'class="b go" href="/guides/oauth-m2m/2"' in owner.open(path).text


def test_another_developers_usage_is_not_there(used: Made, server: Server) -> None:
    stranger = developer(server)
    for path in ("usage", "usage.csv"):
        page = stranger.open(f"/myapps/{used.application_id}/{path}")
        assert page.status == 404
        assert "busy" not in page.text
