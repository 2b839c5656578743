"""The line of an endpoint that a client calls: what is told first, and that every "no" leaves by one door."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.issuers import STANDARD
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.oauth.client_authentication import Form
from satsuma.oauth.endpoint import ClientEndpoint, Step
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Unavailable
from tests.oauth.workshop import Workshop

Field = tuple[bytes, bytes]
FORM: Field = (b"content-type", b"application/x-www-form-urlencoded")
STRANGE: Field = (b"origin", b"https://elsewhere.example")
WRONG: Field = (b"authorization", b"Basic QTpi")
DONE = Answer(PRIVATE_JSON, b"{}")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    shop = Workshop(f"sqlite:///{tmp_path_factory.mktemp('line') / 'shop.db'}", STANDARD)
    yield shop
    shop.close()


def an_endpoint(context: IssuerContext, step: Step) -> ClientEndpoint:
    def choose(_: Request, form: Form) -> Step:
        if "token" not in form:
            raise Refused(Refusal(errors.TOKEN_MISSING))
        return step

    return ClientEndpoint(context, "line", choose, counts=True)


def told(
    workshop: Workshop, endpoint: ClientEndpoint, body: bytes, *fields: Field
) -> tuple[int, str, str | None]:
    """Ask, and give the status, the cause that was logged, and whose owner is told."""
    request = Request(b"POST", b"/", b"", [FORM, *fields], body, "127.0.0.1", "0" * 24)

    async def work() -> Answer:
        answer = endpoint(request)
        return await answer.work if isinstance(answer, Later) else answer

    answer: Answer = workshop.run(work())
    noted = workshop.log.take()
    slug, client_id = (noted[0].slug, noted[0].client_id) if noted else ("", None)
    return answer.block.status, slug, client_id


def right(workshop: Workshop) -> Field:
    return b"authorization", workshop.authorization.encode()


def nothing(_: Form, __: ClientRecord) -> Answer:
    return DONE


async def nothing_later(_: Form, __: ClientRecord) -> Answer:
    return DONE


def test_what_is_told_first(workshop: Workshop) -> None:
    """Each request is wrong in every later way too: the form, then freshness, the proof, the page, the count."""
    good, usual = workshop.shared, Step(nothing)
    stale = replace(good, patience=-1)
    asked: list[tuple[IssuerContext, bytes, tuple[Field, ...], tuple[int, str]]] = [
        (stale, b"a=1", (WRONG, STRANGE), (400, "token-parameter-missing")),
        (stale, b"token=a", (STRANGE,), (503, "not-ready")),
        (good, b"token=a", (STRANGE,), (401, "client-credentials-missing")),
        (good, b"token=a", (WRONG, STRANGE), (401, "client-unknown")),
        (good, b"token=a", (right(workshop), STRANGE), (403, "origin-unregistered")),
        (good, b"token=a", (right(workshop), STRANGE), (403, "origin-unregistered")),
        (good, b"token=a", (right(workshop),), (200, "")),
    ]
    for context, body, fields, expected in asked:
        assert told(workshop, an_endpoint(context, usual), body, *fields)[:2] == expected


def test_a_request_is_counted_before_it_is_decided_and_not_before_it_is_known(
    workshop: Workshop,
) -> None:
    issuer = workshop.shared.issuer
    strict = replace(issuer, policy=replace(issuer.policy, name="strict", token_limit=1))
    endpoint = an_endpoint(replace(workshop.shared, issuer=strict), Step(nothing))
    assert told(workshop, endpoint, b"token=a", WRONG)[0] == 401
    assert told(workshop, endpoint, b"token=a", right(workshop))[0] == 200
    refused = told(workshop, endpoint, b"token=a", right(workshop))
    assert refused == (429, "too-many-token-requests", workshop.client_id)


def raising(problem: Exception) -> Any:
    def decide(_: Form, __: ClientRecord) -> Answer:
        raise problem

    return decide


def raising_later(problem: Exception) -> Any:
    async def decide(_: Form, __: ClientRecord) -> Answer:
        raise problem

    return decide


REFUSED = Refused(Refusal(errors.SCOPE_REFUSED))


@pytest.mark.parametrize(
    ("decide", "expected"),
    [
        (nothing, (200, "")),
        (nothing_later, (200, "")),
        (raising(REFUSED), (400, "scope-refused")),
        (raising_later(REFUSED), (400, "scope-refused")),
        (raising_later(Unavailable("away")), (503, "not-ready")),
        (raising_later(Conflict("code-used")), (503, "not-ready")),
    ],
)
def test_every_no_of_a_step_leaves_by_one_door(
    workshop: Workshop, decide: Any, expected: tuple[int, str]
) -> None:
    endpoint = an_endpoint(workshop.shared, Step(decide))
    status, slug, client_id = told(workshop, endpoint, b"token=a", right(workshop))
    assert (status, slug) == expected
    assert client_id == (workshop.client_id if slug else None)


def test_a_client_by_its_id_alone_is_asked_for_a_secret_unless_the_step_is_public(
    workshop: Workshop,
) -> None:
    body = f"token=a&client_id={workshop.client_id}".encode()
    confidential = told(workshop, an_endpoint(workshop.shared, Step(nothing)), body)
    assert confidential == (401, "client-credentials-missing", None)
    public = told(workshop, an_endpoint(workshop.shared, Step(nothing, public=True)), body)
    assert public == (401, "secret-wrong", workshop.client_id)
