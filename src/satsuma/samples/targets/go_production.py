"""Go in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import go, go_authorize

_PROGRAM: Final = """\
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tokenURL = «token_url»
	apiURL   = «api_url»
	clientID = «client_id»
	scope    = «scope»
)

var client = http.Client{
	Timeout: 20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// A token is asked for by one, and whoever needs it meanwhile waits.
var tokens struct {
	sync.Mutex
	value string
	until time.Time
}

var pause struct {
	sync.Mutex
	until time.Time
}

type answer struct {
	status     int
	body       []byte
	retryAfter string
}

«setting»

func token(refused string) string {
	tokens.Lock()
	defer tokens.Unlock()
	if tokens.value != "" && tokens.value != refused && time.Now().Before(tokens.until) {
		return tokens.value
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	request, err := http.NewRequest("POST", tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		fail(3, err.Error())
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(clientID, «secret»)
	got := checked(send(request))
	var said struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   float64 `json:"expires_in"`
	}
	if err := json.Unmarshal(got.body, &said); err != nil || said.AccessToken == "" {
		fail(3, "The answer is no token")
	}
	tokens.value = said.AccessToken
	tokens.until = time.Now().Add(time.Duration(said.ExpiresIn * 0.9 * float64(time.Second)))
	return tokens.value
}

func send(request *http.Request) answer {
	pause.Lock()
	wait := time.Until(pause.until)
	pause.Unlock()
	time.Sleep(wait)
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		fail(3, "No answer: "+err.Error())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		fail(3, "No whole answer: "+err.Error())
	}
	return answer{response.StatusCode, body, response.Header.Get("Retry-After")}
}

func sendWith(value string) answer {
	request, err := http.NewRequest("GET", apiURL, nil)
	if err != nil {
		fail(3, err.Error())
	}
	request.Header.Set("Authorization", "Bearer "+value)
	return send(request)
}

func call() string {
	value := token("")
	got := sendWith(value)
	if got.status == 401 {
		value = token(value)
		got = sendWith(value)
	}
	if got.status == 429 {
		seconds, err := strconv.Atoi(got.retryAfter)
		if err != nil {
			seconds = 1
		}
		pause.Lock()
		pause.until = time.Now().Add(time.Duration(seconds) * time.Second)
		pause.Unlock()
		got = sendWith(value)
	}
	return string(checked(got).body)
}

func checked(got answer) answer {
	if !json.Valid(got.body) {
		fail(3, fmt.Sprintf("HTTP %d, and the answer is not JSON", got.status))
	}
	if got.status/100 != 2 {
		fail(1, fmt.Sprintf("HTTP %d: %s", got.status, got.body))
	}
	return got
}

// Each argument is a round of so many calls at once; without one it is a single call.
func main() {
	rounds := os.Args[1:]
	if len(rounds) == 0 {
		rounds = []string{"1"}
	}
	for _, round := range rounds {
		calls, _ := strconv.Atoi(round)
		var group sync.WaitGroup
		for range calls {
			group.Go(func() { fmt.Println(call()) })
		}
		group.Wait()
	}
}
"""


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return go_authorize.program(values)
    if (step, level) != ("call", "production"):
        return None
    return fill(
        _PROGRAM,
        setting=go.SETTING,
        token_url=go.WORDS(canonical_url(values.token_url)),
        api_url=go.WORDS(canonical_url(values.api_url)),
        client_id=go.WORDS(values.client_id),
        scope=go.WORDS(values.scope),
        secret=go.WORDS(SECRET),
    )
