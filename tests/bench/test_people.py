"""What the bench makes beforehand is what a person's flow makes: a real server takes each of it, once."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import logins, people
from bench.extras import hashing, signing
from bench.figures import Round, Series
from bench.load import Load, LoadFailed, run
from bench.measuring import Pace, Results, balance_books, measure, one_round
from bench.processes import Running
from bench.satsuma import token_headers
from bench.scenarios import CONTESTANTS, PEER_SECRET
from bench.yard import Yard
from satsuma_client.protocol.basic import authorization_header


class _Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    heard: list[tuple[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.heard.append((self.headers.get("Authorization", ""), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server that answers 200 and keeps what it was asked."""
    _Listener.heard = heard = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    found = Yard(tmp_path_factory.mktemp("yard"))
    yield found
    found.close()


def ask(running: Running, authorization: str, body: str) -> tuple[int, dict[str, object]]:
    status, answer = running.ask("POST", people.TOKEN, token_headers(authorization), body)
    return status, json.loads(answer)


def test_bodies_are_sent_in_turn_with_their_length(listener: tuple[int, list]) -> None:
    port, heard = listener
    run(Load("POST", "/", {"X": "y"}, bodies=("a=1", "bb=22"), connections=1), port, 1, 0)
    assert sorted(heard[:2]) == [("", "a=1"), ("", "bb=22")]
    assert heard[:2] == heard[2:4]


def test_authorizations_are_sent_in_turn(listener: tuple[int, list]) -> None:
    port, heard = listener
    many = ("Basic MQ==", "Basic Mg==")
    run(Load("POST", "/", {"X": "y"}, "a=b", many, connections=1), port, 1, 0)
    assert sorted(heard[:2]) == [(each, "a=b") for each in many]
    assert heard[:2] == heard[2:4]


def test_a_run_that_sends_again_what_may_be_sent_once_is_no_figure(
    listener: tuple[int, list],
) -> None:
    port, heard = listener
    with pytest.raises(LoadFailed, match="ran out"):
        run(Load("POST", "/", {}, bodies=("a=1", "a=2"), once=True, connections=1), port, 1, 0)
    heard.clear()
    enough = tuple(f"a={at}" for at in range(200_000))
    run(Load("POST", "/", {}, bodies=enough, once=True, connections=1), port, 1, 0)
    assert len(heard) == len(set(heard)) > 2


def algorithm(answer: dict[str, object]) -> str:
    header = str(answer["id_token"]).partition(".")[0]
    found: str = json.loads(base64.urlsafe_b64decode(header + "=="))["alg"]
    return found


@pytest.mark.parametrize("alg", people.PEER_CLIENTS)
def test_what_is_made_beforehand_is_taken_once(yard: Yard, alg: str) -> None:
    crowd = yard.crowd("hot", alg)
    running = crowd.satsuma.running
    (code,), (token,) = crowd.codes(1), crowd.refresh_tokens(1)

    status, answer = ask(running, crowd.authorization, people.code_body(code))
    assert (status, {"id_token", "refresh_token"} <= set(answer)) == (200, True)
    assert algorithm(answer) == alg
    status, answer = ask(running, crowd.authorization, people.code_body(code))
    assert (status, answer["error"]) == (400, "invalid_grant")

    status, answer = ask(running, crowd.authorization, people.refresh_body(token))
    assert (status, {"id_token", "refresh_token"} <= set(answer)) == (200, True)
    assert algorithm(answer) == alg
    successor = people.refresh_body(str(answer["refresh_token"]))
    assert ask(running, crowd.authorization, successor)[0] == 200
    assert ask(running, crowd.authorization, people.refresh_body(token))[0] == 400

    bearer, another = crowd.access_tokens(people.GRANTS + 1)[:: people.GRANTS]
    status, body = running.get(people.USERINFO, {"Authorization": f"Bearer {bearer}"})
    assert (status, json.loads(body)["email"]) == (200, crowd.email)
    assert running.get(people.USERINFO, {"Authorization": f"Bearer {another}"}) == (200, body)


@pytest.mark.parametrize(("alg", "client_id"), people.PEER_CLIENTS.items())
def test_the_peer_takes_once_what_it_made_and_answers_alike(
    yard: Yard, alg: str, client_id: str
) -> None:
    running, known = yard.peer("oidc-people"), authorization_header(client_id, PEER_SECRET)
    (code,) = people.peer_values(running, "codes", 1, alg)
    status, answer = ask(running, known, people.code_body(code))
    assert (status, {"id_token", "refresh_token"} <= set(answer)) == (200, True)
    assert algorithm(answer) == alg
    assert ask(running, known, people.code_body(code))[0] == 400

    (token,) = people.peer_values(running, "refresh-tokens", 1, alg)
    status, answer = ask(running, known, people.refresh_body(token))
    assert (status, answer["refresh_token"] != token) == (200, True)
    assert algorithm(answer) == alg
    assert ask(running, known, people.refresh_body(token))[0] == 400

    (bearer,) = people.peer_values(running, "access-tokens", 1, alg)
    status, body = running.get("/me", {"Authorization": f"Bearer {bearer}"})
    (ours,) = yard.crowd("hot").access_tokens(1)
    mine = yard.satsuma("hot").running.get(people.USERINFO, {"Authorization": f"Bearer {ours}"})
    assert (status, set(json.loads(body))) == (200, set(json.loads(mine[1])))


def test_rounds_of_codes_and_userinfo_balance(yard: Yard) -> None:
    results = Results()
    measure(yard, ["redeem", "userinfo"], Pace(1, 1, 1), results)
    assert all(results.series[name].rate > 0 for name in ("redeem", "userinfo"))
    books = balance_books(yard, results)
    assert [each.endpoint for _, each in books] == ["standard/token", "standard/userinfo"]
    assert all(each.balance for _, each in books)


def test_logins_succeed_and_with_wrong_passwords_count_as_failed(yard: Yard) -> None:
    results, contestant = Results(), CONTESTANTS["login"]
    running, load = contestant.set_up(yard)
    assert one_round(contestant, running, load, 4, results).requests > 0
    ((_, books),) = balance_books(yard, results)
    assert (books.endpoint, books.balance) == ("pages", True)

    wrong = tuple(body.replace("battery", "bakery") for body in load.bodies)
    done = run(
        Load("POST", load.path, load.headers, bodies=wrong, connections=2), running.port, 1, 0
    )
    assert done.failed == done.requests


def test_the_share_of_the_hash_is_told() -> None:
    results = Results()
    hashing(results)
    assert results.notes == []
    results.series["login"] = Series((Round(10, 0, 1.0, 10.0, 1.0, 2.0),))
    hashing(results, times=1)
    assert "19 MiB, 2 passes, 1 lane" in results.notes[0]
    assert "2 at once, 64 wait" in results.notes[0]


def test_the_share_of_the_signature_is_told_with_what_the_floor_leaves() -> None:
    results = Results()
    signing(results, times=1)
    assert results.notes == []
    results.series["redeem"] = Series((Round(1000, 0, 1.0, 1.0, 1.0, 2.0),))
    results.series["oidc-redeem"] = Series((Round(500, 0, 1.0, 1.0, 1.0, 2.0),))
    signing(results, times=20)
    (told,) = [line for line in results.notes[0].splitlines() if "RS256" in line]
    signature, rest, peer, left = (int(cell.replace(",", "")) for cell in told.split("|")[2:6])
    assert abs(signature + rest - 1000) <= 1
    assert peer == 2000
    assert abs(signature + left - 2000 / 1.5) <= 1


def test_others_get_tokens_while_many_log_in_and_a_refusal_tells_nothing(tmp_path: Path) -> None:
    results = Results()
    logins.measure(tmp_path, results, quick=True, at_once=20, tries=3)
    crowded, told = results.verdicts
    assert 0 < crowded.figure < 1000
    assert "20 of 20 logins served" in crowded.aside
    assert 0 <= told.figure < 1000
    assert all(kind in results.notes[0] for kind in ("nobody", "old hash"))


def test_what_differs_is_taken_turn_by_turn() -> None:
    """The machine halves its speed for one turn: medians that differ by nothing else are not apart."""
    assert logins.apart_by_turns([[1.0, 2.0, 1.0], [1.5, 2.5, 1.5]]) == 0.5
    assert logins.apart_by_turns([[1.0, 9.0], [1.0, 9.0], [1.0, 9.0]]) == 0.0
