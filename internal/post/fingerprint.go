package post

// Fingerprint is what is kept of a post to know it again: the same told again, by its
// Sketch, or in other words, by its Gist.
type Fingerprint struct {
	Sketch Sketch `json:"sketch"`
	Gist   Gist   `json:"gist,omitempty"`
}

// FingerprintOf reads a post's title and text.
func FingerprintOf(title, text string) Fingerprint {
	return Fingerprint{SketchOf(title, text), GistOf(title, text)}
}
