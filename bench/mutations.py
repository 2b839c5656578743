"""Small changes of a module's text, each of which a test of its rule should notice.

Left as they are: docstrings, annotations, type aliases (by their CamelCase name), decorators, and what `cast` is told.
mutmut changes the bodies of functions without decorators alone; here a module's constants and defaults are rules too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
}
_REMOVED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise, ast.Continue, ast.Break)
_Change = tuple[int, int, str]


class Mutant(NamedTuple):
    """A module with one change: its new text, the lines before and after, and the function that the change is in.

    `function` is the qualified name of the outermost one, empty where the change is at the module's own level.
    """

    module: str
    path: Path
    function: str
    before: str
    after: str
    text: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Give every mutant of a file, each text once."""
    source = Source(path.read_text())
    module, seen = _module_name(path), set()
    for node, function in _nodes(ast.parse(source.text), "", False):
        for start, end, new in source.changes(node, bool(function)):
            text = source.text[:start] + new + source.text[end:]
            if text in seen:
                continue
            seen.add(text)
            first = source.text.rfind("\n", 0, start) + 1
            last = source.text.find("\n", end)
            before, after = (
                source.text[first:last],
                text[first : last + len(text) - len(source.text)],
            )
            yield Mutant(module, path, function, _line(before), _line(after), text)


def all_raising(text: str) -> str:
    """The text of a module whose every function raises, which no test can overlook."""
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Raise(ast.Name("SystemError"))]
    return ast.unparse(ast.fix_missing_locations(module))


def _module_name(path: Path) -> str:
    parts = [path.stem]
    while (path := path.parent).joinpath("__init__.py").exists():
        parts.append(path.name)
    return ".".join(reversed(parts))


def _line(text: str) -> str:
    return " ".join(text.split())


def _nodes(node: ast.AST, function: str, inside: bool) -> Iterator[tuple[ast.AST, str]]:
    """Walk all that may change; `function` is a prefix until `inside` one."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not inside:
        within = not isinstance(node, ast.ClassDef)
        name = function + node.name if within else f"{function}{node.name}."
        for default in _defaults(node):
            yield from _nodes(default, "", False)
        for part in node.body:
            yield from _nodes(part, name, within)
        return
    yield node, function if inside else ""
    for child in _parts(node):
        yield from _nodes(child, function, inside)


def _defaults(node: ast.AST) -> list[ast.expr]:
    arguments = getattr(node, "args", None)
    return [] if arguments is None else [*arguments.defaults, *filter(None, arguments.kw_defaults)]


def _parts(node: ast.AST) -> list[ast.AST]:
    """The children of a node that may change."""
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.arg() | ast.Import():
            return []
        case ast.AnnAssign():
            return [node.value] if node.value else []
        case ast.Assign(targets=[ast.Name(id=name)]) if _is_alias(name) or name == "__slots__":
            return []
        case ast.Call(func=ast.Name(id="cast")):
            return list(node.args[1:])
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*_defaults(node), *node.body]
    return list(ast.iter_child_nodes(node))


def _is_alias(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


class Source:
    """A module's text, and the changes of a node as (start, end, new text)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node stands."""
        return (
            self._at(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._at(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _between(self, left: ast.AST, right: ast.AST, old: str, *new: str) -> Iterator[_Change]:
        start, end = self.span(left)[1], self.span(right)[0]
        for each in new:
            yield start, end, self.text[start:end].replace(old, each, 1)

    def changes(self, node: ast.AST, in_function: bool) -> Iterator[_Change]:
        """Give the changes of this node, without those of what it is made of."""
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
                for n, operator in enumerate(node.ops):
                    yield from self._between(sides[n], sides[n + 1], *_COMPARED[type(operator)])
            case ast.BoolOp():
                yield from self._of_bool(node)
            case ast.UnaryOp(op=ast.Not()):
                start, end = self.span(node)
                yield start, end, self.text[start + 3 : end].lstrip()
            case ast.BinOp() if type(node.op) in _COMPUTED:
                yield from self._between(node.left, node.right, *_COMPUTED[type(node.op)])
            case ast.Constant() | ast.JoinedStr():
                start, end = self.span(node)
                yield from ((start, end, new) for new in _constants(node, self.text[start:end]))
            case ast.If() | ast.IfExp():
                yield from ((*self.span(node.test), new) for new in ("True", "False"))
            case ast.comprehension():
                yield from ((*self.span(test), "True") for test in node.ifs)
            case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
                yield *self.span(node), "return None"
            case ast.stmt() if in_function and isinstance(node, _REMOVED) and _parts(node):
                yield *self.span(node), "pass"

    def _of_bool(self, node: ast.BoolOp) -> Iterator[_Change]:
        old, new, neutral = (
            ("and", "or", "True") if isinstance(node.op, ast.And) else ("or", "and", "False")
        )
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from self._between(left, right, old, new)
        yield from ((*self.span(value), neutral) for value in node.values)


def _constants(node: ast.Constant | ast.JoinedStr, text: str) -> Iterator[str]:
    """Another constant; of a pattern also other repetitions, and one that does not end where it did."""
    value = node.value if isinstance(node, ast.Constant) else ""
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int | float):
        yield str(value + 1)
    elif isinstance(value, str | bytes):
        yield text[:-1] + "~" + text[-1]
        for found in re.finditer(
            r"(?<=[{,])\d+(?=[,}])", text if "{" in text and text[0] in "rb" else ""
        ):
            for other in (int(found[0]) - 1, int(found[0]) + 1):
                yield text[: found.start()] + str(other) + text[found.end() :]
        if "\\Z" in text:
            yield text.replace("\\Z", "")
