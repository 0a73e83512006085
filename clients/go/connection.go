package qtasks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	welcomeWithin = 10 * time.Second
	goodbyeWithin = 2 * time.Second
	// silentBeats: a broker silent for this many heartbeats is taken for gone.
	silentBeats = 3

	protocolMajor = 1
)

var errSilent = &Error{
	Reason: ErrBrokerUnavailable, Message: "the broker is silent", code: codes.Unavailable,
}

type workerStream = grpc.BidiStreamingClient[qtasksv1.ConnectRequest, qtasksv1.ConnectResponse]

// connection is one stream to a broker at a time, opened again whenever it breaks. One
// goroutine reads and one writes.
type connection struct {
	*serving
	stub   qtasksv1.WorkerServiceClient
	hello  *qtasksv1.Hello
	logger *slog.Logger
	waits  reconnection
	beat   time.Duration

	// moving: leave this stream and open another.
	moving atomic.Bool
	// draining: take no more, and give back what has not begun.
	draining atomic.Bool
	// leaving: say goodbye once everything is said.
	leaving atomic.Bool
	left    bool
	// drained is closed when the broker drains the worker.
	drained chan struct{}
}

func newConnection(worker *Worker, served *serving) *connection {
	host, err := os.Hostname()
	if err != nil {
		host = "" // for people who look
	}
	return &connection{
		serving: served,
		stub:    qtasksv1.NewWorkerServiceClient(worker.client.conn),
		hello: &qtasksv1.Hello{
			WorkerId: worker.settings.id, Session: newID(), App: worker.client.app,
			Language: "go", SdkVersion: Version,
			Protocol: &qtasksv1.ProtocolVersion{Major: protocolMajor},
			Queues:   worker.queues(), Tasks: worker.infos(),
			Slots: int32(worker.settings.slots), CreditBytes: worker.settings.creditBytes,
			Host: host, Pid: int32(os.Getpid()),
		},
		logger:  worker.settings.logger.With("worker_id", worker.settings.id),
		drained: make(chan struct{}),
	}
}

// drain takes nothing more, and gives back what has not begun.
func (c *connection) drain() {
	c.logger.Info("worker drains")
	c.draining.Store(true)
	c.ring()
}

// leave says goodbye once everything is said, and ends run.
func (c *connection) leave() {
	c.leaving.Store(true)
	c.ring()
}

// run stays connected until told to leave, or until the broker refuses the worker.
func (c *connection) run(ctx context.Context) error {
	for {
		c.moving.Store(false)
		err := c.stay(ctx)
		switch {
		case c.left:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case c.moving.Load():
			continue
		case errors.Is(err, ErrSessionLost):
			c.startOver()
		case refusedForGood(err):
			return err
		default:
			c.logBreak(err)
		}
		if err := c.waits.sleep(ctx); err != nil {
			return err
		}
	}
}

// refusedForGood tells errors that would come again on the next stream.
func refusedForGood(err error) bool {
	for _, reason := range []Reason{
		ErrInvalidField, ErrInvalidJSON, ErrOutOfRange, ErrTooMany, ErrPayloadTooLarge,
		ErrProtocolMismatch, ErrProtocolViolation, ErrWorkerIDInUse, ErrUnauthenticated,
		ErrPermissionDenied, ErrClientClosed,
	} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// logBreak says once that there is no broker, and then only for who wants details.
func (c *connection) logBreak(err error) {
	level := slog.LevelWarn
	if c.waits.failures > 0 {
		level = slog.LevelDebug
	}
	c.logger.Log(context.Background(), level, "no broker: the worker keeps trying", "error", err)
}

// stay is the life of one stream; why it ended.
func (c *connection) stay(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Ends the stream when the broker is silent, whatever waits for it.
	watchdog := time.AfterFunc(welcomeWithin, func() { cancel(errSilent) })
	defer watchdog.Stop()
	stream, err := c.stub.Connect(ctx)
	if err != nil {
		return err
	}
	// What a failed send means is told by the receive.
	sendErr := stream.Send(&qtasksv1.ConnectRequest{Hello: c.present()})
	welcome, err := stream.Recv()
	if err != nil {
		return endOf(err)
	}
	if sendErr != nil || welcome.GetWelcome() == nil {
		return &Error{Reason: ErrProtocolViolation,
			Message: "the broker did not begin with a welcome"}
	}
	c.welcomed(welcome)
	watchdog.Reset(silentBeats * c.beat)
	broken := make(chan error, 1)
	go func() { broken <- c.read(stream, watchdog) }()
	if err := c.write(stream, broken); err != nil {
		return err
	}
	// The broker ends the stream after a goodbye.
	select {
	case <-broken:
	case <-time.After(goodbyeWithin):
		cancel(nil)
		<-broken // nothing of this stream is taken once there is another
	}
	return nil
}

func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Reason: ErrBrokerUnavailable, Message: "the broker ended the stream"}
	}
	return err
}

func (c *connection) present() *qtasksv1.Hello {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hello.Held = c.serving.present()
	if c.draining.Load() {
		c.credits.closed = true
	}
	c.hello.Credit = int32(c.credits.restart(c.unsettled))
	return c.hello
}

func (c *connection) welcomed(frame *qtasksv1.ConnectResponse) {
	welcome := frame.GetWelcome()
	c.beat = max(100*time.Millisecond, welcome.GetHeartbeat().AsDuration())
	c.waits.succeeded()
	c.mu.Lock()
	c.leaseLength = welcome.GetLease().AsDuration()
	if most := welcome.GetMaxPayloadBytes(); most > 0 {
		c.maxPayload = int(most)
	}
	for _, one := range c.dropOthers(welcome.GetStanding()) {
		c.stopLost(one, "the lease is lost")
	}
	held := len(c.leases)
	c.mu.Unlock()
	c.logger.Info("worker connected", "broker_id", welcome.GetBrokerId(), "held", held)
	c.take(frame)
	c.worker.settings.onConnected()
}

// startOver begins a new session: every lease of the old one went to others.
func (c *connection) startOver() {
	c.logger.Warn("worker session lost")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.dropOthers(nil) {
		c.stopLost(one, "the session is lost")
	}
	c.frames = frames{}
	c.hello.Session = newID()
}

// read takes what the broker says until the stream ends; why it did.
func (c *connection) read(stream workerStream, watchdog *time.Timer) error {
	for {
		frame, err := stream.Recv()
		if err != nil {
			return endOf(err)
		}
		watchdog.Reset(silentBeats * c.beat)
		c.take(frame)
	}
}

func (c *connection) take(frame *qtasksv1.ConnectResponse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.heard(now)
	if frame.GetAcked() > 0 && (c.acknowledged(frame.GetAcked()) || c.leaving.Load()) {
		c.ring()
	}
	for _, lost := range frame.GetLost() {
		if one := c.drop(keyOf(lost)); one != nil {
			c.stopLost(one, "the lease is lost")
		}
	}
	for _, assign := range frame.GetAssigns() {
		c.backlog = append(c.backlog, c.hold(assign, now))
	}
	c.credits.assigned(len(frame.GetAssigns()))
	for _, cancel := range frame.GetCancels() {
		c.cancelled(cancel)
	}
	for _, answer := range frame.GetAnswers() {
		c.answered(answer)
	}
	if drain := frame.GetDrain(); drain != nil {
		c.told(drain)
	}
	if c.draining.Load() {
		c.ring() // gives the backlog back
		return
	}
	c.pump()
	if len(c.backlog) > 0 {
		c.ring() // to give back what gets stale
	}
}

func (c *connection) cancelled(cancel *qtasksv1.CancelLease) {
	one := c.leases[keyOf(cancel.GetLease())]
	if one == nil || one.ended {
		return
	}
	one.cancelled = &Stop{Kind: StopCancelled, Reason: cancel.GetReason()}
	if one.attempt != nil {
		c.stop(one.attempt, one.cancelled)
	}
}

func (c *connection) answered(answer *qtasksv1.Answer) {
	one := c.leases[keyOf(answer.GetLease())]
	if one == nil || one.asks[answer.GetAskId()] == nil {
		return // it asks no more
	}
	one.asks[answer.GetAskId()] <- answer.GetValue() // has room for the one answer
	delete(one.asks, answer.GetAskId())
}

// told: the worker should leave the stream, or for good, or both.
func (c *connection) told(drain *qtasksv1.Drain) {
	if drain.GetLeave() {
		select {
		case <-c.drained: // said again on each stream
		default:
			close(c.drained)
		}
	}
	if !drain.GetLeave() || drain.GetBy() != nil {
		c.moving.Store(true)
		c.ring()
	}
}

// write says what there is to say: nil after a goodbye, else why the stream broke.
func (c *connection) write(stream workerStream, broken <-chan error) error {
	c.mu.Lock()
	again := c.again()
	c.mu.Unlock()
	for _, known := range again {
		if stream.Send(known) != nil {
			return <-broken
		}
	}
	spoken := time.Now()
	for {
		now := time.Now()
		frame, pause := c.compose(now, spoken)
		if frame != nil {
			if stream.Send(frame) != nil {
				return <-broken
			}
			if frame.GetGoodbye() != nil {
				return stream.CloseSend()
			}
			spoken = now
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case err := <-broken:
			timer.Stop()
			return err
		case <-c.bell:
			timer.Stop()
			runtime.Gosched() // whoever is about to say something comes along
		case <-timer.C:
		}
	}
}

// compose is the next frame; nil when there is nothing to say for a while.
func (c *connection) compose(
	now, spoken time.Time,
) (frame *qtasksv1.ConnectRequest, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.giveBack(now)
	if c.draining.Load() && !c.credits.closed {
		// Credit can't be taken back, or what is given back would come again: a new
		// stream begins without any.
		c.credits.closed = true
		if c.credits.granted > 0 {
			c.moving.Store(true)
		}
	}
	if c.moving.Load() {
		return goodbye(true), 0
	}
	if frame := c.next(now); frame != nil {
		return frame, 0
	}
	if c.leaving.Load() && !c.ledger.waits() {
		c.left = true
		return goodbye(false), 0
	}
	beat := spoken.Add(c.beat / 2)
	if !now.Before(beat) {
		return &qtasksv1.ConnectRequest{}, 0
	}
	return nil, c.pause(now, beat, c.worker.settings.staleAfter)
}

func goodbye(resuming bool) *qtasksv1.ConnectRequest {
	return &qtasksv1.ConnectRequest{Goodbye: &qtasksv1.Goodbye{Resuming: resuming}}
}

// giveBack returns what was fetched too long ago, or everything when draining.
func (c *connection) giveBack(now time.Time) {
	draining := c.draining.Load()
	reason := "the worker is busy"
	if draining {
		reason = "the worker stops"
	}
	for len(c.backlog) > 0 {
		one := c.backlog[0]
		if !draining && now.Sub(one.received) < c.worker.settings.staleAfter {
			return
		}
		c.backlog = c.backlog[1:]
		if c.holds(one) {
			c.putSettle(one, givenBackSettle(reason), 0)
		}
		if !draining {
			c.credits.stall()
		}
	}
}
