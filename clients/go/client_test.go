package qtasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go"
	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// count yields 0 to n - 1 and returns n.
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

// echo returns its arguments.
func echo(_ context.Context, task *qtasks.Task) (any, error) { return task.Args() }

func TestResultKeepsWhatJSONCanSay(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) { w.Handle("echo", echo) })
	huge, _ := new(big.Int).SetString("18446744073709551617", 10)

	numbers, err := qtasks.Do[[]*big.Int](within(t), client, "echo", huge, 2)
	if err != nil || numbers[0].Cmp(huge) != 0 || numbers[1].Int64() != 2 {
		t.Errorf("got %v, %v", numbers, err)
	}
	values, err := qtasks.Do[[]any](within(t), client, "echo", json.Number("1.50"), "ü<&>\u2028", nil)
	want := []any{json.Number("1.50"), "ü<&>\u2028", nil}
	if err != nil || !slices.Equal(values, want) {
		t.Errorf("got %v, %v", values, err)
	}
}

func TestRunGivesEachEventOnceAndInOrder(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) { w.Handle("count", count) })
	var yielded []int
	var last *qtasks.Event
	for event, err := range client.Run(within(t), "count", 500) {
		if err != nil {
			t.Fatal(err)
		}
		if event.GetSeq() != last.GetSeq()+1 {
			t.Fatalf("%d came after %d", event.GetSeq(), last.GetSeq())
		}
		last = event
		if value := event.GetYielded().GetValue(); value != nil {
			var number int
			if err := qtasks.Decode(value, &number); err != nil {
				t.Fatal(err)
			}
			yielded = append(yielded, number)
		}
	}
	result, err := qtasks.ResultOf[int](last.GetFinished().GetStatus())
	if err != nil || result != 500 || len(yielded) != 500 || !slices.IsSorted(yielded) {
		t.Errorf("got %d values and %d, %v", len(yielded), result, err)
	}
}

func TestLeavingTheLoopLeavesTheTaskAlone(t *testing.T) {
	client := dial(t)
	release := make(chan struct{})
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("wait", func(ctx context.Context, task *qtasks.Task) (any, error) {
			if err := task.Yield("begun"); err != nil {
				return nil, err
			}
			<-release
			return "done", nil
		})
	})
	var id string
	for event, err := range client.Run(within(t), "wait") {
		if err != nil {
			t.Fatal(err)
		}
		if id = event.GetTaskId(); event.GetYielded() != nil {
			break
		}
	}
	close(release)
	result, err := qtasks.Result[string](within(t), client.Handle(id))
	if result != "done" || err != nil {
		t.Errorf("got %q, %v", result, err)
	}
}

func TestWatchGoesOnAfterABreak(t *testing.T) {
	way := newLink(t, available(t).address)
	client, watcher := dial(t), dialAt(t, way.url())
	gate := make(chan struct{}, 10)
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("gated", func(_ context.Context, task *qtasks.Task) (any, error) {
			for number := range 6 {
				<-gate
				if err := task.Yield(number); err != nil {
					return nil, err
				}
			}
			return nil, nil
		})
	})
	var seqs []int64
	yields := 0
	gate <- struct{}{}
	for event, err := range watcher.Run(within(t), "gated") {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, event.GetSeq())
		if event.GetYielded() != nil {
			yields++
			way.cut()
			gate <- struct{}{} // what comes while nobody is connected comes later
		}
	}
	for place, seq := range seqs {
		if seq != int64(place+1) {
			t.Fatalf("not each event once and in order: %v", seqs)
		}
	}
	if yields != 6 {
		t.Errorf("%d of 6 values came", yields)
	}
}

func TestWatchFromANumber(t *testing.T) {
	client := dial(t)
	serve(t, client, func(w *qtasks.Worker) { w.Handle("count", count) })
	task, err := client.Submit(within(t), "count", 3)
	if err != nil {
		t.Fatal(err)
	}
	status, err := task.Wait(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var seqs []int64
	for event, err := range task.Watch(within(t), status.GetLastSeq()-2) {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, event.GetSeq())
	}
	if !slices.Equal(seqs, []int64{status.GetLastSeq() - 1, status.GetLastSeq()}) {
		t.Errorf("got %v of %d", seqs, status.GetLastSeq())
	}
}

func TestSubmitAllAnswersForEach(t *testing.T) {
	client := dial(t)
	late := qtasks.NewCall("one")
	late.Delay = -time.Second
	receipts := client.SubmitAll(within(t),
		qtasks.NewCall("one"),
		qtasks.NewCall(""),
		qtasks.NewCall("large", strings.Repeat("x", 1<<20)),
		qtasks.NewCall("function", func() {}),
		late,
		qtasks.NewCall("\xff"),
		qtasks.NewCall("two"),
	)
	for place, want := range []error{
		nil, qtasks.ErrInvalidField, qtasks.ErrPayloadTooLarge, qtasks.ErrUnserializable,
		qtasks.ErrOutOfRange, qtasks.ErrInvalidField, nil,
	} {
		if !errors.Is(receipts[place].Err, want) || (want == nil) != (receipts[place].Handle != nil) {
			t.Errorf("%d: got %v, not %v", place, receipts[place].Err, want)
		}
	}
	var refused *qtasks.Error
	if !errors.As(receipts[4].Err, &refused) || refused.Field != "tasks[4].delay" {
		t.Errorf("the field is %q", refused.Field)
	}
}

func TestManyTasksTakeSeveralRequests(t *testing.T) {
	client := dial(t)
	calls := make([]qtasks.Call, 1200)
	for place := range calls {
		calls[place] = qtasks.NewCall("later", place)
	}
	for place, receipt := range client.SubmitAll(within(t), calls...) {
		if receipt.Err != nil {
			t.Fatalf("%d: %v", place, receipt.Err)
		}
	}
	listed := map[string]bool{}
	for status, err := range client.List(within(t), &qtasks.Filter{Name: "later"}) {
		if err != nil {
			t.Fatal(err)
		}
		listed[string(status.GetArgs().GetJson())] = true
	}
	if len(listed) != len(calls) {
		t.Errorf("%d tasks of %d are listed", len(listed), len(calls))
	}
}

func TestSubmitAgainGivesTheSameTask(t *testing.T) {
	client := dial(t)
	call := qtasks.Call{
		Name: "same", Args: []any{1}, Kwargs: map[string]any{"b": 2, "a": 1},
	}
	first, err := client.SubmitCall(within(t), call)
	if err != nil || first.Existing {
		t.Fatalf("got %+v, %v", first, err)
	}
	call.ID = first.ID
	again, err := client.SubmitCall(within(t), call)
	if err != nil || again.ID != first.ID || !again.Existing {
		t.Fatalf("again: %+v, %v", again, err)
	}
	call.Args = []any{2}
	if _, err := client.SubmitCall(within(t), call); !errors.Is(err, qtasks.ErrTaskConflict) {
		t.Errorf("other content under the same id: %v", err)
	}
}

func TestCancelOfWhatWaits(t *testing.T) {
	client := dial(t)
	task, err := client.Submit(within(t), "nobody")
	if err != nil {
		t.Fatal(err)
	}
	state, err := task.Cancel(within(t), "not needed")
	if err != nil || state != qtasks.Cancelled {
		t.Errorf("got %v, %v", state, err)
	}
	_, err = qtasks.Result[any](within(t), task)
	var ended *qtasks.TaskError
	if !errors.Is(err, qtasks.ErrTaskCancelled) || !errors.As(err, &ended) ||
		ended.Status.GetCancelReason() != "not needed" {
		t.Errorf("got %v", err)
	}
	if _, err := task.Cancel(within(t), "again"); !errors.Is(err, qtasks.ErrTaskEnded) {
		t.Errorf("cancelled again: %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	client := dial(t)
	task, err := client.Submit(within(t), "nobody")
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := task.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("past the deadline: %v", err)
	}
	gone, giveUp := context.WithCancelCause(context.Background())
	giveUp(errors.New("no more"))
	if _, err := task.Wait(gone); err == nil || err.Error() != "no more" {
		t.Errorf("cancelled: %v", err)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	client := dial(t)
	unknown := client.Handle("0190b2d8-1b2c-7b2c-8b2c-ba9876543210")
	_, err := unknown.Status(within(t))
	var failed *qtasks.Error
	if !errors.As(err, &failed) || failed.Reason != qtasks.ErrTaskNotFound ||
		failed.Facts["task_id"] != unknown.ID {
		t.Errorf("got %#v", err)
	}
	for _, err := range unknown.Watch(within(t), 0) {
		if !errors.Is(err, qtasks.ErrTaskNotFound) {
			t.Errorf("watched: %v", err)
		}
	}
	if _, err := unknown.Reply(within(t), "ask", 1); !errors.Is(err, qtasks.ErrTaskNotFound) {
		t.Errorf("replied: %v", err)
	}
	wrong := client.Handle("wrong")
	if _, err := wrong.Status(within(t)); !errors.As(err, &failed) || failed.Field != "id" {
		t.Errorf("got %#v", err)
	}
}

func TestStatsAndStubsShareTheConnection(t *testing.T) {
	client := dial(t)
	stats, err := client.Stats(within(t))
	if err != nil || stats.GetApp() != appOf(t) {
		t.Errorf("got %v, %v", stats, err)
	}
	_, err = qtasksv1.NewScheduleServiceClient(client.Conn()).GetSchedule(
		within(t), &qtasksv1.GetScheduleRequest{Name: "none"})
	if !errors.Is(err, qtasks.ErrScheduleNotFound) {
		t.Errorf("a stub's error: %v", err)
	}
}

func TestNoBrokerIsSaidSoon(t *testing.T) {
	client := dialAt(t, "grpc://127.0.0.1:1")
	if _, err := client.Submit(within(t), "any"); !errors.Is(err, qtasks.ErrBrokerUnavailable) {
		t.Errorf("submit: %v", err)
	}
	for _, err := range client.Run(within(t), "any") {
		if !errors.Is(err, qtasks.ErrBrokerUnavailable) {
			t.Errorf("run: %v", err)
		}
	}
}
