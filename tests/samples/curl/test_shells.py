"""The same request, as browsers give it for three shells, is read as the same."""

import pytest

from satsuma.samples import Reading, Shell, Unreadable, read_curl
from satsuma.samples.request import Env, parts_of

BASH = """\
curl 'https://api.shop.example/a?b=1%2F2&c=%5B' \\
  -X 'PUT' \\
  -H 'accept: application/json' \\
  -H 'sec-ch-ua: "Chromium";v="149", "Not)A;Brand";v="24"' \\
  -b 'theme=dark; q=100%' \\
  --data-raw $'{"a":"x & y | z ^ %P% $H `b`","c":"O\\'Brien \\\\\\\\","d":"1\\n2"}'
"""
CMD = """\
curl ^"https://api.shop.example/a?b=1^%^2F2^&c=^%^5B^" ^
  -X ^"PUT^" ^
  -H ^"accept: application/json^" ^
  -H ^"sec-ch-ua: ^\\^"Chromium^\\^";v=^\\^"149^\\^", ^\\^"Not)A;Brand^\\^";v=^\\^"24^\\^"^" ^
  -b ^"theme=dark; q=100^%^" ^
  --data-raw ^"^{^\\^"a^\\^":^\\^"x ^& y ^| z ^^ ^%^P^% ^$H `b`^\\^",^\\^"c^\\^":^\\^"O'Brien ^\\^\\^\\^\\^\\^",^\\^"d^\\^":^\\^"1^

2^\\^"^}^"
"""  # noqa: E501
POWERSHELL = """\
curl.exe 'https://api.shop.example/a?b=1%2F2&c=%5B' `
  -X "PUT" `
  -H "accept: application/json" `
  -H 'sec-ch-ua: "Chromium";v="149", "Not)A;Brand";v="24"' `
  -b "theme=dark; q=100%" `
  --data-raw "{""a"":""x & y | z ^ %P% `$H ``b``"",`"c`":`"O'Brien \\\\`",`"d`":`"1`n2`"}"
"""


@pytest.mark.parametrize(("shell", "text"), [("cmd", CMD), ("powershell", POWERSHELL)])
def test_windows_says_what_bash_says(shell: Shell, text: str) -> None:
    assert read_curl(text, shell) == read_curl(BASH)


def test_the_first_of_them_is_what_is_written() -> None:
    request = read_curl(BASH).requests[0]
    assert request.method == "PUT"
    assert request.url == "https://api.shop.example/a?b=1%2F2&c=%5B"
    body = '{"a":"x & y | z ^ %P% $H `b`","c":"O\'Brien \\\\","d":"1\n2"}'
    assert request.body == body


@pytest.mark.parametrize(
    ("shell", "text"),
    [
        ("bash", 'curl "$BASE/a" -H "X-Tag: $TAG"'),
        ("bash", 'curl ${BASE:-http://x.example}/a -H X-Tag:\\ "${TAG}"'),
        ("cmd", 'curl "%BASE%/a" -H "X-Tag: %TAG%"'),
        ("powershell", 'curl.exe "$env:BASE/a" -H "X-Tag: ${TAG}"'),
    ],
)
def test_a_variable_stays_one(shell: Shell, text: str) -> None:
    request = read_curl(text, shell).requests[0]
    assert [p.name if isinstance(p, Env) else p for p in parts_of(request.url)] == ["BASE", "/a"]
    tag = request.named("x-tag")
    assert isinstance(tag, Env) and tag.name == "TAG"


@pytest.mark.parametrize(
    ("shell", "text", "sentence", "place"),
    [
        ("bash", 'curl http://a.example\\\n -d "$(cat x)"', "is not run here", (2, 6)),
        ("bash", "curl http://a.example -d `id`", "is not run here", (1, 26)),
        ("bash", "curl http://a.example -d 'x", "does not end", (1, 26)),
        ("bash", "curl http://a.example -d @- <<EOF\nx", "does not end", (2, 3)),
        ("bash", "curl http://a.example --digest -u a:b", "--digest is not supported", (1, 23)),
        ("bash", "curl http://a.example --nonsense", "no such option", (1, 23)),
        ("bash", "curl 'http://a.example/a b'", "no spaces", (0, 0)),
        ("bash", "curl http://a.example/[x]", "-g takes it", (0, 0)),
        ("bash", "curl http://a.example/[1-999]", "past 50", (0, 0)),
        ("bash", "curl http://a.example -d $1", "Only $NAME", (1, 26)),
        ("bash", "curl http://a.example -d $'\\xff'", "UTF-8", (1, 26)),
        ("bash", "curl -K file.txt", "-K is not known", (1, 6)),
        ("bash", "wget http://a.example", "no curl command", (0, 0)),
        ("bash", "curl -sS", "no address", (0, 0)),
        ("bash", "curl -d a -F b=c http://a.example", "has one", (0, 0)),
        ("powershell", "curl.exe 'http://a.example", "does not end", (1, 10)),
    ],
)
def test_what_cannot_be_read_says_why_and_where(
    shell: Shell, text: str, sentence: str, place: tuple[int, int]
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_curl(text, shell)
    assert sentence in str(refused.value)
    assert (refused.value.line, refused.value.sign) == place


def test_several_commands_are_several_requests() -> None:
    text = (
        "curl -d a=1 http://a.example/1; curl http://a.example/{2,3} --next -I http://a.example/4"
    )
    reading: Reading = read_curl(text)
    assert [(each.method, each.url) for each in reading.requests] == [
        ("POST", "http://a.example/1"),
        ("GET", "http://a.example/2"),
        ("GET", "http://a.example/3"),
        ("HEAD", "http://a.example/4"),
    ]
