"""Requests whose every part is chosen to break the quoting of some language."""

import random

from satsuma.samples.request import (
    Basic,
    Bearer,
    Env,
    Request,
    Text,
    canonical_url,
    joined,
)

PIECES = (
    *"\"'`$\\\n\r\t{}[]()<>@#%&=+;:,!?*|~^/ \x01\x1b\x7f",
    *(
        "a",
        "B",
        "0",
        "é",
        "ß",
        "语",
        "😀",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\x85",
    ),
    *(
        "${x}",
        "$x",
        "$(id)",
        "#{x}",
        "{{x}}",
        "{x}",
        "%s",
        "%(x)s",
        "\\u0041",
        "\\x41",
        "\\n",
        "\\",
    ),
    *("*/", "//", "/*", "<!--", "-->", "</script>", "]]>", "?>", "<?php", '"""', "'''", "`id`"),
    *("EOF\n", "@file", "&amp;", "%00", "%zz", "$'", "''", '""', 'r#"', "\\\n"),
)
"""What ends, begins or interpolates in one language or another."""
HEADER = [piece for piece in PIECES if piece.isascii() and piece.isprintable()]
SECRET = Env("SATSUMA_CLIENT_SECRET", "client_secret", "Client secret")
IN_URL = Env("SATSUMA_CLIENT_KEY", "key", "Key")
IN_HEADER = Env("TOKEN", "token", "TOKEN")
IN_BODY = Env("SATSUMA_CLIENT_PASSWORD", "password", "Password")
VALUES = {
    "SATSUMA_CLIENT_KEY": "v%2Fw%20x",
    "TOKEN": "t0ken-of-nobody",
    "SATSUMA_CLIENT_PASSWORD": "p\"q'\\$x %s `id` \n\u00e9 {x} &amp; </script>",
}
PAIRS = 40


def _text(draw: random.Random, pieces: tuple[str, ...] | list[str], most: int) -> str:
    return "".join(draw.choice(pieces) for _ in range(draw.randint(1, most)))


def hostile_request(draw: random.Random, origin: str) -> Request:
    """A form of many pairs, names among them that come twice, to a hostile address with a hostile header."""
    pairs = [(_text(draw, PIECES, 3), _text(draw, PIECES, 8)) for _ in range(PAIRS)]
    pairs += [(name, "again") for name, _ in pairs[:2]]
    url = canonical_url(f"{origin}/{_path(draw)}?{_query(draw)}")
    client_id = _text(draw, HEADER, 6).replace(":", "").strip() or "x"
    headers = (("Accept", "application/json"), ("X-Sample", f"x{_text(draw, HEADER, 12)}x"))
    return Request("POST", url, headers, Basic(client_id, SECRET), tuple(pairs))


def hostile_body(draw: random.Random, origin: str) -> Request:
    """Another body than a form, with values from the environment in the address, a header and the body."""
    url = joined((canonical_url(f"{origin}/{_path(draw)}?{_query(draw)}&key="), IN_URL))
    text = (_text(draw, PIECES, 60), IN_BODY, _text(draw, PIECES, 60))
    headers: tuple[tuple[str, Text], ...] = (
        ("Accept", "application/json"),
        ("Content-Type", draw.choice(("application/json", "text/plain", "application/x.y+z"))),
        ("X-Sample", f"x{_text(draw, HEADER, 12)}x"),
        ("X-Api-Key", joined(("a ", IN_HEADER, ";"))),
    )
    method = draw.choice(("POST", "PUT", "DELETE"))
    return Request(method, url, headers, Bearer(IN_HEADER), body=joined(text))


def _path(draw: random.Random) -> str:
    """Without dots and empty parts, which a client may take away."""
    text = _text(draw, PIECES, 12).replace("?", "").replace("#", "").replace("//", "/")
    return f"x{text}x".replace("/", "_")


def _query(draw: random.Random) -> str:
    return "q=" + _text(draw, PIECES, 12).replace("#", "")
