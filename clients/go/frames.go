package qtasks

import (
	"time"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	maxFrameBytes = 2 << 20
	// Past these, events wait in the outbox, which makes whoever yields them wait: they
	// would only grow old on the way.
	maxUnackedBytes  = 16 << 20
	maxUnackedEvents = 6144

	// tellAfter: that a task began is not worth a message if it ends at once.
	tellAfter = 5 * time.Millisecond
)

// frames are what the worker said, numbered, and kept until it is acknowledged.
type frames struct {
	unacked []*sentFrame
	bytes   int
	events  int
	number  int64
}

type sentFrame struct {
	frame   *qtasksv1.ConnectRequest
	bytes   int
	events  int
	settled []leaseKey
}

func (f *frames) hasRoom() bool {
	return f.bytes < maxUnackedBytes && f.events < maxUnackedEvents
}

// acknowledged notes what is stored; true when the writer waited for that. With the lock
// held.
func (l *ledger) acknowledged(number int64) bool {
	crowded := !l.frames.hasRoom()
	for len(l.frames.unacked) > 0 && l.frames.unacked[0].frame.GetFrame() <= number {
		sent := l.frames.unacked[0]
		l.frames.unacked = l.frames.unacked[1:]
		l.frames.bytes -= sent.bytes
		l.frames.events -= sent.events
		for _, key := range sent.settled {
			l.drop(key)
		}
	}
	return crowded
}

// again is the frames to send on a new stream, as they were; with the lock held.
func (l *ledger) again() []*qtasksv1.ConnectRequest {
	var again []*qtasksv1.ConnectRequest
	for _, sent := range l.frames.unacked {
		sent.frame.Credit = 0 // the hello gave all there is
		again = append(again, sent.frame)
	}
	return again
}

// waits tells whether something is to be said or to be acknowledged; with the lock held.
func (l *ledger) waits() bool { return len(l.outbox) > 0 || len(l.frames.unacked) > 0 }

// next is everything that waits as one frame, nil when nothing does; with the lock held.
func (l *ledger) next(now time.Time) *qtasksv1.ConnectRequest {
	sent := &sentFrame{frame: &qtasksv1.ConnectRequest{}}
	frame := sent.frame
	if l.frames.hasRoom() {
		l.fill(sent, now)
	}
	l.fillStarted(frame, now)
	frame.Credit = int32(l.credits.grant(l.unsettled))
	if len(frame.GetEvents())+len(frame.GetSettles())+len(frame.GetStarted()) > 0 {
		l.frames.number++
		frame.Frame = l.frames.number
		l.frames.unacked = append(l.frames.unacked, sent)
		l.frames.bytes += sent.bytes
		l.frames.events += sent.events
		return frame
	}
	if frame.GetCredit() > 0 {
		return frame
	}
	return nil
}

func (l *ledger) fill(sent *sentFrame, now time.Time) {
	settled := 0
	reports := map[*lease]*qtasksv1.LeaseEvents{}
	for _, one := range l.take(maxFrameBytes) {
		if !l.holds(one.lease) {
			continue // lost meanwhile
		}
		sent.bytes += one.size
		if one.settle != nil {
			sent.frame.Settles = append(sent.frame.Settles, one.settle)
			sent.settled = append(sent.settled, keyOf(one.lease.assign.GetLease()))
			one.lease.sent = true
			l.unsettled--
			if one.settle.GetGivenBack() == nil {
				settled++
			}
			continue
		}
		report := reports[one.lease]
		if report == nil {
			report = &qtasksv1.LeaseEvents{
				Lease: one.lease.assign.GetLease(), First: one.lease.reported + 1,
			}
			reports[one.lease] = report
			sent.frame.Events = append(sent.frame.Events, report)
		}
		one.lease.reported++
		sent.events++
		report.Events = append(report.Events, one.event)
	}
	if settled > 0 {
		l.credits.settled(settled, now)
	}
}

func (l *ledger) fillStarted(frame *qtasksv1.ConnectRequest, now time.Time) {
	for len(l.began) > 0 && now.Sub(l.began[0].begun) >= tellAfter {
		one := l.began[0]
		l.began = l.began[1:]
		if !one.ended && !one.told {
			one.told = true
			frame.Started = append(frame.Started, one.assign.GetLease())
		}
	}
}

// pause is how long there is nothing to do unless the bell rings; with the lock held.
func (l *ledger) pause(now time.Time, beat time.Time, stale time.Duration) time.Duration {
	until := beat
	if len(l.began) > 0 {
		until = earlier(until, l.began[0].begun.Add(tellAfter))
	}
	if len(l.backlog) > 0 {
		until = earlier(until, l.backlog[0].received.Add(stale))
	}
	return max(until.Sub(now), time.Millisecond)
}

func earlier(one, other time.Time) time.Time {
	if other.Before(one) {
		return other
	}
	return one
}
