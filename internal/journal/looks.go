package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
)

// PutLook queues a look at a page. One that is queued for the same page of the same case
// for the same purpose is replaced.
func (t *Tx) PutLook(l cases.Look) error { return t.put(bLooks, []byte(l.ID()), l) }

// DropLook takes a look off the queue; false when it was not there.
func (t *Tx) DropLook(l cases.Look) (bool, error) {
	looks := t.tx.Bucket(bLooks)
	if looks.Get([]byte(l.ID())) == nil {
		return false, nil
	}
	return true, looks.Delete([]byte(l.ID()))
}

// Looks returns at most max of the looks that are due: those at answers first, for which
// somebody waits, and then those that were due first.
func (t *Tx) Looks(now time.Time, max int) (due []cases.Look, err error) {
	err = t.each(bLooks, nil, func(k, v []byte) error {
		var l cases.Look
		if err := json.Unmarshal(v, &l); err != nil {
			return fmt.Errorf("journal: look %q: %w", k, err)
		}
		if !l.At.After(now) {
			due = append(due, l)
		}
		return nil
	})
	slices.SortStableFunc(due, func(a, b cases.Look) int {
		if a.Post == "" != (b.Post == "") {
			return strings.Compare(a.Post, b.Post)
		}
		return a.At.Compare(b.At)
	})
	return due[:min(len(due), max)], err
}

// PutPage remembers the last look at a post's page.
func (t *Tx) PutPage(l cases.Look) error { return t.put(bPages, pair(l.Case, l.Post), l) }

// DropPage forgets a post's page, and the look that is queued for it.
func (t *Tx) DropPage(number, post string) error {
	l := cases.Look{Case: number, Post: post}
	if err := t.tx.Bucket(bLooks).Delete([]byte(l.ID())); err != nil {
		return err
	}
	return t.tx.Bucket(bPages).Delete(pair(number, post))
}

// Pages returns the last looks at the pages of a case's posts.
func (t *Tx) Pages(number string) (pages []cases.Look, err error) {
	return pages, t.each(bPages, pair(number, ""), func(k, v []byte) error {
		var l cases.Look
		if err := json.Unmarshal(v, &l); err != nil {
			return fmt.Errorf("journal: page %q: %w", k, err)
		}
		pages = append(pages, l)
		return nil
	})
}

// OfferKey names a post in the data of a button, which is short.
func OfferKey(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// PutOffer remembers the address of a post that may answer a case.
func (t *Tx) PutOffer(number, id, url string) error {
	return t.put(bOffers, pair(number, OfferKey(id)), url)
}

// Offer returns the address of the post that was offered as an answer to a case under a
// key; empty when none was.
func (t *Tx) Offer(number, key string) (url string, err error) {
	_, err = t.get(bOffers, pair(number, key), &url)
	return url, err
}
