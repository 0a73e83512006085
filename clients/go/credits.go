package qtasks

import "time"

const (
	smoothing      = 0.3
	shortestSample = 5 * time.Millisecond
)

// credits say how many tasks to ask for: the slots, and as many ahead of them as were
// worked off in a moment. So a worker of short tasks never waits for the wire, and one of
// long tasks hoards nothing. A grant goes with whatever else is said.
type credits struct {
	slots int
	// ahead is how long the work fetched ahead should last, and most how many it may be.
	ahead time.Duration
	most  int

	rate    float64 // tasks a second
	sampled time.Time
	count   int
	closed  bool
	// granted is credit that the broker has and did not use.
	granted int
}

// settled notes that tasks were worked off.
func (c *credits) settled(count int, now time.Time) {
	c.count += count
	elapsed := now.Sub(c.sampled)
	if elapsed < shortestSample {
		return
	}
	sample := float64(c.count) / elapsed.Seconds()
	// A pause without work says nothing about speed, a burst does.
	if sample > c.rate {
		c.rate = sample
	} else {
		c.rate += smoothing * (sample - c.rate)
	}
	c.sampled, c.count = now, 0
}

// assigned notes that the broker used credit.
func (c *credits) assigned(count int) { c.granted = max(0, c.granted-count) }

// stall notes that fetched tasks could not be started: fetch no more ahead.
func (c *credits) stall() { c.rate = 0 }

// grant is the credit to give now, for a worker that has these many tasks.
func (c *credits) grant(unsettled int) int {
	ahead := min(c.most, int(c.rate*c.ahead.Seconds()))
	room := c.slots + ahead - unsettled - c.granted
	if c.closed || room <= 0 {
		return 0
	}
	c.granted += room
	return room
}

// restart is the credit for a new stream: what the old one had is void.
func (c *credits) restart(unsettled int) int {
	c.granted = 0
	return c.grant(unsettled)
}
