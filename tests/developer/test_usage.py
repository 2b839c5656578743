"""A person reads what their own applications are and used, and nothing of anybody else's."""

from typing import Any

from satsuma.domain.errors import developer as errors
from tests.developer.conftest import World
from tests.developer.test_requests import is_refused
from tests.wire.server import wait_until


def read(world: World, token: str, application: str, **asked: str) -> dict[tuple[str, str], Any]:
    told = world.get("/usage", token, application=application, **asked)
    assert told.status == 200, told.json
    return {(each["api"], each["status"]): each for each in told.json["series"]}


def test_usage_is_told_by_api_class_and_step_to_its_owner_alone(world: World) -> None:
    (ada, hers), (_, his) = world.person(), world.person()
    shops = world.application(ada)
    for _ in range(3):
        assert world.asks(shops, shops.client_secret).status == 200
    world.refused(shops)
    named = shops.application_id
    tokens = ("token:client_credentials", "2xx")

    def is_written() -> bool:
        found = read(world, hers, named)
        return tokens in found and found[tokens]["count"] == 3 and len(found) == 2

    wait_until(is_written, 10, interval=0.3)
    found = read(world, hers, shops.client_id, over="hour")
    assert found["token:client_credentials", "4xx"]["count"] == 1
    steps = found[tokens]["steps"]
    assert sum(each["count"] for each in steps) == 3
    assert sum(sum(each["latencies"]) for each in steps) == 3
    assert set(read(world, hers, named, status="4xx")) == {("token:client_credentials", "4xx")}
    assert read(world, hers, named, api="poi/v1") == {}
    whole = world.get("/usage", hers, application=named, over="60-days").json
    assert (whole["step_seconds"], whole["tokens_wasted"], whole["complete"]) == (86400, 3, True)
    assert len(whole["latency_bounds_ms"]) + 1 == len(steps[0]["latencies"])
    for asked in ({"application": named}, {"application": "nobody"}, {}):
        assert is_refused(world.get("/usage", his, **asked), errors.PARAMETER_BAD)
    for bad in ({"over": "year"}, {"status": "401"}, {"api": "A B"}, {"since": "1"}):
        told = world.get("/usage", hers, application=named, **bad)
        assert is_refused(told, errors.PARAMETER_BAD), bad


def test_applications_are_listed_in_pages_and_shown_without_their_secrets(world: World) -> None:
    (ada, hers), (_, his) = world.person(), world.person()
    made = {world.application(ada, name).application_id: name for name in ("A", "B", "C")}
    first = world.get("/applications", hers, limit=2).json
    rest = world.get("/applications", hers, limit=2, after=first["after"]).json
    listed = [*first["applications"], *rest["applications"]]
    assert [each["application_id"] for each in listed] == sorted(made)
    assert rest["after"] is None
    assert {each["application_id"]: each["name"] for each in listed} == made
    assert world.get("/applications", his).json == {"applications": [], "after": None}
    one = listed[0]
    for named in (one["application_id"], one["client_id"]):
        told = world.get(f"/applications/{named}", hers)
        assert told.json.items() >= one.items()
        assert [each["expires_at"] for each in told.json["secrets"]] == [None]
        assert "sts_" not in str(told.json)
        assert is_refused(world.get(f"/applications/{named}", his), errors.NOT_THERE)
    assert is_refused(world.get("/applications/nobody", hers), errors.NOT_THERE)


def test_the_document_describes_what_is_answered(world: World) -> None:
    document = world.get("/openapi.json", None).json
    user, token = world.person()
    application = world.application(user).application_id
    for path, name, asked in (
        ("/applications", "ApplicationPage", {}),
        (f"/applications/{application}", "OwnApplication", {}),
        ("/usage", "Usage", {"application": application}),
    ):
        schema = document["components"]["schemas"][name]
        assert set(world.get(path, token, **asked).json) == set(schema["properties"])
    parameters = {each["name"]: each for each in document["paths"]["/usage"]["get"]["parameters"]}
    assert parameters["application"]["required"] is True
    assert parameters["over"]["schema"]["enum"] == ["hour", "day", "week", "60-days"]
