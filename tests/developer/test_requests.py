"""A person reads why the requests of their own applications were refused, and nothing of anybody else's."""

import pytest

from satsuma.domain.errors import developer as errors
from satsuma.domain.errors import userinfo as token_errors
from satsuma.domain.errors.row import ErrorRow
from tests.developer.conftest import BUILT_IN, Told, World


def is_refused(told: Told, row: ErrorRow) -> bool:
    said = {name: told.json[name] for name in ("error", "error_description")}
    return (told.status, said) == (row.status, {"error": row.error, "error_description": row.says})


def test_only_their_own_are_listed_newest_first_and_in_pages(world: World) -> None:
    (ada, hers), (bob, his) = world.person(), world.person()
    shops, other = world.application(ada), world.application(ada, "Other")
    stranger = world.application(bob)
    ids = [world.refused(shops) for _ in range(3)]
    ids.append(world.refused(other))
    theirs = world.refused(stranger)
    listed = world.get("/requests", hers)
    assert listed.status == 200
    assert listed.headers["cache-control"] == "no-store"
    assert [each["request_id"] for each in listed.json["requests"]] == ids[::-1]
    assert listed.json["before"] is None
    first = listed.json["requests"][0]
    assert (first["client_id"], first["status"], first["slug"]) == (other.client_id, 401, "secret-wrong")  # fmt: skip
    assert [each["request_id"] for each in world.get("/requests", his).json["requests"]] == [theirs]
    page = world.get("/requests", hers, limit=3).json
    assert [each["request_id"] for each in page["requests"]] == ids[:0:-1]
    rest = world.get("/requests", hers, limit=3, before=page["before"]).json
    assert ([each["request_id"] for each in rest["requests"]], rest["before"]) == (ids[:1], None)
    for named in (other.client_id, other.application_id):
        found = world.get("/requests", hers, application=named).json["requests"]
        assert [each["request_id"] for each in found] == ids[3:]
    assert len(world.get("/requests", hers, status="4xx", within=3600).json["requests"]) == 4
    assert world.get("/requests", hers, status="503").json["requests"] == []
    for named in (stranger.client_id, "nobody"):
        assert is_refused(world.get("/requests", hers, application=named), errors.PARAMETER_BAD)
    assert is_refused(world.get("/requests", hers, before=theirs), errors.PARAMETER_BAD)


def test_a_request_is_explained_to_its_owner_and_is_not_there_for_others(world: World) -> None:
    (ada, hers), (_, his) = world.person(), world.person()
    shops, request_id = world.application(ada), ""
    request_id = world.refused(shops, own_id="checkout-0001")
    told = world.get(f"/requests/{request_id}", hers)
    assert told.status == 200
    assert told.json["slug"] == "secret-wrong"
    assert told.json["application"] == shops.name
    assert told.json["supplied_id"] == "checkout-0001"
    assert "def test_" in told.json["test"]
    assert world.get("/requests/checkout-0001", hers).json == told.json
    unknown = world.get("/requests/nothing", his)
    assert is_refused(unknown, errors.NOT_THERE)
    for path in (f"/requests/{request_id}", "/requests/checkout-0001"):
        theirs = world.get(path, his)
        assert (theirs.status, theirs.json) == (unknown.status, unknown.json)


def test_an_id_of_the_callers_own_means_the_owners_request_though_a_later_one_has_it(
    world: World,
) -> None:
    (ada, hers), (bob, _) = world.person(), world.person()
    mine = world.refused(world.application(ada), own_id="the-same-id")
    world.refused(world.application(bob), own_id="the-same-id")
    assert world.get("/requests/the-same-id", hers).json["request_id"] == mine


@pytest.mark.spec("RFC 6750 §3.1")
def test_a_token_that_is_not_good_for_this_is_refused(world: World) -> None:
    user, token = world.person(scope="openid")
    lacking = world.get("/requests", token)
    assert is_refused(lacking, errors.SCOPE_MISSING)
    assert "insufficient_scope" in lacking.headers["www-authenticate"]
    nobody = world.get("/requests", None)
    assert is_refused(nobody, token_errors.TOKEN_MISSING)
    assert nobody.headers["www-authenticate"].startswith("Bearer ")
    machine = world.server.application()
    for bad in ("sat_x", world.server.token(machine).access_token):
        assert is_refused(world.get("/requests", bad), token_errors.TOKEN_INVALID)
    good = world.token(user)
    assert world.get("/requests", good).json == {"requests": [], "before": None}
    world.server.revoke(good)
    assert is_refused(world.get("/requests", good), token_errors.TOKEN_REVOKED)


def test_what_is_not_in_the_document_is_refused(world: World) -> None:
    _, token = world.person()
    bad: list[dict[str, object]] = [
        {"limit": 0}, {"limit": 101}, {"limit": "1e3"}, {"within": 0}, {"status": "9xx"}, {"status": "40"},
        {"application": "a b"}, {"unknown": 1}, {"before": "é"},
    ]  # fmt: skip
    for parameters in bad:
        told = world.get("/requests", token, **parameters)
        assert is_refused(told, errors.PARAMETER_BAD), parameters
    assert world.get("/requests?limit=1&limit=2", token).status == 400
    for name in (
        "application",
        "before",
        "limit",
        "status",
        "within",
    ):  # a filter that says nothing hides no mistake
        for query in (f"{name}=", name):
            assert is_refused(world.get(f"/requests?{query}", token), errors.PARAMETER_BAD), query
    for path in ("/requests/", "/requests/a/b", "/nothing", "/"):
        assert is_refused(world.get(path, token), errors.NOT_THERE), path
    for path in ("/requests", "/requests/x", "/openapi.json"):
        told = world.get(path, token, method="POST")
        assert is_refused(told, errors.METHOD_NOT_ALLOWED)
        assert told.headers["allow"] == "GET, HEAD"
    assert world.get("/requests", token, method="HEAD").status == 200


def test_a_person_may_ask_sixty_times_a_minute_by_whichever_token(world: World) -> None:
    user, token = world.person()
    second, (_, other) = world.token(user), world.person()
    for n in range(60):
        assert world.get("/requests", (token, second)[n % 2]).status == 200
    told = world.get("/requests/x", token)
    assert is_refused(told, errors.TOO_MANY_CALLS)
    assert 0 < int(told.headers["retry-after"]) <= 60
    assert world.get("/requests", other).status == 200
    world.server.clock.advance(seconds=61)
    assert world.get("/requests", token).status == 200


def test_the_document_says_what_is_answered(world: World) -> None:
    told = world.get("/openapi.json", None)
    assert told.status == 200
    document = told.json
    assert set(document["paths"]) == {
        *("/requests", "/requests/{id}", "/applications", "/applications/{id}", "/usage"),
    }
    user, token = world.person()
    request_id = world.refused(world.application(user))
    for path, name in (
        ("/requests", "RequestPage"),
        (f"/requests/{request_id}", "ExplainedRequest"),
    ):
        schema = document["components"]["schemas"][name]
        assert set(world.get(path, token).json) == set(schema["properties"])
    scopes = document["components"]["securitySchemes"]["person"]["flows"]["authorizationCode"]
    assert list(scopes["scopes"]) == ["satsuma:applications"]
    assert BUILT_IN.client_id == "satsuma-cli"
