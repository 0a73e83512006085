package qtasks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

var start = time.Unix(1_000_000, 0)

func testLedger(slots int) *ledger {
	return newLedger(&workerSettings{slots: slots, prefetchMost: 100, prefetchAhead: 50 * time.Millisecond})
}

func assign(id int64) *qtasksv1.Assign {
	return &qtasksv1.Assign{Lease: &qtasksv1.Lease{TaskId: fmt.Sprint("task-", id), LeaseId: id}}
}

func yielded(text string) *Event {
	return &Event{Event: &qtasksv1.TaskEvent_Yielded{
		Yielded: &qtasksv1.Yielded{Value: jsonPayload(text)},
	}}
}

func put(t *testing.T, l *ledger, of *lease, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := l.putEvent(context.Background(), of, yielded(text), len(text)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEventsAreNumberedPerLeaseAndComeBeforeTheOutcome(t *testing.T) {
	l := testLedger(2)
	one, two := l.hold(assign(1), start), l.hold(assign(2), start)
	put(t, l, one, "1")
	put(t, l, two, "2")
	put(t, l, one, "3")
	first := l.next(start)
	put(t, l, one, "4")
	l.putSettle(one, cancelledSettle(""), 0)
	second := l.next(start)
	if first.GetFrame() != 1 || second.GetFrame() != 2 {
		t.Errorf("frames %d and %d", first.GetFrame(), second.GetFrame())
	}
	if len(first.GetEvents()) != 2 || first.GetEvents()[0].GetFirst() != 1 ||
		len(first.GetEvents()[0].GetEvents()) != 2 {
		t.Errorf("the first has %v", first.GetEvents())
	}
	if second.GetEvents()[0].GetFirst() != 3 || len(second.GetSettles()) != 1 {
		t.Errorf("the second has %v", second)
	}
	if err := l.putEvent(context.Background(), one, yielded("5"), 1); !errors.Is(err, errEnded) {
		t.Errorf("an event after the outcome: %v", err)
	}
	if l.putSettle(one, cancelledSettle("again"), 0) {
		t.Error("a second outcome is taken")
	}
}

func TestFramesAreKeptUntilTheyAreAcknowledged(t *testing.T) {
	l := testLedger(2)
	one, two := l.hold(assign(1), start), l.hold(assign(2), start)
	put(t, l, one, "1")
	l.next(start)
	l.putSettle(one, cancelledSettle(""), 0)
	l.next(start)
	put(t, l, two, "2")
	l.next(start)
	numbers := func() (numbers []int64) {
		for _, frame := range l.again() {
			if frame.GetCredit() != 0 {
				t.Error("credit is given twice")
			}
			numbers = append(numbers, frame.GetFrame())
		}
		return numbers
	}
	if got := numbers(); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("all: %v", got)
	}
	if l.acknowledged(1); !l.holds(one) {
		t.Error("a lease is forgotten before its outcome is stored")
	}
	if l.acknowledged(2); l.holds(one) || !l.holds(two) {
		t.Error("a lease is held whose outcome is stored")
	}
	if got := numbers(); !slices.Equal(got, []int64{3}) {
		t.Errorf("the rest: %v", got)
	}
	l.acknowledged(3)
	if l.waits() || l.frames.bytes != 0 || l.frames.events != 0 {
		t.Errorf("left over: %+v", l.frames)
	}
}

func TestWhoYieldsTooMuchWaitsForRoom(t *testing.T) {
	l := testLedger(1)
	one := l.hold(assign(1), start)
	for range maxOutbox {
		put(t, l, one, "1")
	}
	given, giveUp := context.WithCancelCause(context.Background())
	waited := make(chan error)
	go func() { waited <- l.putEvent(given, one, yielded("late"), 4) }()
	giveUp(errors.New("no more"))
	if err := <-waited; err == nil || err.Error() != "no more" {
		t.Errorf("given up: %v", err)
	}
	go func() { waited <- l.putEvent(context.Background(), one, yielded("late"), 4) }()
	l.mu.Lock()
	l.next(start)
	l.mu.Unlock()
	if err := <-waited; err != nil {
		t.Errorf("with room: %v", err)
	}
	if l.outboxCount != 1 || l.outboxBytes != 4 {
		t.Errorf("%d events of %d bytes are counted", l.outboxCount, l.outboxBytes)
	}
}

func TestWhoAsksWaitsForRoomAsLongAsTheContextLasts(t *testing.T) {
	l := testLedger(1)
	one := l.hold(assign(1), start)
	for range maxOutbox {
		put(t, l, one, "1")
	}
	living, stop := context.WithCancelCause(context.Background())
	task := newTask(living, &serving{ledger: l}, one)
	late, cancel := context.WithDeadline(context.Background(), start)
	defer cancel()
	if _, err := Ask[int](late, task, "room?"); !errors.Is(err, ErrAskTimeout) {
		t.Errorf("past the deadline: %v", err)
	}
	why := &Stop{Kind: StopCancelled}
	stop(why)
	if _, err := Ask[int](context.Background(), task, "room?"); err != why {
		t.Errorf("the task was told to stop: %v", err)
	}
	if len(one.asks) != 0 {
		t.Error("it still waits for an answer")
	}
}

func TestUnacknowledgedEventsAreBounded(t *testing.T) {
	l := testLedger(1)
	one := l.hold(assign(1), start)
	sent := 0
	for range 2 * maxUnackedEvents / maxOutbox {
		for range maxOutbox {
			if l.outboxCount < maxOutbox {
				put(t, l, one, "1")
			}
		}
		for _, report := range l.next(start).GetEvents() {
			sent += len(report.GetEvents())
		}
	}
	if sent < maxUnackedEvents || sent >= maxUnackedEvents+maxOutbox {
		t.Errorf("%d events are under way", sent)
	}
	if !l.acknowledged(1) {
		t.Error("nobody is told that there is room")
	}
}

func TestWhatIsLostIsNotReported(t *testing.T) {
	l := testLedger(2)
	one, two := l.hold(assign(1), start), l.hold(assign(2), start)
	put(t, l, one, "1")
	put(t, l, two, "2")
	lost := l.dropOthers([]*qtasksv1.Lease{two.assign.GetLease()})
	if !slices.Equal(lost, []*lease{one}) || l.unsettled != 1 {
		t.Errorf("%d lost, %d unsettled", len(lost), l.unsettled)
	}
	if events := l.next(start).GetEvents(); len(events) != 1 ||
		events[0].GetLease().GetTaskId() != "task-2" {
		t.Errorf("reported: %v", events)
	}
}

func TestAStartIsToldOfWhatDoesNotEndAtOnce(t *testing.T) {
	l := testLedger(2)
	quick, long := l.hold(assign(1), start), l.hold(assign(2), start)
	for _, one := range []*lease{quick, long} {
		one.begun = start
		l.began = append(l.began, one)
	}
	l.putSettle(quick, cancelledSettle(""), 0)
	if early := l.next(start); len(early.GetStarted()) != 0 {
		t.Errorf("told at once: %v", early)
	}
	late := l.next(start.Add(tellAfter))
	if len(late.GetStarted()) != 1 || late.GetStarted()[0].GetTaskId() != "task-2" {
		t.Errorf("told later: %v", late)
	}
}

func TestHelloPresentsWhatIsHeld(t *testing.T) {
	l := testLedger(2)
	waits, runs := l.hold(assign(1), start), l.hold(assign(2), start)
	runs.begun = start
	runs.asks = map[string]chan *Payload{"why": nil}
	for _, held := range l.present() {
		started := held.GetLease().GetTaskId() == "task-2"
		if held.GetStarted() != started || (len(held.GetAskIds()) == 1) != started {
			t.Errorf("presented: %v", held)
		}
	}
	if waits.told || !runs.told {
		t.Error("a start is told twice, or never")
	}
}

func TestCreditsFollowTheSpeed(t *testing.T) {
	c := credits{slots: 4, ahead: 50 * time.Millisecond, most: 100}
	if got := c.grant(0); got != 4 {
		t.Errorf("at first: %d", got)
	}
	if got := c.grant(0); got != 0 {
		t.Errorf("granted twice: %d", got)
	}
	c.assigned(4)
	c.settled(1, start)
	c.settled(1000, start.Add(time.Second)) // 50 in 50 ms
	if got := c.grant(0); got != 54 {
		t.Errorf("when it is fast: %d", got)
	}
	c.stall()
	if got := c.restart(2); got != 2 {
		t.Errorf("when it is stalled: %d", got)
	}
	c.settled(1_000_000, start.Add(2*time.Second))
	if got := c.restart(0); got != 104 {
		t.Errorf("the most: %d", got)
	}
	c.closed = true
	if got := c.restart(0); got != 0 {
		t.Errorf("when it is closed: %d", got)
	}
}

func TestReconnectionWaitsLongerEachTime(t *testing.T) {
	var waits reconnection
	for failure := range 12 {
		most := min(mostWait, firstWait<<failure)
		if wait := waits.delay(); wait < most/2 || wait > most {
			t.Errorf("after %d failures: %v", failure, wait)
		}
	}
	waits.succeeded()
	if wait := waits.delay(); wait > firstWait {
		t.Errorf("after a success: %v", wait)
	}
}
