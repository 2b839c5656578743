"""Go with golang.org/x/oauth2."""

from __future__ import annotations

from typing import Final

from satsuma.samples import reasons
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import CODE, SECRET, TOKEN, VERIFIER, Request, canonical_url
from satsuma.samples.sample import Limits, NotOffered, Target
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import go

_VERSION: Final = "0.38.0"

_PROGRAM: Final = """\
package main

import (
	"context"
	«errors»
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
	«package»
)

// The library sends no Accept, which some servers ask for.
type accepting struct{}

func (accepting) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept", "application/json")
	return http.DefaultTransport.RoundTrip(request)
}

«setting»

func main() {
	client := &http.Client{Transport: accepting{}, Timeout: 20 * time.Second}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	«token»
	«refused»
	if err != nil {
		fail(«code», «sentence»)
	}
	fmt.Println("A token until", token.Expiry)
}
"""

_REFUSED: Final = """\
var refused *oauth2.RetrieveError
if errors.As(err, &refused) && refused.ErrorCode != "" {
	fail(1, fmt.Sprintf("%s: %s", refused.ErrorCode, refused.ErrorDescription))
}
""".splitlines()

_MACHINE: Final = """\
config := clientcredentials.Config{
	ClientID:     «client_id»,
	ClientSecret: «secret»,
	TokenURL:     «url»,
	«scopes»
	AuthStyle:    oauth2.«style»,
}
token, err := config.Token(ctx)
"""

_PERSON: Final = """\
config := oauth2.Config{
	ClientID:     «client_id»,
	«secret»
	«redirect»
	Endpoint: oauth2.Endpoint{
		TokenURL:  «url»,
		AuthStyle: oauth2.«style»,
	},
}
«token»
"""


def _own(step: Step, level: Level, values: Values) -> str | NotOffered | None:
    if step == "revoke":
        return NotOffered(reasons.LIBRARY_TOKEN)
    if level == "production" or step in ("authorize", "call"):
        return None
    if step in ("token-header", "token-body"):
        return _program(level, _machine(step, values), True)
    return _program(level, _person(step, values), False)


def _machine(step: Step, values: Values) -> list[str]:
    scopes = [f"Scopes:       []string{{{', '.join(map(go.WORDS, values.scope.split()))}}},"]
    return fill(
        _MACHINE,
        client_id=go.WORDS(values.client_id),
        secret=go.WORDS(SECRET),
        url=go.WORDS(canonical_url(values.token_url)),
        scopes=scopes if values.scope else [],
        style="AuthStyleInHeader" if step == "token-header" else "AuthStyleInParams",
    ).splitlines()


def _person(step: Step, values: Values) -> list[str]:
    if step == "refresh":
        token = [
            f"old := &oauth2.Token{{RefreshToken: {go.WORDS(TOKEN)}}}",
            "token, err := config.TokenSource(ctx, old).Token()",
        ]
    else:
        verifier = f", oauth2.VerifierOption({go.WORDS(VERIFIER)})" if values.has_pkce else ""
        token = [f"token, err := config.Exchange(ctx, {go.WORDS(CODE)}{verifier})"]
    redirect = [f"RedirectURL:  {go.WORDS(values.redirect_uri)},"]
    return fill(
        _PERSON,
        client_id=go.WORDS(values.client_id),
        secret=[] if values.public else [f"ClientSecret: {go.WORDS(SECRET)},"],
        redirect=redirect if step == "exchange" else [],
        url=go.WORDS(canonical_url(values.token_url)),
        style="AuthStyleInParams" if values.public else "AuthStyleInHeader",
        token=token,
    ).splitlines()


def _program(level: Level, token: list[str], machine: bool) -> str:
    robust = level == "robust"
    return fill(
        _PROGRAM,
        errors=['"errors"'] if robust else [],
        package=['"golang.org/x/oauth2/clientcredentials"'] if machine else [],
        setting=go.SETTING,
        token=token,
        refused=_REFUSED if robust else [],
        code="3" if robust else "1",
        sentence='"No whole answer: "+err.Error()' if robust else "err.Error()",
    )


_CALL: Final = """\
package main

import (
	"context"
	«json»
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/oauth2"
)

«setting»

func main() {
	client := &http.Client{Timeout: 20 * time.Second}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
	token := &oauth2.Token{AccessToken: «token»}
	request, err := http.NewRequest(«method», «url», nil)
	if err != nil {
		fail(3, err.Error())
	}
	«headers»
	response, err := oauth2.NewClient(ctx, oauth2.StaticTokenSource(token)).Do(request)
	if err != nil {
		fail(3, "No answer: "+err.Error())
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		fail(3, "No whole answer: "+err.Error())
	}
	«valid»
	if response.StatusCode/100 != 2 {
		fail(1, fmt.Sprintf("HTTP %d: %s", response.StatusCode, answer))
	}
	fmt.Println(string(answer))
}
"""

_VALID: Final = """\
if !json.Valid(answer) {
	fail(3, fmt.Sprintf("HTTP %d, and the answer is not JSON", response.StatusCode))
}
""".splitlines()


def _call(request: Request, robust: bool) -> str:
    return fill(
        _CALL,
        json=['"encoding/json"'] if robust else [],
        setting=go.SETTING,
        token=go.WORDS(TOKEN),
        method=go.WORDS(request.method),
        url=go.WORDS(request.url),
        headers=go.WORDS.pairs(request.headers, "request.Header.Set({name}, {value})"),
        valid=_VALID if robust else [],
    )


TARGET: Final = Target(
    slug="go-oauth2",
    language="go",
    label="Go: x/oauth2",
    recommended=False,
    why="Where the library is to renew tokens by itself: its client does.",
    file_name="main.go",
    install=f"go get golang.org/x/oauth2@v{_VERSION}",
    run="go run .",
    one_request=lambda request: _call(request, robust=False),
    robust=lambda request: _call(request, robust=True),
    own=_own,
    files={
        "go.mod": f"module sample\n\ngo {go.VERSION}\n\nrequire golang.org/x/oauth2 v{_VERSION}\n"
    },
    versions={"golang.org/x/oauth2": _VERSION},
    limits=Limits(any_request=False),
)
