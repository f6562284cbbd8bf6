package app

import (
	"encoding/json"
	"net/http"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/inbox"
)

// inboxPath is where other programs of the office send letters to.
const inboxPath = "/inbox"

// newInbox makes what takes letters in, also when no other program may send any: a ledger
// goes the same way.
func (a *App) newInbox() *inbox.Inbox {
	o := inbox.Options{
		Desk: a.pipeline, Units: a.pipeline.UnitNames(), Address: inboxAddress(a.cfg.Receive), Observe: a.metrics.Posts, Now: time.Now, Log: a.log,
	}
	for _, s := range a.cfg.Sources {
		if s.Inbox != nil {
			o.Sources = append(o.Sources, inbox.Source{Name: s.Name, Token: s.Inbox.Token.Reveal(), Zone: s.Zone})
		}
	}
	if d := disclosure(a.cfg); d.Board != "" {
		o.Page = d.Page
	}
	return inbox.New(o)
}

// inboxAddress is the inbox's as others see it.
func inboxAddress(r config.Receive) string {
	if r.URL != "" {
		return r.URL + inboxPath
	}
	return "http://" + r.Listen + inboxPath
}

// receiveHandler serves what other programs call.
func (a *App) receiveHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(inboxPath, a.inbox)
	if a.websub != nil {
		mux.Handle(pushPath+"/{id}", a.websub)
	}
	return mux
}

// takeLetters registers letters that a command reads from a ledger: source=…, and lines=…
// as NDJSON. The answer is JSON.
func (a *App) takeLetters(r *http.Request) (string, error) {
	answer, err := a.inbox.Take(r.Context(), r.FormValue("source"), []byte(r.FormValue("lines")))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(answer)
	return string(text), err
}
