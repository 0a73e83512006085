package qtasks

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Run submits a task and follows it to its end: each event once and in order, the last is
// `finished`, with the task's status. It goes on by itself after a break. Leaving the loop
// does not end the task.
//
//	for event, err := range client.Run(ctx, "render", 640, 480) {
//		if err != nil {
//			return err
//		}
//		if yielded := event.GetYielded(); yielded != nil { ... }
//	}
func (c *Client) Run(ctx context.Context, name string, args ...any) iter.Seq2[*Event, error] {
	return c.RunCall(ctx, NewCall(name, args...))
}

// RunCall submits a task and follows it to its end; see [Client.Run].
func (c *Client) RunCall(ctx context.Context, call Call) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		task, err := call.submit(c.app)
		if err != nil {
			yield(nil, err)
			return
		}
		run := &following{client: c}
		run.open = func(ctx context.Context) (receive, error) {
			if run.after > 0 {
				return c.watch(ctx, run.id, run.after)
			}
			// Nothing was heard: whether it is stored or not, the id makes it the same task.
			return receiving(c.tasks.Run(ctx, &qtasksv1.RunRequest{Task: task}))
		}
		run.follow(ctx, yield)
	}
}

// Watch follows the task from an event on: those with greater numbers than `after`, 0 for
// all, each once and in order, to its end. It goes on by itself after a break.
func (h *Handle) Watch(ctx context.Context, after int64) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		watch := &following{client: h.client, id: h.ID, after: after}
		watch.open = func(ctx context.Context) (receive, error) {
			return h.client.watch(ctx, h.ID, watch.after)
		}
		watch.follow(ctx, yield)
	}
}

func (c *Client) watch(ctx context.Context, id string, after int64) (receive, error) {
	return receiving(c.tasks.Watch(ctx, &qtasksv1.WatchRequest{Id: id, AfterSeq: after}))
}

// receive takes the next events of a stream.
type receive func() ([]*Event, error)

func receiving[Message any, Response interface {
	*Message
	GetEvents() []*Event
}](stream grpc.ServerStreamingClient[Message], err error) (receive, error) {
	if err != nil {
		return nil, err
	}
	return func() ([]*Event, error) {
		response, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		return Response(response).GetEvents(), nil
	}, nil
}

// following is the events of one task, over broken streams.
type following struct {
	client *Client
	open   func(context.Context) (receive, error)
	id     string
	after  int64
}

func (f *following) follow(ctx context.Context, yield func(*Event, error) bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream, also when the loop is left
	var waits reconnection
	for {
		more, err := f.once(ctx, &waits, yield)
		if !more {
			return
		}
		f.client.noteReached(err)
		if !f.client.worthRepeating(err) {
			yield(nil, err)
			return
		}
		if err := waits.sleep(ctx); err != nil {
			yield(nil, err)
			return
		}
	}
}

// once follows one stream until it breaks, with the reason; false when that was all.
func (f *following) once(
	ctx context.Context, waits *reconnection, yield func(*Event, error) bool,
) (more bool, broken error) {
	next, err := f.open(ctx)
	for err == nil {
		var events []*Event
		if events, err = next(); err != nil {
			break
		}
		f.client.noteReached(nil)
		waits.succeeded()
		for _, event := range events {
			if event.GetSeq() <= f.after {
				continue
			}
			f.id, f.after = event.GetTaskId(), event.GetSeq()
			if !yield(event, nil) || event.GetFinished() != nil {
				return false, nil
			}
		}
	}
	if errors.Is(err, io.EOF) {
		err = &Error{Reason: ErrBrokerUnavailable, Message: "the broker ended the stream"}
	}
	return true, err
}

// noteReached notes that the broker is there, if it answered.
func (c *Client) noteReached(err error) {
	if err == nil || errors.Is(err, ErrStorageUnavailable) {
		c.reached.Store(true)
	}
}

// worthRepeating tells that a broker that was there is gone, and may come back.
func (c *Client) worthRepeating(err error) bool { return gone(err) && c.reached.Load() }
