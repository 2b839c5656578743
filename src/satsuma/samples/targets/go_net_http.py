"""Go with net/http of its standard library."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import go, go_production
from satsuma.samples.writing import basic_of, bearer_of

_ONE: Final = """\
package main

import (
	«json»
	"fmt"
	"io"
	"net/http"
	«imports»
	"os"
	«strings»
	"time"
)

«setting»

func main() {
	«form»
	request, err := http.NewRequest(«method», «url», «body»)
	if err != nil {
		fail(3, err.Error())
	}
	«headers»
	client := http.Client{
		Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	response, err := client.Do(request)
	if err != nil {
		fail(3, "No answer: "+err.Error())
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		fail(3, "No whole answer: "+err.Error())
	}
	«said»
	if response.StatusCode/100 != 2 {
		fail(1, fmt.Sprintf(«refused»))
	}
	fmt.Println(string(answer))
}
"""

_SAID: Final = """\
var said struct {
	Error       string      `json:"error"`
	Description string      `json:"error_description"`
	Code        json.Number `json:"code"`
	Message     string      `json:"message"`
}
if err := json.Unmarshal(answer, &said); err != nil«empty» {
	fail(3, fmt.Sprintf("HTTP %d, and the answer is not JSON", response.StatusCode))
}
"""


def _one_request(request: Request) -> str:
    return _program(request, [], [], '"HTTP %d: %s", response.StatusCode, answer')


def _robust(request: Request) -> str:
    empty = "" if request.answers else " && len(answer) > 0"
    said = fill(_SAID, empty=empty).splitlines()
    parts = "said.Error, said.Code, said.Description, said.Message"
    return _program(
        request, ['"encoding/json"'], said, f'"HTTP %d %s%s: %s%s", response.StatusCode, {parts}'
    )


def _program(request: Request, json: list[str], said: list[str], refused: str) -> str:
    headers = go.WORDS.pairs(request.headers, "request.Header.Set({name}, {value})")
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        client_id, secret = go.WORDS(basic.client_id), go.WORDS(basic.secret)
        headers.append(f"request.SetBasicAuth({client_id}, {secret})")
    if bearer is not None:
        value = f'"Bearer "+{go.WORDS(bearer.token)}'
        headers.append(f'request.Header.Set("Authorization", {value})')
    form = []
    if request.form is not None:
        headers.append('request.Header.Set("Content-Type", "application/x-www-form-urlencoded")')
        form = _form(request)
    elif request.body is not None:
        form = [f"body := strings.NewReader({go.WORDS(request.body)})"]
    return fill(
        _ONE,
        json=json,
        imports=['"net/url"'] if request.form is not None else [],
        strings=['"strings"'] if form else [],
        setting=go.SETTING,
        form=form,
        method=go.WORDS(request.method),
        url=go.WORDS(request.url),
        body="body" if form else "nil",
        headers=headers,
        said=said,
        refused=refused,
    )


def _form(request: Request) -> list[str]:
    """Pairs, as url.Values would sort them by name."""
    pairs = [
        f"\t{go.WORDS(urllib.parse.quote_plus(name) + '=')} + url.QueryEscape({go.WORDS(value)}),"
        for name, value in request.pairs
    ]
    return [
        "form := []string{",
        *pairs,
        "}",
        'body := strings.NewReader(strings.Join(form, "&"))',
    ]


TARGET: Final = Target(
    slug="go-net-http",
    language="go",
    label="Go: net/http",
    recommended=True,
    why="It is part of Go, and shows what is sent.",
    file_name="main.go",
    install="",
    run="go run .",
    one_request=_one_request,
    robust=_robust,
    own=go_production.own,
    files={"go.mod": f"module sample\n\ngo {go.VERSION}\n"},
    versions={"go": go.VERSION},
)
