"""Every number that comes from outside, by every way to write one that is none: the digits 0 to 9 are all there are.

Python reads digits of every script, signs, blanks and underscores as numbers; the standards and our pages do not.
"""

import re
import urllib.parse
from collections.abc import Iterator
from typing import Any, Final

import click
import pytest

from satsuma.app.setting_sources import expected_of
from satsuma.app.settings import BadSettings, load_settings, setting_types
from satsuma.cli.parameters import Quota
from satsuma.http.media_types import parse_qualities
from satsuma_client.cli.program import satsuma
from satsuma_client.cli.whole import Whole
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.authorization import AuthorizationRequest
from tests.oauth.flow import STANDARD, authorize_url, new_client
from tests.wire.server import Server

NO_NUMBERS: Final = (
    "٣٠", "３０", "३०", "²", "+30", "-30", "-0", " 30", "30 ", "\t30", "3_0", "30.0", "3e1", "0x1e", "1e400", "inf",
    "nan", "½", "30\n", "\u200b30",
)  # fmt: skip


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, f"{path} {name}")


def numeric_options() -> list[tuple[str, click.Parameter]]:
    return [
        (f"{path} {option.name}", option)
        for path, command in commands(satsuma)
        for option in command.params
        if isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType, Quota))
    ]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_no_option_takes_it(text: str) -> None:
    options = numeric_options()
    assert any(isinstance(option.type, Whole) for _, option in options)
    taken = []
    for name, option in options:
        try:
            option.type.convert(text, option, None)
        except click.UsageError:
            continue
        taken.append(name)
    assert taken == []


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_no_setting_takes_it(text: str) -> None:
    numbers = {n for n, hint in setting_types().items() if "whole number" in str(expected_of(hint))}
    assert len(numbers) > 5
    for name in numbers:
        with pytest.raises(BadSettings) as refused:
            load_settings(None, {f"SATSUMA_{name.upper()}": text}, {})
        assert str(refused.value).startswith(
            f"{name} (SATSUMA_{name.upper()}): it is a whole number"
        )


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_no_quality_takes_it(text: str) -> None:
    assert parse_qualities(f"text/html;q={text.strip()}") in ([("text/html", 0.0)],)


@pytest.mark.spec("RFC 9110 §12.4.2")
@pytest.mark.parametrize(
    ("text", "quality"),
    [
        *[("0", 0.0), ("0.", 0.0), ("0.5", 0.5), ("0.125", 0.125), ("1", 1.0), ("1.000", 1.0)],
        *[("1.001", 0.0), ("0.1234", 0.0), ("2", 0.0), ("00.5", 0.0), (".5", 0.0)],
    ],
)
def test_a_quality_is_what_the_grammar_says(text: str, quality: float) -> None:
    assert parse_qualities(f"text/html;q={text}") == [("text/html", quality)]


def max_age(text: str) -> Any:
    fields = {"response_type": "code", "client_id": "a", "redirect_uri": "https://a.example/cb"}
    query = urllib.parse.urlencode(fields | {"max_age": text})
    return AuthorizationRequest.parse(query.encode()).max_age


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_no_max_age_is_any_of_these(server: Server) -> None:
    made = new_client(server)
    for text in NO_NUMBERS:
        url = authorize_url(server, made, STANDARD, max_age=text)
        reply = server.request("GET", url.removeprefix(server.api_url))
        assert reply.status == 302, (text, reply.headers["Location"])
        assert "error=invalid_request" in reply.headers["Location"]
        with pytest.raises(Malformed):
            max_age(text)
    good = authorize_url(server, made, STANDARD, max_age="30")
    assert server.request("GET", good.removeprefix(server.api_url)).status == 303
    assert max_age("30") == 30


def test_no_version_of_an_api_is_any_of_these(server: Server) -> None:
    made = server.new_application()
    token = server.token(made).json["access_token"]
    for text in NO_NUMBERS:
        path = f"/auth/check?api=nobody&version={urllib.parse.quote(text)}"
        assert server.call(path, token).status in (400, 403), text
        told = server.call(f"/nobody/v{urllib.parse.quote(text)}/x", token)
        assert re.search(rb'"code": ?60\b|"code": ?2[0-9]\b', told.body), (text, told.body)
