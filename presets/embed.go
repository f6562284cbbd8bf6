// Package presets holds what is known of common forum and site software, one YAML file
// for each: how the address a person opens becomes the address that is polled, and where
// things are in the answer. Every key is explained in internal/preset.
package presets

import "embed"

// Files are the presets, at its top: <name>.yaml.
//
//go:embed *.yaml
var Files embed.FS
