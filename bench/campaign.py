"""How mutants are tried: each in a fork of a process that has collected the tests and run them once.

That run also shows which tests call a function. A mutant in a function is put into its fork in place of the function's
code, and those tests run. One at a module's own level goes into a fork that imports the rooms and the tests anew, where
all of them run; so does one that survived in a function that is called by an import. Before any mutant both ways are
shown none, which must pass, and a bad one, which must fail.
"""

from __future__ import annotations

import collections
import inspect
import os
import resource
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path

import hypothesis
import pytest

from bench.mutations import Mutant, all_raising

_PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
_PYTEST = (
    *("-q", "-s", "-x", "--timeout=0", "--import-mode=importlib", "--disable-plugin-autoload"),
    *("-o", "addopts=", "-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *(word for name in ("no:cacheprovider", *_PLUGINS) for word in ("-p", name)),
)
_JOBS = os.cpu_count() or 1
_SURVIVED, _KILLED = 70, 71
_SECONDS = 60
"""Of the processor, not by the wall: what takes more runs for ever, however busy the machine is."""


class Tests:
    """A plugin: no test whose server is another process, which has no mutant; first come those that name its module.

    Those that try many cases come last.
    """

    def __init__(self, module: str = "") -> None:
        self._module = module

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "server" not in getattr(item, "fixturenames", ())]
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "hypothesis"))
        items.sort(key=lambda item: self._module not in item.path.read_text())


class Campaign(Tests):
    """A plugin that runs the tests, then every mutant in a fork."""

    def __init__(self, mutants: Sequence[Mutant], tests: Sequence[str], only: str = "") -> None:
        super().__init__()
        self._mutants, self._tests, self._only = mutants, tests, only
        self._callers: dict[tuple[str, str], list[pytest.Item]] = collections.defaultdict(list)
        self._called: set[tuple[str, str]] = set()
        self.survivors: list[Mutant] | None = None
        sys.setprofile(self._note)

    def _note(self, frame: types.FrameType, event: str, _: object) -> None:
        if event == "call":
            self._called.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if self.survivors is not None:
            return (yield)
        self._called = set()
        sys.setprofile(self._note)
        result = yield
        sys.setprofile(None)
        for each in self._called:
            self._callers[each].append(item)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.setprofile(None)
        at_import = self._called
        if _fails(session, session.items):
            raise session.Failed("the tests fail without a mutant")
        self.survivors = []

        def fails_in_place(mutant: Mutant) -> bool:
            if not _put_in_place(mutant):
                return self._fails_anew(mutant)
            return _fails(session, self._callers[_function(mutant)])

        self._check(fails_in_place, self._fails_anew)
        asked = [mutant for mutant in self._mutants if self._only in mutant.module]
        lived = set(_survivors_of([each for each in asked if each.function], fails_in_place))
        settled = {each for each in lived if _function(each) not in at_import}
        anew = [each for each in asked if not each.function or each in lived - settled]
        settled.update(_survivors_of(anew, self._fails_anew))
        self.survivors = [each for each in asked if each in settled]
        return True

    def _check(self, *ways: Callable[[Mutant], bool]) -> None:
        """Each way finds a mutant all of whose functions raise, and none where there is none."""
        inner = (mutant for mutant in self._mutants if mutant.function)
        mutant = max(inner, key=lambda each: len(self._callers[_function(each)]))
        good = mutant._replace(text=mutant.path.read_text())
        bad = mutant._replace(text=all_raising(good.text))
        for fails in ways:
            if _survivors_of([good, bad], fails) != [good]:
                raise pytest.Session.Failed(f"{fails.__name__} knows no bad mutant from none")

    def _fails_anew(self, mutant: Mutant) -> bool:
        """Import everything of ours again, the mutant among it, and run all tests."""
        for name in [*sys.modules]:
            file = Path(getattr(sys.modules[name], "__file__", None) or "/")
            ours = file.is_relative_to(Path.cwd()) and not file.is_relative_to(sys.prefix)
            if ours and name.partition(".")[0] not in ("__main__", "bench"):
                del sys.modules[name]
        usual = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, name: str) -> types.CodeType | None:
            return _compiled(mutant) if name == mutant.module else usual(loader, name)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
        return run_tests(self._tests, Tests(mutant.module)) != 0


def _survivors_of(mutants: Sequence[Mutant], fails: Callable[[Mutant], bool]) -> list[Mutant]:
    """Try each in a fork of its own; what ends by a signal was noticed."""
    running: dict[int, Mutant] = {}
    codes: dict[Mutant, int] = {}
    for n, mutant in enumerate(mutants):
        running[_forked(mutant, fails)] = mutant
        while len(running) >= (_JOBS if n + 1 < len(mutants) else 1):
            pid, status = os.wait()
            codes[running.pop(pid)] = os.waitstatus_to_exitcode(status)
            if len(codes) % 100 == 0:
                print(f"{len(codes)} of {len(mutants)} tried", flush=True)
    for mutant, code in codes.items():
        if code >= 0 and code not in (_SURVIVED, _KILLED):
            raise RuntimeError(f"neither survived nor killed: {mutant._replace(text='')}")
    return [mutant for mutant in mutants if codes[mutant] == _SURVIVED]


def _function(mutant: Mutant) -> tuple[str, str]:
    return str(mutant.path.resolve()), mutant.function


def _forked(mutant: Mutant, fails: Callable[[Mutant], bool]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        code = _KILLED if fails(mutant) else _SURVIVED
    finally:
        os._exit(code)


def _fails(session: pytest.Session, items: Sequence[pytest.Item]) -> bool:
    for n, item in enumerate(items):
        following = items[n + 1] if n + 1 < len(items) else None
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


def _compiled(mutant: Mutant) -> types.CodeType:
    return compile(mutant.text, mutant.path.resolve(), "exec", dont_inherit=True)


def _put_in_place(mutant: Mutant) -> bool:
    """Give the living function its other code; False where that does not fit or nobody imports it."""
    codes = [_compiled(mutant)]
    try:
        found: object = sys.modules[mutant.module]
        for name in mutant.function.split("."):
            found = inspect.getattr_static(found, name)
            inner = [each for code in codes for each in code.co_consts]
            codes = [each for each in inner if getattr(each, "co_name", "") == name]
        function = getattr(found, "fget", None) or getattr(found, "__func__", found)
        function.__code__ = codes[-1]
    except (KeyError, ValueError):
        return False
    return True


def run_tests(tests: Sequence[str], plugin: Tests) -> int:
    """Run pytest with the same cases every time, and fewer of them than in CI."""
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        database=None,
        max_examples=25,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    return pytest.main([*_PYTEST, "--hypothesis-profile=mutants", *tests], [plugin])
