"""The values that stand under a telling name in JSON and in XML; all else stays as it was sent.

A body is sent as it was written, blanks and order and all: it is taken apart and put together, and never made anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

_JSON: Final = re.compile(r'"((?:[^"\\]|\\.)*+)("?)|([{}\[\],:])|\s++|[^\s"{}\[\],:]++', re.DOTALL)
_COLON: Final = re.compile(r"\s*+:")
_PLAIN: Final = ("true", "false", "null")
_XML: Final = re.compile(r"""<!\[CDATA\[|<((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>|[^<]++""")
_TAG: Final = re.compile(r"(/?)(?:[^\s/:]*+:)?([^\s/]*+)")
_ATTRIBUTE: Final = re.compile(r"""(?<=\s)([^\s=<>"'/]++)(\s*+=\s*+)(?:"([^"]*+)"|'([^']*+)')""")
_QUOTED: Final = re.compile(
    r"""(?<![A-Za-z0-9_-])([A-Za-z_][A-Za-z0-9_-]{0,80}+)(?:\\{0,15}["'])?+\s*+:\s*+(\\{0,15}+["'])"""
)
Hidden = Callable[[str, str], str]


def json_hidden(text: str, is_secret: Callable[[str], bool], hidden: Hidden) -> str:
    """The text with every text and number under a telling name hidden, in lists and objects below it too.

    `true`, `false` and `null` stay. What is no JSON is read as far as it looks like it.
    """
    found: list[str] = []
    above: list[str | None] = []
    holder: str | None = None
    name: str | None = None
    for token in _JSON.finditer(text):
        if token[3] is not None:
            if token[3] in "{[":
                above.append(holder)
                holder, name = name or holder, None
            elif token[3] in "}]":
                holder, name = above.pop() if above else None, None
            elif token[3] == ",":
                name = None
            found.append(token[3])
        elif token[1] is not None and token[2] and _COLON.match(text, token.end()):
            own = _named(token[1])
            name = own if is_secret(own) else None
            found.append(token[0])
        elif (name or holder) and token[1] is not None:
            found.append(f'"{hidden(name or holder or "", token[1])}{token[2]}')
        elif (name or holder) and token[0].strip() and token[0] not in _PLAIN:
            found.append(hidden(name or holder or "", token[0]))
        else:
            found.append(token[0])
    return "".join(found)


def _named(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def quoted_hidden(text: str, is_secret: Callable[[str], bool], hidden: Hidden) -> str:
    """The text with what stands in quotes behind a telling name and a colon hidden, however deep it is quoted itself.

    So GraphQL has its arguments, and JSON that is a text of JSON its members.
    """
    found: list[str] = []
    at = 0
    while named := _QUOTED.search(text, at):
        begin, quote = named.end(), named[2]
        if text.startswith(quote * 2, begin):
            begin, quote = begin + 2 * len(quote), quote * 3
        if not is_secret(named[1]):
            found.append(text[at : named.end()])
            at = named.end()
            continue
        end = _end(text, begin, quote)
        found += [text[at:begin], hidden(named[1], text[begin:end])]
        at = end
    return "".join(found) + text[at:]


def _end(text: str, begin: int, quote: str) -> int:
    """Where a quote ends: at the like of what began it, with no backslash more; or with the text."""
    at = text.find(quote, begin)
    while at > begin and text[at - 1] == "\\":
        at = text.find(quote, at + 1)
    return len(text) if at < 0 else at


def xml_hidden(text: str, is_secret: Callable[[str], bool], hidden: Hidden) -> str:
    """The text with what stands in elements and attributes of a telling name hidden."""
    found: list[str] = []
    open_: list[str] = []
    secret: list[str] = []
    at = 0
    while at < len(text):
        token = _XML.match(text, at)
        if token is None or token[0] == "<![CDATA[":
            end = text.find("]]>", at) if token else -1
            end = len(text) if end < 0 else end
            begin = token.end() if token else at
            found += [text[at:begin], _content(text[begin:end], secret, hidden)]
            at = end if end == len(text) else end + 3
            found.append(text[end:at])
            continue
        at = token.end()
        if token[1] is None:
            found.append(_content(token[0], secret, hidden))
        else:
            found.append(_ATTRIBUTE.sub(lambda each: _attribute(each, is_secret, hidden), token[0]))
            _walk(token[1], open_, secret, is_secret)
    return "".join(found)


def _walk(tag: str, open_: list[str], secret: list[str], is_secret: Callable[[str], bool]) -> None:
    """Which elements are open behind a tag, and the telling ones among them."""
    named = _TAG.match(tag)
    if named is None or tag[:1] in ("?", "!") or (tag.endswith("/") and not named[1]):
        return
    if not named[1]:
        open_.append(named[2])
        if is_secret(named[2]):
            secret.append(named[2])
    elif named[2] in open_:
        while (last := open_.pop()) != named[2]:
            if secret and secret[-1] == last:
                secret.pop()
        if secret and secret[-1] == last:
            secret.pop()


def _content(text: str, secret: list[str], hidden: Hidden) -> str:
    inner = text.strip()
    if not secret or not inner:
        return text
    before = text[: text.find(inner)]
    return before + hidden(secret[-1], inner) + text[len(before) + len(inner) :]


def _attribute(found: re.Match[str], is_secret: Callable[[str], bool], hidden: Hidden) -> str:
    value = found[3] if found[3] is not None else found[4]
    if not is_secret(found[1].rpartition(":")[2]):
        return found[0]
    quote = found[0][-1]
    return f"{found[1]}{found[2]}{quote}{hidden(found[1].rpartition(':')[2], value)}{quote}"
