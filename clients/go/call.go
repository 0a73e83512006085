package qtasks

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Call is a task to submit. Only Name is required; what is left unset is filled in by the
// broker with what the task was registered with.
type Call struct {
	// Name is the task's name.
	Name string
	// Args are the positional arguments, each a JSON value.
	Args []any
	// Kwargs are the named arguments, each a JSON value.
	Kwargs map[string]any
	// Encoded are the positional arguments in another encoding, in place of Args.
	Encoded *Payload

	// ID is a UUID; one of version 7 is made when it is empty. Submitting the same id and
	// content again gives the same task.
	ID string
	// Queue is the queue to wait in.
	Queue string
	// Priority: lower runs first.
	Priority *int
	// Delay is how long to wait before it may start.
	Delay time.Duration
	// StartTime is when it may start; give this or Delay.
	StartTime time.Time
	// ExpireTime is when it is cancelled if it has not started.
	ExpireTime time.Time
	// Deadline is when it must have ended.
	Deadline time.Time
	// MaxTime is how long an attempt may run.
	MaxTime time.Duration
	// Retry says when a failed attempt is tried again.
	Retry *Retry
	// KeepResult is how long the record is kept after the end; zero means not at all.
	KeepResult *time.Duration
	// IdempotencyKey: a second submit with the same key gives the first task.
	IdempotencyKey string
	// Group is a label shared by tasks that belong together.
	Group string
	// Tags are labels to filter by.
	Tags []string
	// Metadata are facts that travel with the task.
	Metadata map[string]string
	// ParentID is the task that submits this one.
	ParentID string
	// After are the tasks it waits for.
	After *After
	// Each: Args is a list of argument lists, and the result the list of the results.
	Each bool
}

// After says what a task waits for.
type After = qtasksv1.After

// What a task is given of those that it waits for, in [After].
const (
	PassEach = qtasksv1.Pass_PASS_EACH
	PassList = qtasksv1.Pass_PASS_LIST
)

// Retry says when a failed attempt is tried again; zero values mean the broker's defaults.
type Retry struct {
	// MaxAttempts is how many attempts there may be, the first included.
	MaxAttempts int
	// InitialBackoff is the wait before the second attempt.
	InitialBackoff time.Duration
	// Multiplier is the factor from one wait to the next.
	Multiplier float64
	// MaxBackoff is the longest wait.
	MaxBackoff time.Duration
	// Jitter is the share of a wait that is left to chance, from 0 to 1.
	Jitter *float64
	// MaxLosses is how often it may lose the worker that runs it.
	MaxLosses int
}

// NewCall is a call with positional arguments.
func NewCall(name string, args ...any) Call { return Call{Name: name, Args: args} }

// newID is a UUID of version 7: ids sort by the time they were made.
func newID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	milliseconds := uint64(time.Now().UnixMilli())
	for place := range 6 {
		id[place] = byte(milliseconds >> (40 - 8*place))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	text := hex.EncodeToString(id[:])
	return fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
}

// submit is the call as it travels.
func (c *Call) submit(app string) (*qtasksv1.TaskSubmit, error) {
	task := &qtasksv1.TaskSubmit{
		Id: c.ID, App: app, Name: c.Name, Queue: c.Queue, IdempotencyKey: c.IdempotencyKey,
		Group: c.Group, Tags: c.Tags, Metadata: c.Metadata, ParentId: c.ParentID,
		After: c.After, Each: c.Each, Retry: c.Retry.policy(),
		ExpireTime: timestamp(c.ExpireTime), Deadline: timestamp(c.Deadline),
		MaxTime: duration(c.MaxTime), KeepResult: optional(c.KeepResult),
	}
	if task.Id == "" {
		task.Id = newID()
	}
	if c.Priority != nil {
		priority := wireInt(*c.Priority)
		task.Priority = &priority
	}
	switch {
	case c.Delay != 0 && !c.StartTime.IsZero():
		return nil, invalid(ErrInvalidField, "start_time", "give StartTime or Delay, not both")
	case c.Delay != 0:
		task.Start = &qtasksv1.TaskSubmit_Delay{Delay: durationpb.New(c.Delay)}
	case !c.StartTime.IsZero():
		task.Start = &qtasksv1.TaskSubmit_StartTime{StartTime: timestamp(c.StartTime)}
	}
	if err := c.fillArguments(task); err != nil {
		return nil, err
	}
	return task, checkTask(task)
}

// checkTask refuses what would spoil a request for the others in it.
func checkTask(task *qtasksv1.TaskSubmit) error {
	if _, err := proto.Marshal(task); err != nil {
		failed := invalid(ErrInvalidField, "", "the task can't travel: %v", err)
		failed.cause = err
		return failed
	}
	return checkSize(task, "task", maxPayload+maxBeside)
}

func (c *Call) fillArguments(task *qtasksv1.TaskSubmit) (err error) {
	switch {
	case c.Encoded != nil && len(c.Args) > 0:
		return invalid(ErrInvalidField, "args", "give Args or Encoded, not both")
	case c.Encoded != nil:
		task.Args = c.Encoded
	case len(c.Args) > 0:
		if task.Args, err = Encode(c.Args); err != nil {
			return err
		}
	}
	if len(c.Kwargs) > 0 {
		if task.Kwargs, err = Encode(c.Kwargs); err != nil {
			return err
		}
	}
	if err := checkSize(task.Args, "args", maxPayload); err != nil {
		return err
	}
	return checkSize(task.Kwargs, "kwargs", maxPayload)
}

func (r *Retry) policy() *qtasksv1.RetryPolicy {
	if r == nil {
		return nil
	}
	return &qtasksv1.RetryPolicy{
		MaxAttempts: wireInt(r.MaxAttempts), InitialBackoff: duration(r.InitialBackoff),
		Multiplier: r.Multiplier, MaxBackoff: duration(r.MaxBackoff), Jitter: r.Jitter,
		MaxLosses: wireInt(r.MaxLosses),
	}
}

// wireInt is a number as it travels, or the nearest that does: the broker refuses that by
// name.
func wireInt(number int) int32 {
	return int32(min(max(number, math.MinInt32), math.MaxInt32))
}

func timestamp(moment time.Time) *timestamppb.Timestamp {
	if moment.IsZero() {
		return nil
	}
	return timestamppb.New(moment)
}

func duration(length time.Duration) *durationpb.Duration {
	if length == 0 {
		return nil
	}
	return durationpb.New(length)
}

func optional(length *time.Duration) *durationpb.Duration {
	if length == nil {
		return nil
	}
	return durationpb.New(*length)
}
