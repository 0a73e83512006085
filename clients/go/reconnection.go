package qtasks

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstWait = 50 * time.Millisecond
	mostWait  = 2 * time.Second
)

// reconnection are waits that grow with every failure, with jitter, and start afresh on
// success.
type reconnection struct{ failures int }

func (r *reconnection) succeeded() { r.failures = 0 }

func (r *reconnection) delay() time.Duration {
	wait := min(mostWait, firstWait<<min(r.failures, 10))
	r.failures++
	// Down to a half, so that a fleet does not come back at once.
	return wait/2 + rand.N(wait/2)
}

// sleep waits after one more failure; an error when the context ends before.
func (r *reconnection) sleep(ctx context.Context) error {
	timer := time.NewTimer(r.delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
