// Package dict holds the word lists that are shipped: <list>.txt for topics to
// name as @list, and words.txt for the segmenter.
package dict

import "embed"

// Files are the word lists, at its top.
//
//go:embed *.txt
var Files embed.FS
