"""How a page looks, as text: what assistive technology is told of it, and its colours and fonts in both themes.

A file for each state in `snapshots/`; one in French for each template, which has the French words that are its own.
`make snapshots` writes them anew, and the diff says what changed.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from tests.signin.states import STATES, Look

FOLDER: Final = Path(__file__).with_name("snapshots")
# The first state of each template.
IN_FRENCH: Final = frozenset(
    {template: state for state, template in reversed(STATES.items())}.values()
)
# Of a list that is as long as what happened before, or as the catalogue, the beginning.
CUT: Final = frozenset({"dev-mail", "errors"})
SELECTORS: Final = (
    *("body", ".bar", ".bar nav a[aria-current]", "h1", "h2", "main a:not(.button)", ".lead"),
    *(".card", ".eyebrow", ".monogram", ".mend", ".notice", ".notice.bad", ".error", ".tag"),
    *("label", "input:not([type=hidden])", "input[readonly]", "select", "th", "code", "pre"),
    *(".primary", ".choices button", "button.danger", "main button:not(.primary)", ".soft"),
    *(".quiet[aria-pressed=true]", "footer"),
)
COMPUTED: Final = """selectors => selectors.flatMap(selector => {
  const element = document.querySelector(selector)
  if (!element) return []
  const style = getComputedStyle(element)
  const edge = ['left', 'top'].filter(side => parseFloat(style[`border-${side}-width`]))
  const colours = [style.color, 'on', style.backgroundColor]
  if (edge.length) colours.push('edged', style[`border-${edge[0]}-color`])
  const family = style.fontFamily.split(',')[0]
  return [[selector, colours.join(' '), [style.fontWeight, style.fontSize, family].join(' ')]]
})"""
# What is drawn at random, or by the clock and the machine, and what stands for it.
DRAWN: Final = (
    (r"(localhost|127\.0\.0\.1)(:|%3A)\d+", r"\1\2PORT"),
    (r"(Basic )[A-Za-z0-9+/=]{16,}", r"\1..."),
    (r"((?:Basic |sat_))[\w+/=-]{2,6}…[\w+/=-]{4}", r"\1..."),
    (r"[\w-]{6}…[\w-]{4}", "BEGINNING…END"),
    (r"\bguide-[\w-]{12}", "guide-MARK"),
    (r"\b\d+([.,]\d+)? ms\b", "N ms"),
    (r"(Satsuma )\d+\.\d+\.\d+", r"\1VERSION"),
    (r"([?&;](?:r|state|code|after)=)[^\s\"&;]+", r"\1..."),
    (r"\b(stc|srt|sts|sid|app|acc|spc|inv|sub|ses|OFR)[_-][A-Za-z0-9._~-]{8,}", r"\1_..."),
    (
        r"/(confirm|new-password|account/email|account/undo|dev/mail|myapps/join)/[\w.~-]+",
        r"/\1/...",
    ),
    (r"\b[0-9a-f]{8,}@", "SOMEBODY@"),
    (r"\b[0-9a-f]•••@", "S•••@"),
    (r"\bSandbox [A-Za-z0-9]{6}\b", "Sandbox NAME"),
    (r"\bsandbox-\d{3}@", "sandbox-NUMBER@"),
    (r"\b[0-9a-f]{24}\b", "REQUEST-ID"),
    (r"\b(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9]{32}\b", "CLIENT-ID"),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "JWT"),
    (r"(expires_in\W+)3[56]\d\d\b", r"\g<1>3600"),  # what is left of a trial's hour
    (r"(at_hash\W+)[\w-]{22}", r"\1..."),
    (r"\b\d{10}\b", "SECONDS"),
    (r"\b\d{1,2}(er)? [A-Za-zéû]+ 20\d\d\b", "DATE"),
    (r"\b\d{1,2}:\d\d(:\d\d)?( [AP]M| UTC)?\b", "TIME"),
)


def looked_at(page: Page, language: str) -> str:
    """The text of a page as it stands; the pointer is taken away from what it was on."""
    page.mouse.move(0, 0)
    tree = drawn_alike(page.locator("body").aria_snapshot())
    if language != "en":
        return f"{tree}\n"
    themes = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        themes[theme] = page.evaluate(COMPUTED, list(SELECTORS))
    lines = [tree, ""]
    for (selector, light, font), (_, dark, _) in zip(themes["light"], themes["dark"], strict=True):
        lines += [f"{selector}: {font}", f"    light {hexed(light)}", f"    dark  {hexed(dark)}"]
    return "\n".join([*lines, ""])


def drawn_alike(text: str) -> str:
    """The text with a word in place of each thing that is another one in each run."""
    for pattern, word in DRAWN:
        text = re.sub(pattern, word, text)
    return text


def hexed(colours: str) -> str:
    """The colours as the stylesheet writes them."""
    colours = colours.replace("rgba(0, 0, 0, 0)", "nothing")
    return re.sub(
        r"rgb\((\d+), (\d+), (\d+)\)",
        lambda found: "#" + "".join(f"{int(each):02x}" for each in found.groups()),
        colours,
    )


def beginning(tree: str) -> str:
    """A tree with the first item of each list and the first row of each group of rows, and no others."""
    kept: list[str] = []
    begun: list[str] = []
    skipped = ""
    for line in tree.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if skipped and line.startswith(skipped):
            continue
        skipped = ""
        begun = [each for each in begun if len(each) <= len(indent)]
        if line.lstrip().startswith(("- listitem", "- row ", "- row:")):
            if indent in begun:
                skipped = f"{indent} "
                continue
            begun.append(indent)
        kept.append(line)
    return "\n".join([*kept, ""])


def keeping(found: dict[str, str], language: str) -> Look:
    """What looks on a walk, and keeps the text of each state under the name of its file."""

    def look(page: Page, name: str) -> None:
        if language == "en" or name in IN_FRENCH:
            text = looked_at(page, language)
            found[file_of(name, language)] = beginning(text) if name in CUT else text

    return look


def file_of(state: str, language: str) -> str:
    return f"{state}.txt" if language == "en" else f"{state}.{language}.txt"


def expected_files(language: str) -> set[str]:
    states = STATES if language == "en" else IN_FRENCH
    return {file_of(state, language) for state in states}


def write(found: Mapping[str, str]) -> None:
    """Put down what was seen, in place of all that was there."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text)
