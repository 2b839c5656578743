// A small application with a login; what it needs to know of the issuer stands in provider.go, which a page shows.
package main

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"os"

	"golang.org/x/oauth2"
)

func main() {
	provider, verifier, config := connect(os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"))
	state, codeVerifier := rand.Text(), oauth2.GenerateVerifier()

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, loginURL(config, state, codeVerifier), http.StatusFound)
	})
	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("state") != state {
			http.Error(w, "another state", http.StatusBadRequest)
			return
		}
		token, err := exchange(r.Context(), config, r.FormValue("code"), codeVerifier)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		idToken, err := verifier.Verify(r.Context(), token.Extra("id_token").(string))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		info, err := provider.UserInfo(r.Context(), config.TokenSource(r.Context(), token))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		again, err := config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{
			"sub": idToken.Subject, "email": info.Email, "refreshed": again.AccessToken != token.AccessToken,
		})
	})
	http.ListenAndServe("127.0.0.1:"+os.Args[1], nil)
}
