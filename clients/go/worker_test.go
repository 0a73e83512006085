package qtasks_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go"
	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// until waits for a task to be told to stop, and says so.
func until(begun chan<- string) qtasks.Handler {
	return func(ctx context.Context, task *qtasks.Task) (any, error) {
		begun <- task.ID()
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
}

// failureOf runs a call to its end, which must be a failure.
func failureOf(t *testing.T, client *qtasks.Client, call qtasks.Call) *qtasks.Status {
	t.Helper()
	task, err := client.SubmitCall(within(t), call)
	if err != nil {
		t.Fatal(err)
	}
	_, err = qtasks.Result[any](within(t), task)
	var failed *qtasks.TaskError
	if !errors.As(err, &failed) || !errors.Is(err, qtasks.ErrTaskFailed) {
		t.Fatalf("it did not fail: %v", err)
	}
	return failed.Status
}

func TestFailuresSayWhatHappened(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("plain", func(context.Context, *qtasks.Task) (any, error) {
			return nil, fmt.Errorf("rendering: %w", &fault{cause: errors.New("disk full")})
		})
		w.Handle("permanent", func(context.Context, *qtasks.Task) (any, error) {
			return nil, qtasks.Permanent(errors.New("never"))
		})
		w.Handle("panic", func(context.Context, *qtasks.Task) (any, error) { panic("oh") })
		w.Handle("function", func(context.Context, *qtasks.Task) (any, error) { return count, nil })
		w.Handle("large", func(context.Context, *qtasks.Task) (any, error) {
			return strings.Repeat("x", 1<<20), nil
		})
		w.Handle("large_yield", func(_ context.Context, task *qtasks.Task) (any, error) {
			return nil, task.Yield(strings.Repeat("x", 256<<10))
		})
		w.Handle("self", func(context.Context, *qtasks.Task) (any, error) {
			return nil, &qtasks.Stop{Kind: qtasks.StopCancelled, Reason: "not needed"}
		})
	})
	again := func(name string) qtasks.Call {
		return qtasks.Call{Name: name, Retry: &qtasks.Retry{
			MaxAttempts: 2, InitialBackoff: time.Millisecond,
		}}
	}
	const (
		raised  = qtasksv1.FailureReason_FAILURE_REASON_RAISED
		invalid = qtasksv1.FailureReason_FAILURE_REASON_RESULT_INVALID
	)
	for _, want := range []struct {
		task, kind, message string
		reason              qtasksv1.FailureReason
		attempts            int32
	}{
		{"plain", "qtasks_test.fault", "rendering: a fault", raised, 2},
		{"permanent", "errors.errorString", "never", raised, 1},
		{"panic", "panic", "oh", raised, 2},
		{"function", "Unserializable", "not a JSON value", invalid, 1},
		{"large", "PayloadTooLarge", "the result has 1048582 bytes", invalid, 1},
		{"large_yield", "PayloadTooLarge", "value has 262150 bytes", raised, 2},
	} {
		status := failureOf(t, client, again(want.task))
		failure := status.GetFailure()
		if failure.GetKind() != want.kind || failure.GetReason() != want.reason ||
			!strings.HasPrefix(failure.GetMessage(), want.message) ||
			status.GetAttempt() != want.attempts {
			t.Errorf("%s: attempt %d: %v", want.task, status.GetAttempt(), failure)
		}
		if want.task == "plain" && failure.GetCause().GetMessage() != "disk full" {
			t.Errorf("the cause is %v", failure.GetCause())
		}
		if want.task == "panic" && !strings.Contains(failure.GetTraceback(), "worker_test.go") {
			t.Errorf("the traceback is %q", failure.GetTraceback())
		}
	}
	if _, err := qtasks.Do[any](within(t), client, "self"); !errors.Is(err, qtasks.ErrTaskCancelled) {
		t.Errorf("a task that cancels itself: %v", err)
	}
}

type fault struct{ cause error }

func (f *fault) Error() string { return "a fault" }
func (f *fault) Unwrap() error { return f.cause }

func TestRetryUntilItWorks(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("second", func(_ context.Context, task *qtasks.Task) (any, error) {
			if task.Attempt() == 1 {
				return nil, qtasks.RetryAfter(errors.New("not yet"), time.Millisecond)
			}
			return task.Attempt(), nil
		}, qtasks.WithDefaults(qtasks.Defaults{
			Retry: &qtasks.Retry{MaxAttempts: 2, InitialBackoff: time.Hour},
		}))
	})
	if attempt, err := qtasks.Do[int](within(t), client, "second"); attempt != 2 || err != nil {
		t.Errorf("got %d, %v", attempt, err)
	}
}

func TestCancelStopsWhatRuns(t *testing.T) {
	client := dial(t)
	begun, cause := make(chan string, 1), make(chan error, 1)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("until", func(ctx context.Context, task *qtasks.Task) (any, error) {
			_, err := until(begun)(ctx, task)
			cause <- err
			return "in vain", nil
		})
	})
	task, err := client.Submit(within(t), "until")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	if state, err := task.Cancel(within(t), "enough"); err != nil || state != qtasks.Running {
		t.Errorf("got %v, %v", state, err)
	}
	var stop *qtasks.Stop
	if err := receive(t, cause); !errors.As(err, &stop) ||
		*stop != (qtasks.Stop{Kind: qtasks.StopCancelled, Reason: "enough"}) {
		t.Errorf("the cause is %v", err)
	}
	if _, err := qtasks.Result[any](within(t), task); !errors.Is(err, qtasks.ErrTaskCancelled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestLimitsOfTime(t *testing.T) {
	client := dial(t)
	begun := make(chan string, 10)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("until", until(begun))
		w.Handle("deaf", func(context.Context, *qtasks.Task) (any, error) {
			<-within(t).Done()
			return nil, nil
		})
	}, qtasks.WithCancelGrace(50*time.Millisecond), qtasks.WithDrainTimeout(0))
	limited := qtasks.Call{Name: "until", MaxTime: 20 * time.Millisecond}
	late := qtasks.Call{Name: "until", Deadline: time.Now().Add(time.Second)}
	deaf := qtasks.Call{Name: "deaf", MaxTime: 20 * time.Millisecond}
	for _, want := range []struct {
		call    qtasks.Call
		message string
		overrun string
	}{
		{limited, "it ran longer than max_time, 0.02 s", ""},
		{late, "its deadline passed", ""},
		{deaf, "it ran longer than max_time, 0.02 s", "true"},
	} {
		failure := failureOf(t, client, want.call).GetFailure()
		if failure.GetReason() != qtasksv1.FailureReason_FAILURE_REASON_TIMED_OUT ||
			failure.GetMessage() != want.message ||
			failure.GetDetails()["overrun"] != want.overrun {
			t.Errorf("%s: %v", want.message, failure)
		}
	}
}

func TestAskIsAnswered(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("ask", func(ctx context.Context, task *qtasks.Task) (any, error) {
			short, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			if _, err := qtasks.Ask[int](short, task, "soon?"); !errors.Is(err, qtasks.ErrAskTimeout) {
				return nil, fmt.Errorf("nobody answered, and yet: %w", err)
			}
			return qtasks.Ask[*big.Int](ctx, task, "how many?")
		})
	})
	var status *qtasks.Status
	for event, err := range client.Run(within(t), "ask") {
		if err != nil {
			t.Fatal(err)
		}
		asked := event.GetAsked()
		if asked.GetPrompt().GetJson() == `"how many?"` {
			task := client.Handle(event.GetTaskId())
			_, err := task.Reply(within(t), "another", 0)
			if !errors.Is(err, qtasks.ErrAskNotFound) {
				t.Errorf("what nobody asked: %v", err)
			}
			if _, err := task.Reply(within(t), asked.GetAskId(), big.NewInt(42)); err != nil {
				t.Error(err)
			}
		}
		status = event.GetFinished().GetStatus()
	}
	if answer, err := qtasks.ResultOf[int](status); answer != 42 || err != nil {
		t.Errorf("got %d, %v", answer, err)
	}
}

func TestLogAndProgress(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("report", func(_ context.Context, task *qtasks.Task) (any, error) {
			task.Logger().With("page", 1).WithGroup("size").Warn("wide", "width", 640)
			return nil, task.Progress(1, 2, "half")
		})
	})
	var line *qtasksv1.LogLine
	var progress *qtasksv1.Progress
	for event, err := range client.Run(within(t), "report") {
		if err != nil {
			t.Fatal(err)
		}
		if one := event.GetLog(); one != nil {
			line = one
		}
		if one := event.GetProgress(); one != nil {
			progress = one
		}
	}
	fields := map[string]string{"page": "1", "size.width": "640"}
	if line.GetMessage() != "wide" || line.GetLevel() != qtasksv1.LogLevel_LOG_LEVEL_WARNING ||
		!maps.Equal(line.GetFields(), fields) {
		t.Errorf("the line is %v", line)
	}
	if progress.GetDone() != 1 || progress.GetTotal() != 2 || progress.GetNote() != "half" {
		t.Errorf("the progress is %v", progress)
	}
}

// TestALineThatIsTooLargeLosesItsFields: the broker would end the worker's stream.
func TestALineThatIsTooLargeLosesItsFields(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("report", func(_ context.Context, task *qtasks.Task) (any, error) {
			logger := task.Logger()
			for number := range 100 {
				logger = logger.With(fmt.Sprint(number), strings.Repeat("x", 4000))
			}
			logger.Info("wide")
			return nil, task.Progress(1, 2, strings.Repeat("x", 300<<10))
		})
	})
	for event, err := range client.Run(within(t), "report") {
		if err != nil {
			t.Fatal(err)
		}
		if line := event.GetLog(); line != nil && len(line.GetFields()) != 1 {
			t.Errorf("the line has %d fields", len(line.GetFields()))
		}
		if end := event.GetFinished(); end != nil && end.GetStatus().GetState() != qtasks.Succeeded {
			t.Errorf("it ended as %v", end)
		}
	}
}

// picture is what a registered task takes.
type picture struct {
	Width   int      `json:"width"`
	Quality int      `json:"quality,omitempty"`
	Labels  []string `json:"labels,omitempty"`
}

func TestRegisteredTasksTakeArgumentsByPlaceAndName(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		qtasks.Register(w, "resize", func(ctx context.Context, in picture) (picture, error) {
			return in, qtasks.Current(ctx).Yield(in.Width)
		}, qtasks.WithDescription("Makes it smaller."))
	})
	kwargs := func(pairs map[string]any, args ...any) qtasks.Call {
		return qtasks.Call{Name: "resize", Args: args, Kwargs: pairs}
	}
	task, err := client.SubmitCall(within(t), kwargs(map[string]any{"labels": []string{"a"}}, 640))
	if err != nil {
		t.Fatal(err)
	}
	got, err := qtasks.Result[picture](within(t), task)
	if err != nil || got.Width != 640 || got.Quality != 0 || !slices.Equal(got.Labels, []string{"a"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for parameter, call := range map[string]qtasks.Call{
		"width":   kwargs(map[string]any{"quality": 1}),
		"height":  kwargs(map[string]any{"height": 1}, 640),
		"quality": kwargs(map[string]any{"quality": 1}, 640, 80),
		"args":    qtasks.NewCall("resize", 1, 2, nil, 4),
		"labels":  kwargs(map[string]any{"labels": "a"}, 640),
	} {
		failure := failureOf(t, client, call).GetFailure()
		if failure.GetReason() != qtasksv1.FailureReason_FAILURE_REASON_REJECTED ||
			failure.GetDetails()["parameter"] != parameter {
			t.Errorf("%s: %v", parameter, failure)
		}
	}
	answer, err := qtasksv1.NewStatsServiceClient(client.Conn()).InspectTask(
		within(t), &qtasksv1.InspectTaskRequest{App: appOf(t), Name: "resize"})
	if err != nil || answer.GetTask().GetDescription() != "Makes it smaller." {
		t.Errorf("the broker knows %v, %v", answer, err)
	}
}

func TestEachInputsAndBytes(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("echo", echo)
		w.Handle("blob", func(_ context.Context, task *qtasks.Task) (any, error) {
			return task.Encoded(), nil
		})
	})
	result := func(call qtasks.Call) string {
		task, err := client.SubmitCall(within(t), call)
		if err != nil {
			t.Fatal(err)
		}
		status, err := task.Wait(within(t))
		if err != nil || status.GetState() != qtasks.Succeeded {
			t.Fatalf("%v, %v", status, err)
		}
		return status.GetResult().GetJson()
	}
	each := qtasks.NewCall("echo", []int{1}, []int{2, 3})
	each.Each = true
	if got := result(each); got != "[[1],[2,3]]" {
		t.Errorf("each: %s", got)
	}
	first, err := client.Submit(within(t), "echo", "first")
	if err != nil {
		t.Fatal(err)
	}
	for pass, want := range map[qtasksv1.Pass]string{
		qtasks.PassEach: `[0,["first"]]`, qtasks.PassList: `[0,[["first"]]]`,
	} {
		after := qtasks.NewCall("echo", 0)
		after.After = &qtasks.After{TaskIds: []string{first.ID}, Pass: pass}
		if got := result(after); got != want {
			t.Errorf("%v: %s", pass, got)
		}
	}
	bytes := &qtasks.Payload{
		Body: &qtasksv1.Payload_Data{Data: []byte{0, 255}}, Encoding: "raw",
	}
	task, err := client.SubmitCall(within(t), qtasks.Call{Name: "blob", Encoded: bytes})
	if err != nil {
		t.Fatal(err)
	}
	got, err := qtasks.Result[*qtasks.Payload](within(t), task)
	if err != nil || got.GetEncoding() != "raw" || !slices.Equal(got.GetData(), []byte{0, 255}) {
		t.Errorf("bytes: %v, %v", got, err)
	}
	status := failureOf(t, client, qtasks.Call{Name: "echo", Encoded: bytes})
	if status.GetFailure().GetKind() != "Unserializable" {
		t.Errorf("bytes where JSON is wanted: %v", status.GetFailure())
	}
}

func TestNoMoreAtOnceThanThereAreSlots(t *testing.T) {
	client := dial(t)
	var running, most atomic.Int32
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("one", func(ctx context.Context, task *qtasks.Task) (any, error) {
			now := running.Add(1)
			defer running.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
				seen = most.Load()
			}
			return nil, task.Yield("one")
		})
	}, qtasks.WithSlots(3))
	calls := make([]qtasks.Call, 300)
	for place := range calls {
		calls[place] = qtasks.NewCall("one")
	}
	for _, receipt := range client.SubmitAll(within(t), calls...) {
		if _, err := qtasks.Result[any](within(t), receipt.Handle); err != nil {
			t.Fatal(err)
		}
	}
	if most.Load() > 3 || most.Load() < 1 {
		t.Errorf("%d ran at once", most.Load())
	}
}

func TestWorkerKeepsItsTasksOverABreak(t *testing.T) {
	way := newLink(t, available(t).address)
	client, far := dial(t), dialAt(t, way.url())
	gate := make(chan struct{})
	serve(t, far, func(w *qtasks.Worker) {
		w.Handle("gated", func(_ context.Context, task *qtasks.Task) (any, error) {
			for number := range 5 {
				if err := task.Yield(number); err != nil {
					return nil, err
				}
				<-gate
			}
			return task.Attempt(), nil
		})
	})
	var values []string
	var status *qtasks.Status
	for event, err := range client.Run(within(t), "gated") {
		if err != nil {
			t.Fatal(err)
		}
		if value := event.GetYielded().GetValue(); value != nil {
			values = append(values, value.GetJson())
			way.cut()
			gate <- struct{}{} // what it says now waits for the next stream
		}
		status = event.GetFinished().GetStatus()
	}
	if attempt, err := qtasks.ResultOf[int](status); attempt != 1 || err != nil {
		t.Errorf("attempt %d, %v", attempt, err)
	}
	if !slices.Equal(values, []string{"0", "1", "2", "3", "4"}) {
		t.Errorf("the values that came are %v", values)
	}
}

func TestDrainFinishesWhatRunsAndGivesBackTheRest(t *testing.T) {
	client := dial(t)
	begun, gate := make(chan string, 10), make(chan struct{})
	gated := func(w *qtasks.Worker) {
		w.Handle("gated", func(_ context.Context, task *qtasks.Task) (any, error) {
			begun <- task.ID()
			<-gate
			return task.Attempt(), nil
		})
	}
	drain := serve(t, client, gated, qtasks.WithSlots(1))
	first, err := client.Submit(within(t), "gated")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	second, err := client.Submit(within(t), "gated")
	if err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() { drain(); close(drained) }()
	close(gate)
	receive(t, drained)
	if attempt, err := qtasks.Result[int](within(t), first); attempt != 1 || err != nil {
		t.Errorf("what ran: attempt %d, %v", attempt, err)
	}
	if status, err := second.Status(within(t)); err != nil || status.GetState() != qtasks.Ready {
		t.Errorf("what waited: %v, %v", status, err)
	}
	serve(t, client, gated)
	if attempt, err := qtasks.Result[int](within(t), second); attempt != 1 || err != nil {
		t.Errorf("what waited: attempt %d, %v", attempt, err)
	}
}

func TestTheBrokerDrainsAWorker(t *testing.T) {
	client := dial(t)
	begun, gate, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
	worker := qtasks.NewWorker(client, qtasks.WithDrainTimeout(0))
	worker.Handle("gated", func(_ context.Context, task *qtasks.Task) (any, error) {
		begun <- task.ID()
		<-gate
		return "finished", nil
	})
	go func() { ended <- worker.Run(within(t)) }()
	task, err := client.Submit(within(t), "gated")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	for range 2 { // telling it again changes nothing
		if running, err := client.DrainWorker(within(t), worker.ID()); running != 1 || err != nil {
			t.Errorf("%d run, %v", running, err)
		}
	}
	close(gate)
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
	if result, err := qtasks.Result[string](within(t), task); result != "finished" || err != nil {
		t.Errorf("what ran: %q, %v", result, err)
	}
	_, err = client.DrainWorker(within(t), worker.ID())
	if !errors.Is(err, qtasks.ErrWorkerNotFound) {
		t.Errorf("a worker that has left is drained: %v", err)
	}
}

func TestWhatDoesNotFinishInTimeGoesToAnotherWorker(t *testing.T) {
	client := dial(t)
	begun := make(chan string, 2)
	drain := serve(t, client, func(w *qtasks.Worker) { w.Handle("until", until(begun)) },
		qtasks.WithDrainTimeout(10*time.Millisecond))
	task, err := client.Submit(within(t), "until")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	drain()
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("until", func(_ context.Context, task *qtasks.Task) (any, error) {
			return task.Attempt(), nil
		})
	})
	if attempt, err := qtasks.Result[int](within(t), task); attempt != 1 || err != nil {
		t.Errorf("attempt %d, %v: it burns none", attempt, err)
	}
}

func TestSIGTERMDrains(t *testing.T) {
	client := dial(t)
	connected := make(chan struct{}, 10)
	worker := qtasks.NewWorker(client,
		qtasks.WithOnConnected(func() { connected <- struct{}{} }))
	worker.Handle("count", count)
	ended := make(chan error, 1)
	go func() { ended <- worker.RunUntilSignal(within(t)) }()
	receive(t, connected)
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, ended); err != nil {
		t.Error(err)
	}
}

func TestASecondWorkerOfOneNameIsRefused(t *testing.T) {
	client := dial(t)
	name := qtasks.WithWorkerID("the-same")
	serve(t, client, func(w *qtasks.Worker) { w.Handle("count", count) }, name)
	err := qtasks.NewWorker(client, name).Run(within(t))
	if !errors.Is(err, qtasks.ErrWorkerIDInUse) {
		t.Errorf("got %v", err)
	}
}

func TestALostLeaseStopsTheTask(t *testing.T) {
	way := newLink(t, available(t).address)
	client, far := dial(t), dialAt(t, way.url())
	begun, cause := make(chan string, 1), make(chan error, 1)
	serve(t, far, func(w *qtasks.Worker) {
		w.Handle("until", func(ctx context.Context, task *qtasks.Task) (any, error) {
			_, err := until(begun)(ctx, task)
			cause <- err
			return nil, err
		})
	})
	task, err := client.Submit(within(t), "until")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	way.block()
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("until", func(_ context.Context, task *qtasks.Task) (any, error) {
			return "elsewhere", nil
		})
	})
	if result, err := qtasks.Result[string](within(t), task); result != "elsewhere" || err != nil {
		t.Errorf("got %q, %v", result, err)
	}
	way.unblock()
	var stop *qtasks.Stop
	if err := receive(t, cause); !errors.As(err, &stop) || stop.Kind != qtasks.StopLost {
		t.Errorf("the cause is %v", err)
	}
}
