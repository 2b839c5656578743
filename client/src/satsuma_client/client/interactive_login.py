"""A login from a terminal: the browser opens, the address is printed, and the answer comes back or is pasted."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, TextIO

from satsuma_client.client.authorization_code import AuthorizationCode, LoggedIn
from satsuma_client.client.login import LoginExpired, LoginFailed, WrongState, is_denied
from satsuma_client.client.loopback import Loopback, Page, page_of
from satsuma_client.http.errors import OAuthError

WAIT: Final = 300.0
"""Seconds for a person to log in."""
_LAST_LOOK: Final = 5.0
"""Seconds for the browser to show the page at the end."""

Outcome = LoggedIn | OAuthError


class _Ending:
    """The one outcome, whoever brings it first, and the page that says so."""

    def __init__(self) -> None:
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.finish: Callable[[str], LoggedIn] | None = None
        self.by_browser = False
        self._lock = threading.Lock()
        self._outcome: Outcome | None = None

    def bring(self, text: str) -> Outcome:
        """Finish the login with an answer; another one that comes later changes nothing."""
        with self._lock:
            if self._outcome is not None:
                return self._outcome
            outcome = self._finished(text)
            if not isinstance(outcome, WrongState):  # somebody else's answer ends no login
                self._outcome = outcome
                self.outcomes.put(outcome)
            return outcome

    def page(self, query: str) -> Page:
        self.by_browser = True
        return page_for(self.bring(query))

    def _finished(self, text: str) -> Outcome:
        if self.finish is None:
            return WrongState()
        try:
            return self.finish(text)
        except OAuthError as error:
            return error
        except Exception as error:
            return LoginFailed(description=f"{type(error).__name__}: {error}")


def login(
    auth: AuthorizationCode,
    *,
    open_browser: bool = True,
    paste: TextIO | None = None,
    say: Callable[[str], Any] | None = None,
    wait: float = WAIT,
    **parameters: Any,
) -> LoggedIn:
    """Log a person in, and keep the tokens; raises OAuthError.

    The address is always said, also where a browser opens. From `paste`, such as standard input over SSH, a line with
    the address at which the browser ended is as good as its coming back.
    """
    tell = say or _to_stderr
    ending = _Ending()
    loopback = Loopback(ending.page)
    try:
        url, pending = auth.begin(loopback.redirect_uri, **parameters)
        ending.finish = lambda query: _with_names(auth, auth.finish(query, pending))
        tell(f"Log in at this address:\n\n  {url}\n")
        if paste is not None:
            tell("If the browser is on another machine, paste the address at which it ends here.")
            threading.Thread(target=_read, args=[paste, ending], daemon=True).start()
        if open_browser:
            _open(url)
        return _outcome(ending, loopback, wait)
    finally:
        loopback.close()


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def page_for(outcome: Outcome) -> Page:
    """The page at the end: who logged in where, or what happened and what to do."""
    if isinstance(outcome, LoggedIn):
        claims = outcome.claims
        who = claims.get("email") or claims.get("name") or claims.get("preferred_username")
        rows = {"Account": str(who or claims.get("sub") or "not told"), "At": outcome.issuer}
        text = "The program has what it needs. You can close this page and go back to it."
        return 200, page_of("You are logged in", text, rows, "good")
    if is_denied(outcome):
        text = "Nothing was shared, and the program knows it. You can close this page."
        return 200, page_of("You said no", text, kind="note")
    said = outcome.hint or outcome.description or "Something went wrong."
    rows = {"What to do": outcome.fix} if outcome.fix else {}
    rows |= {"What was said": f"{outcome.error or type(outcome).__name__}"}
    return 400, page_of("The login did not work", said, rows, "bad")


def _with_names(auth: AuthorizationCode, done: LoggedIn) -> LoggedIn:
    """With what userinfo tells of the person, where it does: an ID token often has the subject alone."""
    if auth.metadata.userinfo_endpoint is None or "email" in done.claims:
        return done
    try:
        return LoggedIn(done.issuer, {**auth.userinfo(), **done.claims})
    except OAuthError:
        return done


def _read(paste: TextIO, ending: _Ending) -> None:
    """Take the first line that is an answer; others are passed over, for a terminal has noise."""
    for line in paste:
        if "code=" in line or "error=" in line:
            ending.bring(line)
            return


def _outcome(ending: _Ending, loopback: Loopback, wait: float) -> LoggedIn:
    try:
        outcome = ending.outcomes.get(timeout=wait)
    except queue.Empty:
        raise LoginExpired(description="nobody came back in time") from None
    if ending.by_browser:
        loopback.wait(_LAST_LOOK)
    if isinstance(outcome, OAuthError):
        raise outcome
    return outcome


def _open(url: str) -> None:
    import webbrowser

    threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
