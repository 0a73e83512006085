package qtasks

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Handler runs a task: what it returns is the task's result, as [Encode] writes it. The
// context ends when the task should stop; its cause is a [*Stop]. A panic fails the
// attempt, not the worker.
type Handler func(ctx context.Context, task *Task) (any, error)

// Worker serves tasks. Register them, then run it.
type Worker struct {
	client   *Client
	settings workerSettings
	handlers map[string]*registered
}

type registered struct {
	handler Handler
	info    *qtasksv1.TaskInfo
}

type workerSettings struct {
	id            string
	queues        []string
	slots         int
	creditBytes   int64
	drainTimeout  time.Duration
	cancelGrace   time.Duration
	logger        *slog.Logger
	onConnected   func()
	flushTimeout  time.Duration
	staleAfter    time.Duration
	prefetchMost  int
	prefetchAhead time.Duration
}

// WorkerOption says how a [Worker] works.
type WorkerOption func(*workerSettings)

// WithWorkerID names the worker; one live worker may use a name at a time. Unset, it is
// made of the host's name and chance.
func WithWorkerID(id string) WorkerOption { return func(s *workerSettings) { s.id = id } }

// WithQueues takes tasks from these queues; unset, from `default` and those that the
// tasks' defaults name.
func WithQueues(queues ...string) WorkerOption {
	return func(s *workerSettings) { s.queues = queues }
}

// WithSlots runs so many tasks at once; 10 unless said otherwise.
func WithSlots(slots int) WorkerOption { return func(s *workerSettings) { s.slots = slots } }

// WithCreditBytes holds so many bytes of arguments at most; 64 MiB unless said otherwise.
func WithCreditBytes(bytes int64) WorkerOption {
	return func(s *workerSettings) { s.creditBytes = bytes }
}

// WithDrainTimeout lets running tasks have so long to finish when the worker stops, before
// they are stopped and given back; 30 s unless said otherwise.
func WithDrainTimeout(length time.Duration) WorkerOption {
	return func(s *workerSettings) { s.drainTimeout = length }
}

// WithCancelGrace lets a task that should stop have so long to do so; after that its end is
// reported without it. 2 s unless said otherwise.
func WithCancelGrace(length time.Duration) WorkerOption {
	return func(s *workerSettings) { s.cancelGrace = length }
}

// WithLogger logs what the worker does; [slog.Default] unless said otherwise.
func WithLogger(logger *slog.Logger) WorkerOption {
	return func(s *workerSettings) { s.logger = logger }
}

// WithOnConnected calls a function each time a broker has welcomed the worker. It must not
// block.
func WithOnConnected(call func()) WorkerOption {
	return func(s *workerSettings) { s.onConnected = call }
}

// NewWorker makes a worker that serves tasks of the client's app over its connection.
func NewWorker(client *Client, opts ...WorkerOption) *Worker {
	w := &Worker{client: client, handlers: map[string]*registered{}}
	w.settings = workerSettings{
		id: newWorkerID(), slots: 10, drainTimeout: 30 * time.Second,
		cancelGrace: 2 * time.Second, logger: slog.Default(), onConnected: func() {},
		flushTimeout: 5 * time.Second, staleAfter: time.Second,
		prefetchMost: 1000, prefetchAhead: 50 * time.Millisecond,
	}
	for _, option := range opts {
		option(&w.settings)
	}
	return w
}

func newWorkerID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	var chance [3]byte
	rand.Read(chance[:]) // never fails
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(chance[:]))
}

// ID is the worker's name.
func (w *Worker) ID() string { return w.settings.id }

// Handle serves a task. Register all tasks before the worker runs; a name that is taken
// panics, as two routes of one path do.
func (w *Worker) Handle(name string, handler Handler, opts ...TaskOption) {
	if _, taken := w.handlers[name]; taken {
		panic(fmt.Sprintf("qtasks: the task %q is registered twice", name))
	}
	info := &qtasksv1.TaskInfo{Name: name}
	for _, option := range opts {
		option(info)
	}
	w.handlers[name] = &registered{handler: handler, info: info}
}

// TaskOption says more about a task that is registered.
type TaskOption func(*qtasksv1.TaskInfo)

// WithDescription says what the task does.
func WithDescription(text string) TaskOption {
	return func(info *qtasksv1.TaskInfo) { info.Description = text }
}

// Defaults are what a task is submitted with where its submits leave a field unset.
type Defaults struct {
	Queue      string
	Priority   *int32
	MaxTime    time.Duration
	Retry      *Retry
	KeepResult *time.Duration
	Tags       []string
}

// WithDefaults gives the task's submits what they leave unset.
func WithDefaults(defaults Defaults) TaskOption {
	return func(info *qtasksv1.TaskInfo) {
		info.Defaults = &qtasksv1.TaskDefaults{
			Priority: defaults.Priority, Queue: defaults.Queue,
			MaxTime: duration(defaults.MaxTime), Retry: defaults.Retry.policy(),
			KeepResult: optional(defaults.KeepResult), Tags: defaults.Tags,
		}
		info.Tags = defaults.Tags
	}
}

// RunUntilSignal runs the worker until SIGTERM or an interrupt, which drain it; a second
// one ends the program at once.
func (w *Worker) RunUntilSignal(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)
	return w.Run(ctx)
}

// Run serves tasks until the context ends or the broker drains the worker. Then it takes
// no more, lets what runs finish, says goodbye, and returns nil; once the context has ended,
// what does not finish within the drain timeout is stopped and given back. It returns an
// error when the broker refuses the worker.
//
// A broker that can't be reached is tried again for as long as it takes.
func (w *Worker) Run(ctx context.Context) error {
	// What runs is stopped by the worker itself, not by the caller's context.
	living, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	served := newServing(w, living)
	connection := newConnection(w, served)
	gone := make(chan error, 1)
	go func() { gone <- connection.run(living) }()
	err := w.work(ctx, connection, gone)
	if err == nil {
		err = w.finish(served, gone)
	}
	if err != nil {
		served.stopAll(&Stop{Kind: StopLost, Reason: "the worker was refused"})
		return err
	}
	connection.leave()
	select {
	case <-gone:
	case <-time.After(w.settings.flushTimeout):
		w.settings.logger.Warn("worker leaves without a goodbye", "worker_id", w.settings.id)
	}
	w.settings.logger.Info("worker stopped", "worker_id", w.settings.id)
	return nil
}

// work serves tasks until the worker should finish; an error when it was refused.
func (w *Worker) work(ctx context.Context, connection *connection, gone <-chan error) error {
	select {
	case err := <-gone:
		return err
	case <-ctx.Done():
		connection.drain()
		return nil
	case <-connection.drained:
	}
	// Told by the broker: what runs has all the time it takes.
	connection.drain()
	select {
	case err := <-gone:
		return err
	case <-ctx.Done():
	case <-connection.idle():
	}
	return nil
}

// finish waits for what runs; what takes too long is stopped and given back.
func (w *Worker) finish(served *serving, gone <-chan error) error {
	select {
	case err := <-gone:
		return err
	case <-served.idle():
		return nil
	case <-time.After(w.settings.drainTimeout):
	}
	served.stopAll(&Stop{Kind: StopShutdown, Reason: "the worker stops"})
	select {
	case err := <-gone:
		return err
	case <-served.idle():
	case <-time.After(w.settings.cancelGrace + time.Second):
	}
	return nil
}

// queues are those to take from.
func (w *Worker) queues() []string {
	if len(w.settings.queues) > 0 {
		return w.settings.queues
	}
	queues := []string{"default"}
	for _, task := range w.handlers {
		if queue := task.info.GetDefaults().GetQueue(); queue != "" {
			queues = append(queues, queue)
		}
	}
	slices.Sort(queues[1:])
	return slices.Compact(queues)
}

// infos are the tasks as they are registered with the broker.
func (w *Worker) infos() []*qtasksv1.TaskInfo {
	infos := make([]*qtasksv1.TaskInfo, 0, len(w.handlers))
	for _, task := range w.handlers {
		infos = append(infos, proto.CloneOf(task.info))
	}
	slices.SortFunc(infos, func(one, other *qtasksv1.TaskInfo) int {
		return strings.Compare(one.GetName(), other.GetName())
	})
	return infos
}
