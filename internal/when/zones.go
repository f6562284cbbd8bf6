package when

import (
	"regexp"
	"strings"
	"time"
)

// zoneHours are the zone names feeds use, in hours from UTC. CST is in none of
// them: it is the source's own zone where that is called so (China), else the
// American one.
var zoneHours = map[string]float64{
	"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"IST": 5.5, "ICT": 7, "HKT": 8, "SGT": 8, "PHT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
	"CST": -6, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}

var offsetRe = regexp.MustCompile(`([+-])(\d{1,2}?):?(\d{2})?$`)

// zoneOf turns what stands behind a time into a location: the zone of now when
// nothing does.
func zoneOf(s string, now time.Time) (*time.Location, bool) {
	if s == "" {
		return now.Location(), true
	}
	if m := offsetRe.FindStringSubmatch(s); m != nil {
		sec := atoi(m[2])*3600 + atoi(m[3])*60
		if m[1] == "-" {
			sec = -sec
		}
		return time.FixedZone("", sec), sec > -86400 && sec < 86400
	}
	if own, _ := now.Zone(); strings.EqualFold(own, s) {
		return now.Location(), true
	}
	h, ok := zoneHours[s]
	if !ok {
		return now.Location(), true // a word behind the time that is no zone
	}
	return time.FixedZone(s, int(h*3600)), true
}

const monthPattern = `(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?`

var (
	dayFirst   = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)?[\s-]+` + monthPattern + `,?[\s-]+(\d{4}|\d{2})\b,?\s*(?:at\s+)?` + clockPattern + zonePattern)
	monthFirst = regexp.MustCompile(`(?i)\b` + monthPattern + `\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b,?\s*(?:at\s+)?` + clockPattern + zonePattern)
	yearless   = regexp.MustCompile(`(?i)\b(?:` + monthPattern + `\s+(\d{1,2})|(\d{1,2})\s+` + monthPattern + `)(?:st|nd|rd|th)?(?:,?\s*(?:at\s+)?` + clockPattern + `)\s*$`)
	unixDate   = regexp.MustCompile(`(?i)\b` + monthPattern + `\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\s+([A-Z]{1,5}|[+-]\d{4}))?\s+(\d{4})\b`)
)

var months = map[string]int{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}

// readEnglish reads the forms of RFC 822 and its relatives, with any zone or none.
func readEnglish(s string, now time.Time) (time.Time, bool) {
	var y, mo, d int
	var clock clock
	var ok bool
	var zoneText string
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		d, mo, y = atoi(m[1]), months[strings.ToLower(m[2])], atoi(m[3])
		clock, ok = clockOf(m[4:9])
		zoneText = m[9]
	} else if m := unixDate.FindStringSubmatch(s); m != nil {
		mo, d, y = months[strings.ToLower(m[1])], atoi(m[2]), atoi(m[7])
		clock, ok = clockOf([]string{"", m[3], m[4], m[5], ""})
		zoneText = m[6]
	} else if m := monthFirst.FindStringSubmatch(s); m != nil {
		mo, d, y = months[strings.ToLower(m[1])], atoi(m[2]), atoi(m[3])
		clock, ok = clockOf(m[4:9])
		zoneText = m[9]
	}
	if y < 100 {
		y += 2000
	}
	zone, known := zoneOf(strings.ToUpper(zoneText), now)
	return clock.on(y, mo, d, zone), ok && known && validDate(y, mo, d)
}

// readEnglishMD reads Nov 21, 08:30 and 21 Nov, the last one before now.
func readEnglishMD(s string, now time.Time) (time.Time, bool) {
	m := yearless.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	c, ok := clockOf(m[5:10])
	t, found := lastYear(c, months[strings.ToLower(m[1]+m[4])], atoi(m[2]+m[3]), now)
	return t, ok && found
}
