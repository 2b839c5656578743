"""The ASGI application, called as any ASGI server calls it."""

import pytest

from satsuma.front.asgi import App, Application, Message, Receive, Scope, Send
from satsuma.front.hosts import Hosts
from satsuma.front.table import Route, RouteTable
from satsuma.http.messages import PRIVATE_JSON, Answer, Request
from satsuma.telemetry.metrics import Meter, Metrics

HALF = {"type": "http.request", "body": b"token=a&token_ty", "more_body": True}
REST = {"type": "http.request", "body": b"pe_hint=x", "more_body": False}
LEFT_EARLY = {"type": "http.disconnect"}


class Called:
    """One call of `/token`: what the endpoint was given, what went out, what was counted."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.sent: list[Message] = []
        self.metrics = Metrics()

    async def with_messages(self, *messages: Message, host: bytes = b"127.0.0.1:1") -> None:
        waiting = iter(messages)

        async def receive() -> Message:
            return next(waiting)

        async def send(message: Message) -> None:
            self.sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "raw_path": b"/token",
            "query_string": b"",
            "client": ("127.0.0.1", 9),
            "headers": [(b"host", host), (b"content-length", b"25")],
        }
        await self.application()(scope, receive, send)

    def application(self) -> App:
        routes = {b"/token": Route(self.endpoint, Meter(self.metrics, "token"))}
        hosts = Hosts.of("http://127.0.0.1:1", "http://localhost:1")
        table = RouteTable(routes, hosts, lambda: "0" * 24, 16384, self.failed)
        return Application(table, elsewhere, elsewhere, Meter(self.metrics, "pages"))

    def endpoint(self, request: Request) -> Answer:
        self.bodies.append(request.body)
        return Answer(PRIVATE_JSON, b"{}")

    def failed(self, request: Request, problem: BaseException) -> Answer:
        raise AssertionError from problem

    def counted(self) -> set[str]:
        counted = self.metrics.siblings().items()
        return {key for key, value in counted if value and "_requests_total" in key}


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(scope["raw_path"])


@pytest.mark.parametrize(
    "messages", [[LEFT_EARLY], [HALF, LEFT_EARLY], [HALF, HALF, LEFT_EARLY]], ids=len
)
@pytest.mark.spec("RFC 9112 §8")
async def test_a_body_that_breaks_off_reaches_no_endpoint(messages: list[Message]) -> None:
    call = Called()
    await call.with_messages(*messages)
    assert (call.bodies, call.sent) == ([], [])
    assert call.counted() == {'satsuma_requests_total{endpoint="token",status="499"}'}


async def test_a_body_in_parts_reaches_its_endpoint_whole() -> None:
    call = Called()
    await call.with_messages(HALF, REST)
    assert call.bodies == [b"token=a&token_type_hint=x"]
    assert [message.get("status") for message in call.sent] == [200, None]


@pytest.mark.spec("RFC 9110 §5.5")
@pytest.mark.parametrize("host", [b"127.0.0.1:1 ", b"\t127.0.0.1:1", b"127.0.0.1:1 \t"])
async def test_blanks_around_a_value_are_no_part_of_it(host: bytes) -> None:
    called = Called()
    await called.with_messages({"type": "http.request", "body": b"a"}, host=host)
    assert called.bodies == [b"a"]
    assert called.sent[0]["status"] == 200
