package qtasks

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// StopKind says why a running task should stop.
type StopKind int

// Why a running task should stop.
const (
	// StopCancelled: somebody cancelled it.
	StopCancelled StopKind = iota + 1
	// StopTimedOut: it ran longer than its max time, or past its deadline.
	StopTimedOut
	// StopShutdown: the worker leaves; the task goes to another one.
	StopShutdown
	// StopLost: its lease is lost; what it does is in vain, because another worker has it.
	StopLost
)

// Stop is why a running task should stop: the cause of its context.
type Stop struct {
	Kind StopKind
	// Reason is for a person.
	Reason string
}

func (s *Stop) Error() string { return "qtasks: the task should stop: " + s.Reason }

// serving runs attempts as slots are free, stops them when told, and reports how they
// ended. The ledger's lock guards it.
type serving struct {
	*ledger
	worker *Worker
	living context.Context

	// running is how many slots are taken.
	running int
	// active are the attempts whose outcome is to come.
	active map[*lease]*attempt
	// quiet are closed when there are none.
	quiet []chan struct{}
}

// attempt is one run of a task.
type attempt struct {
	lease   *lease
	cancel  context.CancelCauseFunc
	stop    *Stop
	timers  []*time.Timer
	overran bool
}

func newServing(worker *Worker, living context.Context) *serving {
	return &serving{
		ledger: newLedger(&worker.settings), worker: worker, living: living,
		active: map[*lease]*attempt{},
	}
}

// idle is closed once no attempt runs whose outcome is to come.
func (s *serving) idle() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	quiet := make(chan struct{})
	if len(s.active) == 0 {
		close(quiet)
	} else {
		s.quiet = append(s.quiet, quiet)
	}
	return quiet
}

// retire notes that an attempt's outcome is decided; with the lock held.
func (s *serving) retire(one *lease) {
	delete(s.active, one)
	if len(s.active) == 0 {
		for _, quiet := range s.quiet {
			close(quiet)
		}
		s.quiet = nil
	}
}

// pump starts what there is room for; with the lock held.
func (s *serving) pump() {
	for len(s.backlog) > 0 && s.running < s.worker.settings.slots {
		now := time.Now()
		if !now.Before(s.trustedUntil) {
			return // until a broker is heard
		}
		one := s.backlog[0]
		s.backlog = s.backlog[1:]
		switch {
		case !s.holds(one):
		case one.cancelled != nil:
			s.putSettle(one, cancelledSettle(one.cancelled.Reason), 0)
		default:
			s.start(one, now)
		}
	}
}

func (s *serving) start(one *lease, now time.Time) {
	ctx, cancel := context.WithCancelCause(s.living)
	run := &attempt{lease: one, cancel: cancel}
	one.begun, one.attempt = now, run
	s.running++
	s.active[one] = run
	s.began = append(s.began, one)
	s.setLimits(run, now)
	go s.run(ctx, run)
	if len(s.began) == 1 {
		s.ring() // the writer waits no longer than until it is to be told
	}
}

// setLimits has the attempt stopped when its time is over; with the lock held.
func (s *serving) setLimits(run *attempt, now time.Time) {
	task := run.lease.assign.GetTask()
	limit := task.GetMaxTime().AsDuration()
	if known := s.worker.handlers[task.GetName()]; limit == 0 && known != nil {
		limit = known.info.GetDefaults().GetMaxTime().AsDuration()
	}
	if limit > 0 {
		reason := fmt.Sprintf("it ran longer than max_time, %g s", limit.Seconds())
		s.stopAfter(run, limit, reason)
	}
	if deadline := task.GetDeadline(); deadline != nil {
		s.stopAfter(run, deadline.AsTime().Sub(now), "its deadline passed")
	}
}

func (s *serving) stopAfter(run *attempt, length time.Duration, reason string) {
	run.timers = append(run.timers, time.AfterFunc(length, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stop(run, &Stop{Kind: StopTimedOut, Reason: reason})
	}))
}

// stop tells an attempt to stop; with the lock held.
func (s *serving) stop(run *attempt, why *Stop) {
	if run.stop != nil {
		if why.Kind == StopLost { // makes every other outcome pointless
			run.stop = why
		}
		return
	}
	run.stop = why
	run.cancel(why)
	if run.lease.ended {
		return
	}
	grace := s.worker.settings.cancelGrace
	run.timers = append(run.timers, time.AfterFunc(grace, func() { s.overrun(run) }))
}

// stopLost stops the attempt of a lease that was dropped; with the lock held.
func (s *serving) stopLost(one *lease, reason string) {
	if one.attempt != nil {
		s.stop(one.attempt, &Stop{Kind: StopLost, Reason: reason})
		s.retire(one)
	}
}

// stopAll tells every attempt to stop.
func (s *serving) stopAll(why *Stop) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, run := range s.active {
		s.stop(run, why)
	}
}

// overrun reports an attempt that took no notice that it should stop. Its slot stays
// taken until it ends.
func (s *serving) overrun(run *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if run.lease.ended {
		return
	}
	s.worker.settings.logger.Warn("task does not stop",
		"task_id", run.lease.assign.GetLease().GetTaskId(),
		"task_name", run.lease.assign.GetTask().GetName())
	run.overran = true
	s.settle(run, nil)
}

// settle reports how an attempt ended, unless that was; with the lock held.
func (s *serving) settle(run *attempt, outcome *qtasksv1.Settle) {
	if run.stop != nil {
		outcome = stoppedSettle(run.stop, run.overran)
	}
	if s.holds(run.lease) {
		s.putSettle(run.lease, outcome, proto.Size(outcome))
	}
	s.retire(run.lease)
}

// run is the goroutine of an attempt.
func (s *serving) run(ctx context.Context, run *attempt) {
	// Stands if the handler ends its goroutine instead of returning.
	outcome := panicSettle("the handler did not return", nil)
	defer func() { s.end(run, outcome) }()
	outcome = s.outcome(ctx, run)
}

// end frees the slot of an attempt, and reports how it ended unless that was.
func (s *serving) end(run *attempt, outcome *qtasksv1.Settle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, timer := range run.timers {
		timer.Stop()
	}
	if !run.lease.ended {
		s.settle(run, outcome)
	}
	run.cancel(nil)
	s.running--
	s.pump()
}

// outcome calls the handler: how the attempt ends if it was not told to stop.
func (s *serving) outcome(ctx context.Context, run *attempt) (outcome *qtasksv1.Settle) {
	task := newTask(ctx, s, run.lease)
	known := s.worker.handlers[task.Name()]
	if known == nil {
		return failureSettle(rejectedf("TaskNotRegistered", "", "this worker has no task %q",
			task.Name()), 0)
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			outcome = panicSettle(panicked, debug.Stack())
		}
	}()
	value, err := callHandler(withTask(ctx, task), known.handler, task)
	if err != nil {
		return errorSettle(err)
	}
	return s.resultSettle(value)
}

// callHandler calls the handler once, or for each list of arguments.
func callHandler(ctx context.Context, handler Handler, task *Task) (any, error) {
	if !task.assign.GetTask().GetEach() {
		return handler(ctx, task)
	}
	calls, err := task.calls()
	if err != nil {
		return nil, err
	}
	results := make([]any, len(calls))
	for place, call := range calls {
		if results[place], err = handler(withTask(ctx, call), call); err != nil {
			return nil, fmt.Errorf("in call %d of the task: %w", place, err)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return results, nil
}

func (s *serving) resultSettle(value any) *qtasksv1.Settle {
	payload, err := Encode(value)
	if err != nil {
		return failureSettle(invalidResult(err), 0)
	}
	s.mu.Lock()
	limit := s.maxPayload
	s.mu.Unlock()
	if err := checkSize(payload, "the result", limit); err != nil {
		return failureSettle(invalidResult(err), 0)
	}
	return &qtasksv1.Settle{Outcome: &qtasksv1.Settle_Result{Result: payload}}
}
