package match

// Urgency says how much a topic presses; it decides who else is told.
type Urgency int

// The urgencies, as they stand in topic files.
const (
	Normal  Urgency = 1 // 一般
	Serious Urgency = 2 // 较大
	Grave   Urgency = 3 // 重大
)

// String is the urgency as officers read it.
func (u Urgency) String() string {
	switch u {
	case Normal:
		return "一般"
	case Serious:
		return "较大"
	case Grave:
		return "重大"
	}
	return "未定"
}

// Topic is an alert rule: what to listen for, who answers, and by when.
//
// It fires on a post when at least one entry of Any is found (if there are any),
// every entry of All is found, and no entry of None is found, over the title and
// the text together. An entry is a word, or @name for a list of dict/: a list is
// found when one of its words is.
type Topic struct {
	Name     string   // 供水; unique
	Unit     string   // the unit that answers; may be empty and come from the configuration
	Ladder   string   // reply, general, major, written or disclosure
	Urgency  Urgency  // Normal when not given
	Any      []string // entries
	All      []string
	None     []string
	Examples Examples
	File     string // where it was defined, as a path inside the fs.FS that was read
	Line     int    // from 1
}

// Examples are texts that hold a topic to its purpose; Set.CheckExamples runs
// them.
type Examples struct {
	Match []Example // must fire the topic
	Skip  []Example // must not
}

// Example is one such text and the line it stands on.
type Example struct {
	Text string
	Line int
}

// ladders are the names a topic may use; the first is the default.
var ladders = []string{"reply", "general", "major", "written", "disclosure"}

// Limits on what is read. They are far above real use: they keep a wrong file
// (a log, an archive) from being taken for topics or words.
const (
	maxFile     = 4 << 20 // bytes of one file
	maxWord     = 32      // runes of one word
	maxWords    = 200_000 // words of all lists, and entries of all topics
	maxTopics   = 1_000
	maxAll      = 64    // entries of one topic's `all`
	maxExample  = 2_000 // runes
	maxName     = 40    // runes of a topic's or list's name
	maxListNest = 16    // @list inside @list
)
