package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/qtasks/qtasks/clients/go"
	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// submission is the fields of `submit`.
type submission struct {
	Name    string `json:"name"`
	Args    string `json:"args"`
	Kwargs  string `json:"kwargs"`
	Options struct {
		ID             string            `json:"id"`
		Queue          string            `json:"queue"`
		Priority       *int              `json:"priority"`
		Delay          float64           `json:"delay"`
		IdempotencyKey string            `json:"idempotencyKey"`
		Group          string            `json:"group"`
		Tags           []string          `json:"tags"`
		Metadata       map[string]string `json:"metadata"`
		MaxTime        float64           `json:"maxTime"`
		ExpiresIn      float64           `json:"expiresIn"`
		KeepResult     *float64          `json:"keepResult"`
		Retry          *struct {
			MaxAttempts    int     `json:"maxAttempts"`
			InitialBackoff float64 `json:"initialBackoff"`
		} `json:"retry"`
		Bytes *struct {
			Base64   string `json:"base64"`
			Encoding string `json:"encoding"`
		} `json:"bytes"`
	} `json:"options"`
}

func (s *submission) call() (qtasks.Call, error) {
	options := &s.Options
	call := qtasks.Call{
		Name: s.Name, ID: options.ID, Queue: options.Queue, Priority: options.Priority,
		Delay: seconds(options.Delay), IdempotencyKey: options.IdempotencyKey,
		Group: options.Group, Tags: options.Tags, Metadata: options.Metadata,
		MaxTime: seconds(options.MaxTime),
	}
	if options.ExpiresIn != 0 {
		call.ExpireTime = time.Now().Add(seconds(options.ExpiresIn))
	}
	if options.KeepResult != nil {
		keep := seconds(*options.KeepResult)
		call.KeepResult = &keep
	}
	if retry := options.Retry; retry != nil {
		call.Retry = &qtasks.Retry{
			MaxAttempts: retry.MaxAttempts, InitialBackoff: seconds(retry.InitialBackoff),
		}
	}
	if encoded := options.Bytes; encoded != nil {
		data, err := base64.StdEncoding.DecodeString(encoded.Base64)
		if err != nil {
			return call, err
		}
		call.Encoded = &qtasks.Payload{
			Body: &qtasksv1.Payload_Data{Data: data}, Encoding: encoded.Encoding,
		}
	} else if err := value(s.Args, &call.Args); err != nil {
		return call, err
	}
	return call, value(s.Kwargs, &call.Kwargs)
}

// request is one document of the runner.
type request struct {
	ID int64  `json:"id"`
	Op string `json:"op"`
	submission
	Tasks    []submission    `json:"tasks"`
	Task     json.RawMessage `json:"task"`
	TaskID   string          `json:"taskId"`
	AfterSeq int64           `json:"afterSeq"`
	Timeout  float64         `json:"timeout"`
	Reason   string          `json:"reason"`
	AskID    string          `json:"askId"`
	Value    string          `json:"value"`
	Filter   json.RawMessage `json:"filter"`
	Limit    int             `json:"limit"`
	Stream   int64           `json:"stream"`
	Count    int             `json:"count"`
	InFlight int             `json:"inFlight"`
}

// driver is the client's role.
type driver struct {
	client *qtasks.Client
	out    *output
	mu     sync.Mutex
	stops  map[int64]context.CancelCauseFunc
}

type operation func(*driver, context.Context, *request) (object, error)

var operations = map[string]operation{
	"submit": (*driver).submit, "submit_many": (*driver).submitMany,
	"submit_raw": (*driver).submitRaw, "run": (*driver).run, "watch": (*driver).watch,
	"wait": (*driver).wait, "get": (*driver).get, "cancel": (*driver).cancel,
	"reply": (*driver).reply, "list": (*driver).list, "stats": (*driver).stats,
	"stop": (*driver).stop, "load": (*driver).load, "load_run": (*driver).loadRun,
	"load_yields": (*driver).loadYields,
}

func driveClient(ctx context.Context, client *qtasks.Client, _ settings) error {
	d := &driver{
		client: client, out: newOutput(os.Stdout),
		stops: map[int64]context.CancelCauseFunc{},
	}
	if err := d.out.write(object{"ready": true}); err != nil {
		return err
	}
	return lines(os.Stdin, func(line []byte) error {
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			return err
		}
		ctx, stop := context.WithCancelCause(ctx)
		d.mu.Lock()
		d.stops[asked.ID] = stop
		d.mu.Unlock()
		go d.answer(ctx, &asked)
		return nil
	})
}

func (d *driver) answer(ctx context.Context, asked *request) {
	result, err := object(nil), fmt.Errorf("there is no op %q", asked.Op)
	if op := operations[asked.Op]; op != nil {
		result, err = op(d, ctx, asked)
	}
	answer := object{"id": asked.ID, "ok": result}
	if err != nil {
		answer = object{"id": asked.ID, "error": refusal(err)}
	}
	d.mu.Lock()
	d.stops[asked.ID](nil)
	delete(d.stops, asked.ID)
	d.mu.Unlock()
	d.say(answer)
}

// say writes a document; a runner that reads no more has ended.
func (d *driver) say(document object) {
	if err := d.out.write(document); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func receipt(task *qtasks.Handle) object {
	return object{"taskId": task.ID, "existing": task.Existing}
}

func (d *driver) submit(ctx context.Context, asked *request) (object, error) {
	call, err := asked.call()
	if err != nil {
		return nil, err
	}
	task, err := d.client.SubmitCall(ctx, call)
	if err != nil {
		return nil, err
	}
	return receipt(task), nil
}

func (d *driver) submitMany(ctx context.Context, asked *request) (object, error) {
	calls := make([]qtasks.Call, len(asked.Tasks))
	for place := range asked.Tasks {
		var err error
		if calls[place], err = asked.Tasks[place].call(); err != nil {
			return nil, err
		}
	}
	receipts := make([]object, 0, len(calls))
	for _, one := range d.client.SubmitAll(ctx, calls...) {
		if one.Err != nil {
			receipts = append(receipts, object{"error": refusal(one.Err)})
			continue
		}
		receipts = append(receipts, receipt(one.Handle))
	}
	return object{"receipts": receipts}, nil
}

func (d *driver) submitRaw(ctx context.Context, asked *request) (object, error) {
	task := &qtasksv1.TaskSubmit{}
	if err := protojson.Unmarshal(asked.Task, task); err != nil {
		return nil, err
	}
	handle, err := d.client.SubmitRaw(ctx, task)
	if err != nil {
		return nil, err
	}
	return receipt(handle), nil
}

func (d *driver) run(ctx context.Context, asked *request) (object, error) {
	call, err := asked.call()
	if err != nil {
		return nil, err
	}
	return d.stream(ctx, asked.ID, d.client.RunCall(ctx, call))
}

func (d *driver) watch(ctx context.Context, asked *request) (object, error) {
	return d.stream(ctx, asked.ID, d.client.Handle(asked.TaskID).Watch(ctx, asked.AfterSeq))
}

// stream writes events as they come; the status of the last is the answer.
func (d *driver) stream(
	ctx context.Context, id int64, events iter.Seq2[*qtasks.Event, error],
) (object, error) {
	for event, err := range events {
		if err != nil {
			return nil, err
		}
		written, err := message(event)
		if err != nil {
			return nil, err
		}
		d.say(object{"id": id, "event": written})
		if end := event.GetFinished(); end != nil {
			return statusOf(end.GetStatus())
		}
	}
	return nil, errors.New("the events ended before the task")
}

func statusOf(status *qtasks.Status) (object, error) {
	written, err := message(status)
	return object{"status": written}, err
}

func (d *driver) wait(ctx context.Context, asked *request) (object, error) {
	limited, cancel := within(ctx, asked.Timeout)
	defer cancel()
	result, err := qtasks.Result[any](limited, d.client.Handle(asked.TaskID))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, &qtasks.Error{Reason: "RESULT_TIMEOUT", Message: err.Error()}
	}
	if err != nil {
		return nil, err
	}
	written, err := text(result)
	return object{"result": written}, err
}

func (d *driver) get(ctx context.Context, asked *request) (object, error) {
	status, err := d.client.Handle(asked.TaskID).Status(ctx)
	if err != nil {
		return nil, err
	}
	return statusOf(status)
}

func (d *driver) cancel(ctx context.Context, asked *request) (object, error) {
	state, err := d.client.Handle(asked.TaskID).Cancel(ctx, asked.Reason)
	return object{"state": state.String()}, err
}

func (d *driver) reply(ctx context.Context, asked *request) (object, error) {
	var answer any
	if err := value(asked.Value, &answer); err != nil {
		return nil, err
	}
	seq, err := d.client.Handle(asked.TaskID).Reply(ctx, asked.AskID, answer)
	return object{"seq": seq}, err
}

func (d *driver) list(ctx context.Context, asked *request) (object, error) {
	filter := &qtasks.Filter{}
	if len(asked.Filter) > 0 {
		if err := protojson.Unmarshal(asked.Filter, filter); err != nil {
			return nil, err
		}
	}
	ids := []string{}
	for status, err := range d.client.List(ctx, filter) {
		if err != nil {
			return nil, err
		}
		if asked.Limit > 0 && len(ids) == asked.Limit {
			break
		}
		ids = append(ids, status.GetId())
	}
	return object{"taskIds": ids}, nil
}

func (d *driver) stats(ctx context.Context, _ *request) (object, error) {
	stats, err := d.client.Stats(ctx)
	if err != nil {
		return nil, err
	}
	written, err := message(stats)
	return object{"stats": written}, err
}

func (d *driver) stop(_ context.Context, asked *request) (object, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	stop := d.stops[asked.Stream]
	if stop == nil {
		return nil, fmt.Errorf("nothing streams for the request %d", asked.Stream)
	}
	stop(errStopped)
	return object{}, nil
}
