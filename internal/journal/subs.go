package journal

// PutSubscription keeps a subscription to pushes under its ID. It holds the secret that
// its pushes are signed with: the journal's file is nobody else's to read.
func (t *Tx) PutSubscription(id string, v any) error { return t.put(bSubs, []byte(id), v) }

// DropSubscription forgets a subscription; one that is not held is no error.
func (t *Tx) DropSubscription(id string) error { return t.tx.Bucket(bSubs).Delete([]byte(id)) }

// Subscriptions calls f with the ID and the JSON of every subscription, which are good
// until f returns.
func (t *Tx) Subscriptions(f func(id string, raw []byte) error) error {
	return t.each(bSubs, nil, func(k, v []byte) error { return f(string(k), v) })
}
