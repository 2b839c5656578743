"""Who may not read the revocation feed, and what is no question."""

import pytest

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma_client.protocol.basic import authorization_header
from tests.oauth.causes import body_of
from tests.wire.server import Made, Server, wait_until


@pytest.fixture(scope="module")
def of_api(server: Server) -> str:
    api, secret = server.new_api(f"feed-{server.counter}")
    header = authorization_header(api.resource_id, secret)
    asked = {"Authorization": header}
    wait_until(lambda: server.request("GET", "/feed", headers=asked).status == 200, 5)
    return header


@pytest.mark.parametrize(
    ("who", "query", "row"),
    [
        ("a client", "", errors.FEED_OF_A_CLIENT),
        ("nobody", "", errors.CREDENTIALS_MISSING),
        ("a stranger", "", errors.FEED_OF_A_CLIENT),
        ("an api", "?after=-1", errors.FEED_NUMBER_BAD),
        ("an api", "?after=1&wait=x", errors.FEED_NUMBER_BAD),
        ("an api", "?after=1&after=2", None),
    ],
)
def test_a_question_that_is_refused(
    server: Server, client: Made, of_api: str, who: str, query: str, row: ErrorRow | None
) -> None:
    fields = {
        "a client": {"Authorization": client.authorization},
        "nobody": {},
        "a stranger": {"Authorization": authorization_header("nobody", "nothing")},
        "an api": {"Authorization": of_api},
    }[who]
    reply = server.request("GET", f"/feed{query}", headers=fields)
    if row is None:
        assert reply.status == 400
        return
    assert reply.status == row.status
    told = {name: value for name, value in reply.json.items() if name != "error_uri"}
    assert told == body_of(row)


def test_a_wrong_secret_of_an_api_is_refused(server: Server, of_api: str) -> None:
    import base64

    resource_id = base64.b64decode(of_api[6:]).decode().partition(":")[0]
    wrong = authorization_header(resource_id, "sts_wrong")
    reply = server.request("GET", "/feed", headers={"Authorization": wrong})
    assert reply.status == 401
    assert server.request("GET", "/feed", headers={"Authorization": of_api}).status == 200


def test_its_head_is_asked_for_as_of_any_document(server: Server, of_api: str) -> None:
    reply = server.request("HEAD", "/feed", headers={"Authorization": of_api})
    assert (reply.status, reply.body) == (200, b"")
