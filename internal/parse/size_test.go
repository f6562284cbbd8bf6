//go:build !race

package parse

const hostileSize = 13 << 20 // bytes; a fetch lets 15 MB through
