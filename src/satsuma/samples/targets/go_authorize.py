"""Go: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.targets import go

_PROGRAM: Final = """\
package main

import (
	"crypto/rand"
	«imports»
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	authorizeURL = «authorize_url»
	tokenURL     = «token_url»
	redirectURI  = «redirect_uri»
	clientID     = «client_id»
)

type login struct{ state, verifier string }

// What was begun, by the cookie of the browser.
var logins sync.Map

«setting»

func begin(response http.ResponseWriter, request *http.Request) {
	browser := rand.Text()
	begun := login{rand.Text(), rand.Text() + rand.Text()}
	logins.Store(browser, begun)
	time.AfterFunc(10*time.Minute, func() { logins.Delete(browser) })
	«challenge»
	query := url.Values{
		"response_type": {"code"},
		"client_id": {clientID},
		"scope": {«scope»},
		"redirect_uri": {redirectURI},
		"state": {begun.state},
		«pkce»
	}
	http.SetCookie(response, &http.Cookie{
		Name:     "login",
		Value:    browser,
		Path:     "/",
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(response, request, authorizeURL+"?"+query.Encode(), http.StatusFound)
}

func finish(response http.ResponseWriter, request *http.Request) {
	query := request.URL.Query()
	begun, found := login{}, false
	if cookie, err := request.Cookie("login"); err == nil {
		var held any
		held, found = logins.LoadAndDelete(cookie.Value)
		begun, _ = held.(login)
	}
	if !found || query.Get("state") != begun.state {
		http.Error(response, "This login was not begun here, or is over", 400)
		return
	}
	if query.Has("error") {
		http.Error(response, "You were not logged in: "+query.Get("error"), 403)
		return
	}
	answer, err := exchange(query.Get("code"), begun.verifier)
	if err != nil {
		http.Error(response, "The server that logs people in gave no whole answer", 502)
		return
	}
	defer answer.Body.Close()
	var said struct {
		Error       string  `json:"error"`
		Description string  `json:"error_description"`
		ExpiresIn   float64 `json:"expires_in"`
	}
	// Keep its access_token and refresh_token here, on the server.
	err = json.NewDecoder(answer.Body).Decode(&said)
	if err != nil || answer.StatusCode != 200 {
		http.Error(response, said.Error+": "+said.Description, 502)
		return
	}
	fmt.Fprintf(response, "Logged in for %.0f seconds\\n", said.ExpiresIn)
}

func exchange(code, verifier string) (*http.Response, error) {
	form := url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {code},
		"redirect_uri": {redirectURI},
	}
	«form»
	request, err := http.NewRequest("POST", tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	«authorization»
	client := http.Client{Timeout: 20 * time.Second}
	return client.Do(request)
}

func main() {
	«check»
	http.HandleFunc("/login", begin)
	http.HandleFunc(«path», finish)
	fmt.Println("Open /login")
	fail(3, http.ListenAndServe(«listen», nil).Error())
}
"""

_CHALLENGE: Final = [
    "digest := sha256.Sum256([]byte(begun.verifier))",
    "challenge := base64.RawURLEncoding.EncodeToString(digest[:])",
]


def program(values: Values) -> str:
    """The handler, for a client with or without a secret."""
    home = urllib.parse.urlsplit(values.redirect_uri)
    confidential, pkce = not values.public, values.has_pkce
    form = ['form.Set("code_verifier", verifier)'] if pkce else []
    form += [] if confidential else ['form.Set("client_id", clientID)']
    query = ['"code_challenge": {challenge},', '"code_challenge_method": {"S256"},']
    text = fill(
        _PROGRAM,
        imports=['"crypto/sha256"', '"encoding/base64"'] if pkce else [],
        setting=go.SETTING,
        authorize_url=go.WORDS(canonical_url(values.authorize_url)),
        token_url=go.WORDS(canonical_url(values.token_url)),
        redirect_uri=go.WORDS(values.redirect_uri),
        client_id=go.WORDS(values.client_id),
        scope=go.WORDS(values.scope or "openid"),
        challenge=_CHALLENGE if pkce else [],
        pkce=query if pkce else [],
        form=form,
        authorization=(
            [f"request.SetBasicAuth(clientID, {go.WORDS(SECRET)})"] if confidential else []
        ),
        check=[go.WORDS(SECRET)] if confidential else [],
        path=go.WORDS(home.path or "/"),
        listen=go.WORDS(f":{home.port or 8080}"),
    )
    return _aligned(text, 23 if pkce else 15)


def _aligned(text: str, width: int) -> str:
    """The query's keys as gofmt has them: their values in one column."""
    names = ("response_type", "client_id", "scope", "redirect_uri", "state")
    for name in (*names, "code_challenge_method", "code_challenge"):
        key = f'\t\t"{name}": {{'
        text = text.replace(key, f"\t\t{f'{chr(34)}{name}{chr(34)}:':<{width + 2}}{{", 1)
    return text
