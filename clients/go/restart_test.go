package qtasks_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/qtasks/qtasks/clients/go"
)

// TestABrokerThatComesBack: who was connected goes on with the next broker on the same
// storage, client and worker.
func TestABrokerThatComesBack(t *testing.T) {
	available(t)
	storage := "sqlite:///" + filepath.Join(t.TempDir(), "q.db")
	first, err := startBroker("--port", "0", "--storage", storage)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(first.address)
	if err != nil {
		t.Fatal(err)
	}
	client := dialAt(t, first.url())
	begun, gate := make(chan string, 1), make(chan struct{})
	serve(t, client, func(w *qtasks.Worker) {
		w.Handle("count", count)
		w.Handle("gated", func(_ context.Context, task *qtasks.Task) (any, error) {
			begun <- task.ID()
			<-gate
			return task.Attempt(), task.Yield("after")
		})
	})
	running, err := client.Submit(within(t), "gated")
	if err != nil {
		t.Fatal(err)
	}
	receive(t, begun)
	waited := make(chan error, 1)
	go func() {
		attempt, err := qtasks.Result[int](within(t), running)
		if err == nil && attempt != 1 {
			t.Errorf("it took %d attempts", attempt)
		}
		waited <- err
	}()

	first.stop()
	submitted := make(chan error, 1)
	go func() { // keeps trying, because the broker was there
		result, err := qtasks.Do[int](within(t), client, "count", 3)
		if err == nil && result != 3 {
			t.Errorf("got %d", result)
		}
		submitted <- err
	}()
	close(gate) // what it says waits for the next broker
	second, err := startBroker("--port", port, "--storage", storage)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.stop)
	if err := receive(t, waited); err != nil {
		t.Error("what ran meanwhile: ", err)
	}
	if err := receive(t, submitted); err != nil {
		t.Error("what was submitted meanwhile: ", err)
	}
}
