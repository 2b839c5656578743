"""The upstream behind both proxies: it answers every GET with the same small JSON, as fast as Python can."""

import asyncio
import sys

import uvloop

_BODY = b'{"shops":[' + b",".join(b'{"id":%d,"name":"Shop %d"}' % (n, n) for n in range(12)) + b"]}"
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)


class Upstream(asyncio.Protocol):
    """Counts the ends of request heads; the requests of the bench have no bodies."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        if heads:
            self._transport.write(_ANSWER * len(heads))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
