package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/qtasks/qtasks/clients/go"
)

// server is the worker's role.
type server struct {
	out   *output
	gates gates
	fatal context.CancelCauseFunc
}

func driveWorker(ctx context.Context, client *qtasks.Client, given settings) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ctx, fatal := context.WithCancelCause(ctx)
	defer fatal(nil)
	s := &server{out: newOutput(os.Stdout), fatal: fatal}
	ready := sync.OnceFunc(func() { s.say(object{"ready": true}) })
	options := []qtasks.WorkerOption{
		qtasks.WithSlots(given.slots), qtasks.WithOnConnected(ready),
		qtasks.WithQueues(given.queues...),
	}
	if given.workerID != "" {
		options = append(options, qtasks.WithWorkerID(given.workerID))
	}
	worker := qtasks.NewWorker(client, options...)
	s.register(worker)
	go s.command()
	if err := worker.Run(ctx); err != nil {
		return err
	}
	return s.out.write(object{"drained": true})
}

// say writes a document; when nobody reads them any more, the worker ends.
func (s *server) say(document object) {
	if err := s.out.write(document); err != nil {
		s.fatal(err)
	}
}

// command reads what the runner says; the end of the input ends the worker.
func (s *server) command() {
	s.fatal(lines(os.Stdin, func(line []byte) error {
		var said struct {
			Release string `json:"release"`
		}
		if err := json.Unmarshal(line, &said); err != nil {
			return err
		}
		s.gates.release(said.Release)
		return nil
	}))
}

func (s *server) register(worker *qtasks.Worker) {
	for name, handler := range map[string]qtasks.Handler{
		"echo": echo, "count": count, "gated": s.gated, "fail": fail, "reject": reject,
		"ask": ask, "report": report, "tell": tell, "text": textOf, "yield_text": yieldText, "blob": blob,
		"nothing": nothing,
	} {
		worker.Handle(name, s.told(handler))
	}
	qtasks.Register(worker, "add", func(ctx context.Context, in operands) (*big.Int, error) {
		sum, err := s.told(func(context.Context, *qtasks.Task) (any, error) {
			return new(big.Int).Add(in.A, in.B), nil
		})(ctx, qtasks.Current(ctx))
		return sum.(*big.Int), err
	})
}

type operands struct {
	A *big.Int `json:"a"`
	B *big.Int `json:"b"`
}

type called struct {
	TaskID  string `json:"taskId"`
	Attempt int    `json:"attempt,omitempty"`
	How     string `json:"how,omitempty"`
}

// told tells the runner of what happens to a task.
func (s *server) told(handler qtasks.Handler) qtasks.Handler {
	return func(ctx context.Context, task *qtasks.Task) (any, error) {
		s.say(object{"started": called{TaskID: task.ID(), Attempt: task.Attempt()}})
		forget := context.AfterFunc(ctx, func() {
			var stop *qtasks.Stop
			if errors.As(context.Cause(ctx), &stop) && stop.Kind == qtasks.StopLost {
				s.say(object{"lost": called{TaskID: task.ID()}})
			}
		})
		defer forget()
		value, err := handler(ctx, task)
		how := "returned"
		if err != nil {
			how = "failed"
		}
		if ctx.Err() != nil {
			how = "cancelled"
		}
		s.say(object{"ended": called{TaskID: task.ID(), Attempt: task.Attempt(), How: how}})
		return value, err
	}
}

func echo(_ context.Context, task *qtasks.Task) (any, error) {
	args, err := task.Args()
	if err != nil {
		return nil, err
	}
	kwargs, err := task.Kwargs()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(args))
	for place, arg := range args {
		if err := value(string(arg), &values[place]); err != nil {
			return nil, err
		}
	}
	if len(values) == 1 && len(kwargs) == 0 {
		return values[0], nil
	}
	if kwargs == nil {
		kwargs = map[string]json.RawMessage{}
	}
	return []any{values, kwargs}, nil
}

func count(_ context.Context, task *qtasks.Task) (any, error) {
	var n int
	if err := task.Scan(&n); err != nil {
		return nil, err
	}
	for number := range n {
		if err := task.Yield(number); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (s *server) gated(ctx context.Context, task *qtasks.Task) (any, error) {
	var key string
	var n int
	if err := task.Scan(&key, &n); err != nil {
		return nil, err
	}
	for number := range n {
		select {
		case <-s.gates.of(key):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if err := task.Yield(number); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func fail(_ context.Context, task *qtasks.Task) (any, error) {
	var times int
	var message string
	if err := task.Scan(&times, &message); err != nil {
		return nil, err
	}
	if task.Attempt() <= times {
		return nil, errors.New(message)
	}
	return task.Attempt(), nil
}

func reject(_ context.Context, task *qtasks.Task) (any, error) {
	var message string
	if err := task.Scan(&message); err != nil {
		return nil, err
	}
	return nil, qtasks.Permanent(errors.New(message))
}

func ask(ctx context.Context, task *qtasks.Task) (any, error) {
	var prompt any
	if err := task.Scan(&prompt); err != nil {
		return nil, err
	}
	return qtasks.Ask[any](ctx, task, prompt)
}

func report(_ context.Context, task *qtasks.Task) (any, error) {
	var n int
	if err := task.Scan(&n); err != nil {
		return nil, err
	}
	for step := 1; step <= n; step++ {
		task.Logger().Info(fmt.Sprintf("step %d", step), "step", step)
		if err := task.Progress(float64(step), float64(n), ""); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func tell(_ context.Context, task *qtasks.Task) (any, error) {
	var times int
	var text string
	if err := task.Scan(&times, &text); err != nil {
		return nil, err
	}
	for step := 1; step <= times; step++ {
		task.Logger().Info(text, "text", text)
		if err := task.Progress(float64(step), float64(times), text); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func textOf(_ context.Context, task *qtasks.Task) (any, error) {
	var size int
	if err := task.Scan(&size); err != nil {
		return nil, err
	}
	return strings.Repeat("x", size), nil
}

func yieldText(ctx context.Context, task *qtasks.Task) (any, error) {
	text, err := textOf(ctx, task)
	if err != nil {
		return nil, err
	}
	return nil, task.Yield(text)
}

func blob(_ context.Context, task *qtasks.Task) (any, error) { return task.Encoded(), nil }

func nothing(context.Context, *qtasks.Task) (any, error) { return nil, nil }

// gates are what gated tasks wait for, by key: one release each lets one through, also
// one that comes later.
type gates struct {
	mu    sync.Mutex
	byKey map[string]chan struct{}
}

// maxReleases is how many releases a gate keeps for those that come later.
const maxReleases = 10_000

func (g *gates) of(key string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byKey == nil {
		g.byKey = map[string]chan struct{}{}
	}
	if g.byKey[key] == nil {
		g.byKey[key] = make(chan struct{}, maxReleases)
	}
	return g.byKey[key]
}

func (g *gates) release(key string) { g.of(key) <- struct{}{} }
