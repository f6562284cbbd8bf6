//go:build race

package parse

const hostileSize = 2 << 20 // bytes; under the race detector all takes ten times as long, and nothing here is concurrent
