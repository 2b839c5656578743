"""A text as a literal of each language, whatever is in it: what is not printable ASCII is always escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_PLAIN_SHELL: Final = re.compile(r"[ -~]*\Z")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


def _quoter(special: str, escape: Callable[[int], str]) -> Callable[[str], str]:
    """Write a text in double quotes; `special` are further signs with a backslash before them."""
    needed = re.compile(r"[^ -~]|[\\\"" + re.escape(special) + "]")

    def sign(found: re.Match[str]) -> str:
        char = found[0]
        if char in special:
            return "\\" + char
        return _SHORT.get(char) or escape(ord(char))

    def quote(text: str) -> str:
        return f'"{needed.sub(sign, text)}"'

    return quote


def _utf16(point: int) -> str:
    if point < 0x10000:
        return f"\\u{point:04x}"
    high, low = divmod(point - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _braced(point: int) -> str:
    return f"\\u{{{point:x}}}"


def _long(point: int) -> str:
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


java = _quoter("", _utf16)
kotlin = _quoter("$", _utf16)
csharp = _quoter("", _long)
python = _quoter("", _long)
go = _quoter("", _long)
rust = _quoter("", _braced)
php = _quoter("$", _braced)
ruby = _quoter("#", _braced)
node = _quoter("", _utf16)


def browser(text: str) -> str:
    """JavaScript inside a page: no `<`, so that nothing ends the script or begins a comment of HTML."""
    return node(text).replace("<", "\\u003c")


def shell(text: str) -> str:
    """A word of bash: in single quotes, or in $'...' by bytes where it is not plain."""
    if _PLAIN_SHELL.match(text):
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(_shell_byte(byte) for byte in text.encode()) + "'"


def _shell_byte(byte: int) -> str:
    if byte in b"\\'":
        return "\\" + chr(byte)
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"
