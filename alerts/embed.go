// Package alerts holds the topics that are shipped: one YAML file for each.
package alerts

import "embed"

// Files are the topic files, at its top.
//
//go:embed *.yaml
var Files embed.FS
