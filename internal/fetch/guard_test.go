package fetch

import (
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"1.1.1.1": true, "114.114.114.114": true, "223.5.5.5": true, "2400:3200::1": true, "2606:4700::1111": true,
		"::ffff:8.8.8.8": true, "64:ff9b::808:808": true,

		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "::": false, "0.0.0.0": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fd00::1": false, "fc00::1": false,
		"100.64.0.1": false, "100.127.255.255": false, "224.0.0.1": false, "239.1.1.1": false, "ff02::1": false,
		"255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.2.1": false, "192.0.0.8": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001:0:1::1": false,
		"2001:db8::1": false, "fec0::1": false, "100::1": false,
	} {
		if got := public(netip.AddrPortFrom(netip.MustParseAddr(addr), 80)); got != want {
			t.Errorf("public(%s) = %v", addr, got)
		}
	}
}

func TestAllowList(t *testing.T) {
	l := newAllowList([]string{"Intranet.example.cn", "10.0.0.5:8080", "[::1]:80", "fd00::7"})
	for addr, want := range map[string]bool{
		"intranet.example.cn:80": true, "INTRANET.example.cn.:443": true, "10.0.0.5:8080": true, "[::1]:80": true, "[fd00::7]:443": true,
		"10.0.0.5:8081": false, "[::1]:81": false, "example.cn:80": false, "x.intranet.example.cn:80": false, "no-port": false,
	} {
		if got := l.has(addr); got != want {
			t.Errorf("has(%s) = %v", addr, got)
		}
	}
}
