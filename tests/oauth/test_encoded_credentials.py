"""Credentials in Basic, each part as it is and form-encoded: the same client, known again, counted together."""

import base64
import urllib.parse
from dataclasses import replace

import pytest

from tests.wire.server import Made, Server

ENDPOINTS = {
    "/token": "grant_type=client_credentials",
    "/introspect": "token=x",
    "/revoke": "token=x",
}


def plain(text: str) -> str:
    return text


def every_character(text: str) -> str:
    return "".join(f"%{ord(each):02x}" for each in text)


def first_character(text: str) -> str:
    return f"%{ord(text[0]):02X}{text[1:]}"


FORMS = (plain, first_character, every_character)


def in_basic(client_id: str, client_secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()


@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_both_parts_may_be_form_encoded(server: Server, path: str) -> None:
    made = server.new_application()
    for id_form in FORMS:
        for secret_form in FORMS:
            header = in_basic(id_form(made.client_id), secret_form(made.client_secret))
            asking = replace(made, authorization=header)
            for _ in range(2):  # the second time the header is known
                assert server.form(path, asking, ENDPOINTS[path]).status == 200
            with_id = f"{ENDPOINTS[path]}&client_id={urllib.parse.quote(made.client_id)}"
            assert server.form(path, asking, with_id).status == 200


def test_however_an_id_is_written_its_failures_count_together(server: Server) -> None:
    made = server.new_application()
    statuses = []
    for n in range(21):
        client_id = FORMS[n % len(FORMS)](made.client_id)
        asking = Made("", "", "", in_basic(client_id, f"wrong{n}"))
        statuses.append(server.form("/token", asking, ENDPOINTS["/token"]).status)
    assert statuses == [401] * 20 + [429]
