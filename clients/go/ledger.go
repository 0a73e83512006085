package qtasks

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	// maxOutbox: events that wait to be sent; who sends more waits for room.
	maxOutbox      = 512
	maxOutboxBytes = 4 << 20
	// overhead is what a message takes beside its payload, roughly.
	overhead = 64

	maxMargin = 2 * time.Second
)

var errEnded = errors.New("qtasks: the attempt has ended")

type leaseKey struct {
	task string
	id   int64
}

func keyOf(lease *qtasksv1.Lease) leaseKey {
	return leaseKey{task: lease.GetTaskId(), id: lease.GetLeaseId()}
}

// lease is a task that the worker holds. The ledger's lock guards it.
type lease struct {
	assign   *qtasksv1.Assign
	received time.Time
	// begun is when it began to run; zero while it waits.
	begun time.Time
	// told: the broker knows that it began.
	told bool
	// ended: its outcome is in the outbox, or nobody wants it; no event comes after.
	ended bool
	// sent: its outcome was sent; it is held until that is stored.
	sent bool
	// reported is how many events were sent.
	reported int64
	// cancelled is why it should stop, once somebody asked.
	cancelled *Stop
	// asks are the questions it waits on.
	asks map[string]chan *Payload
	// attempt runs it.
	attempt *attempt
}

// item is something a running task has to say: an event or its outcome.
type item struct {
	lease  *lease
	event  *Event
	settle *qtasksv1.Settle
	size   int
}

// ledger is what a worker holds, and what it has to say until the broker has stored it.
// Nothing under its lock waits, so that neither a task nor the stream blocks the other.
type ledger struct {
	mu sync.Mutex
	// bell wakes who writes to the stream.
	bell chan struct{}

	leases map[leaseKey]*lease
	// unsettled are leases whose outcome was not sent.
	unsettled int
	// backlog are leases that wait for a slot, oldest first.
	backlog []*lease
	// began are leases that began to run and were not told of, oldest first.
	began []*lease

	outbox      []item
	outboxCount int
	outboxBytes int
	// room is closed when there is room in the outbox.
	room chan struct{}

	frames  frames
	credits credits

	leaseLength  time.Duration
	trustedUntil time.Time
	maxPayload   int
}

func newLedger(settings *workerSettings) *ledger {
	return &ledger{
		bell:       make(chan struct{}, 1),
		leases:     map[leaseKey]*lease{},
		room:       make(chan struct{}),
		maxPayload: maxPayload,
		credits: credits{
			slots: settings.slots, ahead: settings.prefetchAhead,
			most: settings.prefetchMost,
		},
	}
}

// ring wakes who writes.
func (l *ledger) ring() {
	select {
	case l.bell <- struct{}{}:
	default: // it was rung
	}
}

func (l *ledger) crowded() bool {
	return l.outboxCount >= maxOutbox || l.outboxBytes >= maxOutboxBytes
}

// putEvent sends an event out once there is room.
func (l *ledger) putEvent(ctx context.Context, of *lease, event *Event, size int) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.mu.Lock()
		if of.ended {
			l.mu.Unlock()
			return errEnded
		}
		if !l.crowded() {
			l.outbox = append(l.outbox, item{lease: of, event: event, size: size})
			l.outboxCount++
			l.outboxBytes += size
			l.mu.Unlock()
			l.ring()
			return nil
		}
		room := l.room
		l.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
}

// putSettle sends an outcome out, unless one was; with the lock held.
func (l *ledger) putSettle(of *lease, settle *qtasksv1.Settle, size int) bool {
	if of.ended {
		return false
	}
	of.ended = true
	settle.Lease = of.assign.GetLease()
	l.outbox = append(l.outbox, item{lease: of, settle: settle, size: size})
	l.ring()
	return true
}

// take is what waits, oldest first, up to about this many bytes; with the lock held.
func (l *ledger) take(limit int) []item {
	size, count := 0, 0
	for _, one := range l.outbox {
		if size >= limit {
			break
		}
		size += one.size + overhead
		count++
		if one.event != nil {
			l.outboxCount--
			l.outboxBytes -= one.size
		}
	}
	taken := l.outbox[:count:count]
	if l.outbox = l.outbox[count:]; len(l.outbox) == 0 {
		l.outbox = nil
	}
	if count > 0 && !l.crowded() {
		close(l.room)
		l.room = make(chan struct{})
	}
	return taken
}

// hold takes a task; with the lock held.
func (l *ledger) hold(assign *qtasksv1.Assign, now time.Time) *lease {
	taken := &lease{assign: assign, received: now}
	l.leases[keyOf(assign.GetLease())] = taken
	l.unsettled++
	return taken
}

// drop holds a task no more; with the lock held.
func (l *ledger) drop(key leaseKey) *lease {
	dropped := l.leases[key]
	if dropped == nil {
		return nil
	}
	delete(l.leases, key)
	dropped.ended = true
	if !dropped.sent {
		l.unsettled--
	}
	return dropped
}

// holds tells whether a lease is still held; with the lock held.
func (l *ledger) holds(one *lease) bool {
	return l.leases[keyOf(one.assign.GetLease())] == one
}

// heard trusts the leases again, because a broker was heard; with the lock held. The
// storage alone decides when a lease ends: the worker stops trusting its own before that.
func (l *ledger) heard(now time.Time) {
	l.trustedUntil = now.Add(l.leaseLength - min(maxMargin, l.leaseLength/5))
}

// present is the leases as a hello presents them; with the lock held.
func (l *ledger) present() []*qtasksv1.HeldLease {
	l.began = nil // the hello tells
	held := make([]*qtasksv1.HeldLease, 0, len(l.leases))
	for _, one := range l.leases {
		one.told = !one.begun.IsZero()
		presented := &qtasksv1.HeldLease{Lease: one.assign.GetLease(), Started: one.told}
		for ask := range one.asks {
			presented.AskIds = append(presented.AskIds, ask)
		}
		held = append(held, presented)
	}
	return held
}

// dropOthers drops what the broker says does not stand; with the lock held.
func (l *ledger) dropOthers(standing []*qtasksv1.Lease) []*lease {
	stands := make(map[leaseKey]bool, len(standing))
	for _, one := range standing {
		stands[keyOf(one)] = true
	}
	var lost []*lease
	for key := range l.leases {
		if !stands[key] {
			lost = append(lost, l.drop(key))
		}
	}
	return lost
}
