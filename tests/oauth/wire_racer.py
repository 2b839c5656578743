"""One racer: connects, sends all of a request but its last byte, waits for the word, sends it, tells what came back.

Run as `python -m tests.oauth.wire_racer PORT`, with the request on the first line of standard input, as base64.
"""

import base64
import http.client
import json
import socket
import sys


def main(port: int) -> None:
    request = base64.b64decode(sys.stdin.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request[:-1])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        connection.sendall(request[-1:])
        response = http.client.HTTPResponse(connection)
        response.begin()
        told = {"status": response.status, "body": response.read().decode()}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
