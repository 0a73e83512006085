package qtasks

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Task is a running task, as its handler sees it. It is safe for concurrent use.
type Task struct {
	ctx    context.Context
	served *serving
	lease  *lease
	assign *qtasksv1.Assign
	// args are those of one call, for tasks with several.
	args *Payload
}

func newTask(ctx context.Context, served *serving, of *lease) *Task {
	return &Task{
		ctx: ctx, served: served, lease: of, assign: of.assign,
		args: of.assign.GetTask().GetArgs(),
	}
}

type taskKey struct{}

func withTask(ctx context.Context, task *Task) context.Context {
	return context.WithValue(ctx, taskKey{}, task)
}

// Current is the task that runs in a context; nil when none does.
func Current(ctx context.Context) *Task {
	task, _ := ctx.Value(taskKey{}).(*Task)
	return task
}

// ID is the task's id.
func (t *Task) ID() string { return t.assign.GetTask().GetId() }

// Name is the task's name.
func (t *Task) Name() string { return t.assign.GetTask().GetName() }

// Attempt is the number of this attempt, from 1.
func (t *Task) Attempt() int { return int(t.assign.GetAttempt()) }

// Submitted is the task as it was submitted. Do not change it.
func (t *Task) Submitted() *qtasksv1.TaskSubmit { return t.assign.GetTask() }

// Encoded are the positional arguments as they travelled: for those that are not JSON.
func (t *Task) Encoded() *Payload { return t.args }

// Args are the positional arguments, those that the task waited for at the end.
func (t *Task) Args() ([]json.RawMessage, error) {
	var args []json.RawMessage
	if err := decodeArgument("args", t.args, &args, "a list"); err != nil {
		return nil, err
	}
	inputs, err := t.inputs()
	return append(args, inputs...), err
}

// Kwargs are the named arguments.
func (t *Task) Kwargs() (map[string]json.RawMessage, error) {
	var kwargs map[string]json.RawMessage
	err := decodeArgument("kwargs", t.assign.GetTask().GetKwargs(), &kwargs, "an object")
	return kwargs, err
}

func decodeArgument(name string, payload *Payload, target any, what string) error {
	if _, encoded := payload.GetBody().(*qtasksv1.Payload_Data); encoded {
		return &rejection{rejectedf("Unserializable", name,
			"%s are in the encoding %q, which this task can't read", name,
			payload.GetEncoding())}
	}
	if err := Decode(payload, target); err != nil {
		return &rejection{rejectedf("InvalidJson", name, "%s must be %s", name, what)}
	}
	return nil
}

// inputs are what the task is given of those that it waited for.
func (t *Task) inputs() ([]json.RawMessage, error) {
	task := t.assign.GetTask()
	if len(task.GetInputs()) == 0 && task.GetAfter().GetPass() != PassList {
		return nil, nil
	}
	inputs := make([]json.RawMessage, 0, len(task.GetInputs()))
	for _, input := range task.GetInputs() {
		var value json.RawMessage
		if err := decodeArgument("inputs", input, &value, "JSON"); err != nil {
			return nil, err
		}
		if task.GetAfter().GetPass() == PassList || string(value) != "null" {
			inputs = append(inputs, value)
		}
	}
	if task.GetAfter().GetPass() != PassList {
		return inputs, nil
	}
	list, err := encodeJSON(inputs)
	return []json.RawMessage{json.RawMessage(list)}, err
}

// calls are the task once for each of its argument lists.
func (t *Task) calls() ([]*Task, error) {
	var lists []json.RawMessage
	if err := decodeArgument("args", t.args, &lists, "a list of lists"); err != nil {
		return nil, err
	}
	calls := make([]*Task, len(lists))
	for place, list := range lists {
		call := *t
		call.args = jsonPayload(string(list))
		calls[place] = &call
	}
	return calls, nil
}

// Scan reads the positional arguments into what the targets point at. It returns an error
// that rejects the task when there are more or fewer, or one does not fit; return it.
func (t *Task) Scan(targets ...any) error {
	args, err := t.Args()
	if err != nil {
		return err
	}
	if len(args) != len(targets) {
		return reject("args", "the task takes %d arguments, not %d", len(targets), len(args))
	}
	for place, target := range targets {
		if err := decodeJSON(args[place], target); err != nil {
			return reject("args", "argument %d does not fit: %v", place, err)
		}
	}
	return nil
}

// Yield sends a value out: everyone who watches sees it now. It waits while more is said
// than the broker takes, and returns why when the task should stop.
func (t *Task) Yield(value any) error {
	payload, err := encodeEvent(value)
	if err != nil {
		return err
	}
	return t.say(&Event{Event: &qtasksv1.TaskEvent_Yielded{
		Yielded: &qtasksv1.Yielded{Value: payload},
	}})
}

func encodeEvent(value any) (*Payload, error) {
	payload, err := Encode(value)
	if err != nil {
		return nil, err
	}
	return payload, checkSize(payload, "value", maxEvent)
}

// Progress says how far the task is; total is 0 when it is not known.
func (t *Task) Progress(done, total float64, note string) error {
	return t.say(&Event{Event: &qtasksv1.TaskEvent_Progress{
		Progress: &qtasksv1.Progress{Done: done, Total: total, Note: clean(note, maxMessage)},
	}})
}

func (t *Task) say(event *Event) error {
	return t.sayWithin(t.ctx, event)
}

// sayWithin sends an event out, waiting for room as long as the context lasts. A broker
// ends the worker's stream for an event that is too large.
func (t *Task) sayWithin(ctx context.Context, event *Event) error {
	if err := checkSize(event, "event", maxEventWhole); err != nil {
		return err
	}
	return t.served.putEvent(ctx, t.lease, event, proto.Size(event))
}

// Ask asks everyone who watches, and waits for the first answer: as long as the context
// lasts, which may be shorter than the task's. [ErrAskTimeout] when nobody answered.
func Ask[T any](ctx context.Context, task *Task, prompt any) (answer T, err error) {
	payload, err := task.ask(ctx, prompt)
	if err != nil {
		return answer, err
	}
	return answer, Decode(payload, &answer)
}

func (t *Task) ask(ctx context.Context, prompt any) (*Payload, error) {
	payload, err := encodeEvent(prompt)
	if err != nil {
		return nil, err
	}
	// Unique over attempts: a late reply must not answer the next attempt's question.
	asked := &qtasksv1.Asked{AskId: newID(), Prompt: payload}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// It ends with the task, also when the context given is not of the task's.
	defer context.AfterFunc(t.ctx, func() { cancel(context.Cause(t.ctx)) })()
	if deadline, ok := ctx.Deadline(); ok {
		asked.Deadline = timestamppb.New(deadline)
	}
	answers := t.expect(asked.GetAskId())
	defer t.expectNoMore(asked.GetAskId())
	err = t.sayWithin(ctx, &Event{Event: &qtasksv1.TaskEvent_Asked{Asked: asked}})
	if err == nil {
		select {
		case answer := <-answers:
			return answer, nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	if err == context.DeadlineExceeded {
		err = &Error{Reason: ErrAskTimeout, cause: err, Message: "nobody answered in the time given"}
	}
	return nil, err
}

func (t *Task) expect(askID string) <-chan *Payload {
	answers := make(chan *Payload, 1)
	t.served.mu.Lock()
	defer t.served.mu.Unlock()
	if t.lease.asks == nil {
		t.lease.asks = map[string]chan *Payload{}
	}
	t.lease.asks[askID] = answers
	return answers
}

func (t *Task) expectNoMore(askID string) {
	t.served.mu.Lock()
	defer t.served.mu.Unlock()
	delete(t.lease.asks, askID)
}
