// Package dict holds the word lists that are shipped: <list>.txt for topics to
// name as @list, words.txt for the segmenter; and the table of traditional
// characters, which is no matter of taste and so not configurable.
package dict

import "embed"

// Files are the word lists, at its top.
//
//go:embed *.txt
var Files embed.FS

// Traditional has a traditional character and its simplified form on each line,
// a tab between them.
//
//go:embed traditional.tsv
var Traditional string
