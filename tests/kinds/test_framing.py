"""Where a request ends: 5,000 framings by a grammar, judged by h11 and by what an upstream recorded.

What reaches the upstream is exactly what h11 reads from the same bytes, or the request is refused here.
"""

import os
import secrets
import sys
from random import Random

import h11
import pytest

from tests.front.edge import Edge, Recorded, edge
from tests.front.judge import Reading, connected, read_answers

__all__ = ["edge"]
FRAMINGS = 2500  # on each front
_WHITE = ["", "", "", " ", "\t", "  "]


def choose(random: Random, *usual: str, strange: tuple[str, ...] = ()) -> str:
    """Mostly what is usual, at times what is not."""
    return random.choice(strange) if strange and random.random() < 0.08 else random.choice(usual)


def chunk(random: Random, body: str) -> str:
    size = random.choice([f"{len(body):x}", f"{len(body):X}", f"0{len(body):x}"])
    size = choose(
        random,
        size,
        strange=(f"0x{size}", f"+{size}", f" {size}", f"{size} ", "-1", "", "fffffffffffffffff"),
    )
    extension = choose(
        random, "", "", ";a", ";a=b", ';a="b;c"', strange=(";", ";\n", ";a\r", " ;a", ";=b")
    )
    end = choose(random, "\r\n", strange=("\n", "\r", "\r\r\n", ""))
    after = choose(random, "\r\n", strange=("\n", "", "\r\nx"))
    return size + extension + end + body + after


def chunked(random: Random, body: str) -> str:
    parts, at = [], 0
    while at < len(body):
        length = random.randint(1, len(body) - at)
        parts.append(chunk(random, body[at : at + length]))
        at += length
    last = choose(random, "0\r\n", "00\r\n", "0;a=b\r\n", strange=("0\n", "0", "-0\r\n", "0x0\r\n"))
    trailer = choose(
        random,
        "",
        "",
        "X-Sum: 1\r\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        strange=("X\r\n", " X: 1\r\n", "X: 1\n", ": 1\r\n", "X : 1\r\n"),
    )
    end = choose(random, "\r\n", strange=("\n", "\r"))
    return "".join(parts) + last + trailer + end


def length_field(random: Random, body: str) -> str:
    value = choose(
        random,
        str(len(body)),
        f"0{len(body)}",
        strange=(
            *(f"+{len(body)}", f"-{len(body)}", f"{len(body)}, {len(body)}", f"{len(body)},1"),
            *(
                f"{len(body)} 1",
                f"0x{len(body):x}",
                "",
                "1e1",
                f"{len(body)};",
                "99999999999999999999",
            ),
        ),
    )
    return field(random, "Content-Length", value)


def coding_field(random: Random) -> str:
    value = choose(
        random,
        "chunked",
        "Chunked",
        strange=(
            *("chunked, chunked", "gzip, chunked", "chunked, identity", "identity", "xchunked"),
            *("chunked;a=b", "", '"chunked"', "chunked,", ",chunked", "\x0bchunked"),
        ),
    )
    return field(random, "Transfer-Encoding", value)


def field(random: Random, name: str, value: str) -> str:
    name = choose(
        random,
        name,
        name.lower(),
        name.upper(),
        strange=(f"{name} ", f" {name}", name.replace("-", "_"), f"{name}\t", name + "\x00"),
    )
    end = choose(random, "\r\n", strange=("\n", "\r", "\r\n x\r\n"))
    return f"{name}:{choose(random, ' ', '', '  ')}{value}{random.choice(_WHITE)}{end}"


def framing(random: Random, edge: Edge, number: int) -> bytes:
    """A request of its own path, whose body is framed in some way."""
    body = "".join(random.choices("ab0\r\n", k=random.choice([0, 1, 3, 17, 40])))
    fields = []
    how = random.choices(["length", "chunks", "both", "neither", "twice"], [40, 40, 6, 8, 6])[0]
    if how in ("length", "both"):
        fields.append(length_field(random, body))
    if how in ("chunks", "both"):
        fields.append(coding_field(random))
    if how == "twice":
        make = random.choice([lambda: length_field(random, body), lambda: coding_field(random)])
        fields += [make(), make()]
    random.shuffle(fields)
    version = choose(random, "1.1", strange=("1.0", "1.2", "2.0", "0.9", "1.01"))
    method = random.choice(["POST", "PUT", "GET", "DELETE"])
    head = f"{method} /edge/v1/{number} HTTP/{version}\r\n{edge.host.decode()}\r\n{edge.bearer.decode()}\r\n"
    sent = chunked(random, body) if how in ("chunks", "both") else body
    return (head + "".join(fields) + "\r\n" + sent).encode("latin-1")


def read_by_h11(data: bytes) -> list[Recorded] | None:
    """The requests that h11 finds in bytes, None where the first is none or has no end."""
    reader, found = h11.Connection(h11.SERVER), list[Recorded]()
    reader.receive_data(data)
    with_end = 0
    try:
        while True:
            event = reader.next_event()
            if isinstance(event, h11.Request):
                found.append(Recorded(event.method, event.target, list(event.headers)))
            elif isinstance(event, h11.Data):
                found[-1].body += event.data
            elif isinstance(event, h11.EndOfMessage):
                with_end += 1
                reader.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                reader.send(h11.EndOfMessage())
                if reader.our_state is h11.MUST_CLOSE:
                    break
                reader.start_next_cycle()
            else:
                break
    except h11.RemoteProtocolError:
        pass
    return found[:with_end] or None


def tried(edge: Edge, data: bytes) -> Reading:
    """Send a framing, and behind it a request that closes, so that the end of all that is answered comes."""
    last = b"GET /healthz HTTP/1.1\r\n" + edge.host + b"\r\nConnection: close\r\n\r\n"
    with connected(edge.port) as connection:
        connection.sendall(data + last)
        try:
            connection.settimeout(0.25)
            return read_answers(connection, *[b"GET"] * 8)
        except (
            TimeoutError
        ):  # it waits for more of a body: nothing of it may have been taken for whole
            return Reading()


@pytest.mark.timeout(180)
@pytest.mark.spec("RFC 9112 §6.1")
@pytest.mark.spec("RFC 9112 §6.3")
@pytest.mark.spec("RFC 9112 §7.1")
def test_what_reaches_an_upstream_is_what_h11_reads(edge: Edge) -> None:
    """`KINDS_SEED` tries again what a seed made."""
    seed = int(os.environ.get("KINDS_SEED") or secrets.randbelow(2**32))
    sys.stdout.write(f"framing: seed {seed} on the front {edge.front}\n")
    random, taken, waited = Random(seed), 0, 0
    for number in range(FRAMINGS):
        data = framing(random, edge, number)
        edge.recorder.seen.clear()
        reading = tried(edge, data)
        assert all(status in (200, 400, 404, 501) or status == 413 for status in reading.statuses)
        expected = read_by_h11(data + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") or []
        calls = [each for each in expected if each.target.startswith(b"/edge/v1/")]
        got = list(edge.recorder.seen)
        assert edge.recorder.broken == [], (seed, data)
        if got:
            taken += 1
            assert [(each.method, each.target, each.body) for each in got] == [
                (each.method, each.target.removeprefix(b"/edge/v1"), each.body) for each in calls
            ], (seed, data)
        else:
            waited += not reading.answers
            refused = not reading.answers or reading.statuses[0] != 200
            assert refused, (seed, data, reading.statuses)
    assert taken > FRAMINGS / 3, taken
    assert waited < FRAMINGS / 20, waited
