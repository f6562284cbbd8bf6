// Package schedule is the room that decides when each source is read: it learns
// at which hours a source gets posts, and shares a budget of requests among all
// of them so that a post is read soon after it was written. It is pure: it knows
// no clock, no disk and no network.
//
// # The rule
//
// Let source i get λᵢ(t) posts an hour, and let it be polled ρᵢ(t) times an hour.
// A post waits for half the time between two polls, 1/2ρᵢ on average, so all posts
// together wait Σᵢ ∫ λᵢ/2ρᵢ dt, which is to be least while Σᵢ ∫ ρᵢ dt, the number
// of requests, is given. With a price p for a request (a Lagrange multiplier) each
// source and each hour stands for itself: λ/2ρ + pρ is least at
//
//	ρᵢ(t) = √λᵢ(t) / μ,   μ = √2p
//
// It is the square root across sources, as in Sia, Cho and Cho, "Efficient
// Monitoring Algorithm for Fast News Alerts" (IEEE Transactions on Knowledge and
// Data Engineering 19(7), 2007), section 4: polls mᵢ ∝ √λᵢ. And it is the square
// root within the day too. There the paper's condition for the best moments
// τ of one source, λ(τⱼ)(τⱼ₊₁−τⱼ) = ∫ λ dt from τⱼ₋₁ to τⱼ, makes a gap g follow
// d(ln g)/dt = −½ d(ln λ)/dt when λ changes little from one poll to the next,
// which is g ∝ 1/√λ again. Placing polls in proportion to λ itself, as "polls
// follow the rate" may be read, gives too many to the busy hours.
//
// A source's [Bounds] cut ρ off: what lies outside goes to the nearest bound, the
// best there is for a convex cost, and the others share what is left. μ is found
// so that the mean over a week, summed over the sources, is the budget ([NewPace]).
// The next poll is where ∫ρ dt since the last one reaches one ([Pace.Next]).
package schedule

import "time"

// The bounds of a source that names none.
const (
	DefaultFloor   = time.Minute
	DefaultCeiling = 30 * time.Minute
)

// Bounds are the shortest and the longest time between two polls of a source. A
// bound that is not above zero is the default one; a ceiling below the floor is
// the floor.
type Bounds struct{ Floor, Ceiling time.Duration }

// or puts the defaults in.
func (b Bounds) or() Bounds {
	if b.Floor <= 0 {
		b.Floor = DefaultFloor
	}
	if b.Ceiling <= 0 {
		b.Ceiling = DefaultCeiling
	}
	b.Ceiling = max(b.Ceiling, b.Floor)
	return b
}

// density cuts polls an hour off at the bounds.
func (b Bounds) density(perHour float64) float64 {
	return min(max(perHour, 1/b.Ceiling.Hours()), 1/b.Floor.Hours())
}

// Source is what [NewPace] must know of a source.
type Source struct {
	Habit
	Bounds
}
