package chat

import (
	"context"
	"time"

	"huiyin/internal/cases"
)

// Desk is where what people do in the chat becomes true. Every method that changes
// something has committed when it returns without an error; the same update twice
// changes nothing; a string that is said is the sentence to show.
type Desk interface {
	// Who returns the person a chat is bound to; empty for a stranger.
	Who(chat int64) (name string, err error)
	// Reachable notes that somebody who had blocked the bot wrote again.
	Reachable(name string) error
	// Leads tells whether the person is a leader: reads the digest of all, and sees all cases.
	Leads(name string) bool
	// Heads tells whether the person is the head of some unit: reads a digest of it.
	Heads(name string) bool
	// Answers tells whether the person is of some unit.
	Answers(name string) bool
	// Administers tells whether the person invites people and silences topics.
	Administers(name string) bool
	// UnitNames lists the units that a case can be transferred to.
	UnitNames() []string
	// UnitsOf lists the units of which a person is.
	UnitsOf(name string) []string

	// Bind ties the chat to the person whom the code invites, and queues welcome.
	// An empty name means that the code is not good.
	Bind(update, chat int64, code string, welcome func(name string) string) (name string, err error)
	// BindGroup makes a group that of a unit; what is said is for the group.
	BindGroup(update, chat int64, by, unit string) (said string, err error)
	// Unbind ends the tie of a person to a chat, and queues what there is to say.
	Unbind(update int64, by, name string) (said string, err error)
	// Invite makes a one-time code by which a person binds a chat.
	Invite(name string) (code string, err error)

	// Act does something to a case, or says why not. For an act that came as a message
	// the sentence is queued too.
	Act(a cases.Act) (said string, err error)
	// Answer queues a message to a person as the answer to an update.
	Answer(update int64, name, html string, buttons ...cases.Button) error
	// AnswerWith queues an answer as Answer does, and a picture after it.
	AnswerWith(update int64, name, html string, picture cases.Picture) error
	// Show sends a case's card anew; why tells why not.
	Show(update int64, name, number string) (why string, err error)
	// Register makes a case of a letter, and queues what there is to say.
	Register(l cases.Letter) error

	// Number is the case that somebody means; false when it is no number of a case.
	Number(typed string) (number string, ok bool)
	// History returns a case that the person may read, with all that happened to it.
	History(name, number string) (c cases.Case, events []cases.Event, ok bool, err error)
	// Todo returns the open cases that a person has to see to, those due first first.
	Todo(name string) ([]cases.Case, error)

	// Duties tells who is on duty in the units that the person belongs to.
	Duties(name string) ([]cases.Duty, error)
	// Swap puts somebody on duty for a day, and Off registers leave; days are such as
	// 2026-11-24. Both queue what there is to say.
	Swap(update int64, by, name, day string) (said string, err error)
	Off(update int64, by, name, from, until string) (said string, err error)
	// Mute silences a topic until a time, or no longer; Mutes lists until when.
	Mute(topic string, until time.Time) error
	Mutes() (map[string]time.Time, error)
}

// Outbox is the queue of what the chat owes.
type Outbox interface {
	// Outgoing lists it, what presses most first.
	Outgoing(ctx context.Context) ([]cases.Outgoing, error)
	// Begin commits that the sending of one begins and makes it ready; false when it
	// is not to be sent now.
	Begin(seq uint64) (cases.Parcel, bool, error)
	// Delivered commits that Telegram confirmed it as that message.
	Delivered(p cases.Parcel, message int) error
	// Failed commits that it surely did not arrive and is to be tried again.
	Failed(p cases.Parcel) error
	// Gone commits that the message to edit is no more: a new one is to be sent.
	Gone(p cases.Parcel) error
	// Blocked commits that the person or group cannot be reached until further notice.
	Blocked(p cases.Parcel) error
	// Refused commits that Telegram will never take it.
	Refused(p cases.Parcel, reason string) error
}
