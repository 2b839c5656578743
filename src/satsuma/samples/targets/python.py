"""What every Python target writes alike."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.request import Env, Joined, Request
from satsuma.samples.writing import Words, bearer_of


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.python, _read)

SETTING: Final = """\
def setting(name):
    value = os.environ.get(name)
    if not value:
        print(f"Set {name} in the environment", file=sys.stderr)
        sys.exit(2)
    return value
""".splitlines()

REFUSED: Final = """\
if status // 100 != 2:
    said = answer if isinstance(answer, dict) else {}
    error = said.get("error", said.get("code"))
    sentence = said.get("error_description", said.get("message"))
    print(f"HTTP {status} {error}: {sentence}", file=sys.stderr)
    sys.exit(1)
""".splitlines()


def parsed(request: Request, text: str) -> str:
    """How the answer is read; an empty one is none but where success has no body."""
    if request.answers:
        return f"answer = json.loads({text})"
    return f'answer = json.loads({text} or "{{}}")'


def header_lines(request: Request, bearer: bool = True) -> list[str]:
    """The entries of the dictionary of headers."""
    lines = WORDS.pairs(request.headers, "{name}: {value},")
    shown = bearer_of(request)
    if bearer and shown is not None:
        lines.append(f'"Authorization": "Bearer " + {WORDS(shown.token)},')
    return lines


def encoded_body(request: Request) -> str:
    """A body that is no form, as bytes."""
    text = WORDS(request.body or "")
    return f"({text}).encode()" if isinstance(request.body, Joined) else f"{text}.encode()"


def form_lines(request: Request, begin: str) -> list[str]:
    """The form as an argument: a dictionary, or pairs where a name comes twice; another body as bytes."""
    if request.body is not None:
        return [f"{begin}{encoded_body(request)},"]
    if request.form is None:
        return []
    if request.has_repeated_names:
        pairs = WORDS.pairs(request.form, "    ({name}, {value}),")
        return [f"{begin}[", *pairs, "],"]
    return [f"{begin}{{", *WORDS.pairs(request.form, "    {name}: {value},"), "},"]
