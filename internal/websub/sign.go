package websub

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// Why a push is discarded.
var (
	errUnsigned  = errors.New("no signature")
	errAlgorithm = errors.New("unknown algorithm of the signature")
	errForged    = errors.New("wrong signature")
)

// algorithms are those of section 7.1.1. SHA-1 is among them because it is all that most
// hubs, the largest included, can do. That collisions of it were found does not help
// anybody to forge an HMAC without its key.
var algorithms = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// verify tells why body is not signed with secret by a header such as sha256=0123…; nil
// when it is. How long it takes does not tell how much of a signature is right.
func verify(header, secret string, body []byte) error {
	if header == "" {
		return errUnsigned
	}
	method, signature, _ := strings.Cut(strings.TrimSpace(header), "=")
	algorithm := algorithms[strings.ToLower(method)]
	if algorithm == nil {
		return errAlgorithm
	}
	got, err := hex.DecodeString(signature)
	mac := hmac.New(algorithm, []byte(secret))
	mac.Write(body)
	if err != nil || !hmac.Equal(got, mac.Sum(nil)) {
		return errForged
	}
	return nil
}
