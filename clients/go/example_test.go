package qtasks_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go"
)

func Example_client() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := qtasks.New("grpc://127.0.0.1:50051")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// Submit, and wait for the result as a type of yours.
	sum, err := qtasks.Do[int](ctx, client, "add", 1, 2)
	switch {
	case errors.Is(err, qtasks.ErrTaskFailed): // *qtasks.TaskError has its status
		log.Fatal("add failed: ", err)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(sum)

	// Submit and follow in one call; what the task yields comes while it runs.
	for event, err := range client.Run(ctx, "render", 640, 480) {
		if err != nil {
			log.Fatal(err)
		}
		if yielded := event.GetYielded(); yielded != nil {
			fmt.Println(yielded.GetValue().GetJson())
		}
	}

	// With options, to be waited for elsewhere.
	handle, err := client.SubmitCall(ctx, qtasks.Call{
		Name: "resize", Kwargs: map[string]any{"width": 640}, Queue: "images",
		MaxTime: time.Minute, Retry: &qtasks.Retry{MaxAttempts: 3},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(handle.ID)
}

type Resize struct {
	Width   int `json:"width"`
	Quality int `json:"quality,omitempty"` // may be left out
}

func resize(ctx context.Context, in Resize) (string, error) {
	if in.Width < 1 {
		return "", qtasks.Permanent(errors.New("no width")) // not tried again
	}
	task := qtasks.Current(ctx)
	if err := task.Yield("half of it"); err != nil {
		return "", err // cancelled, or out of time
	}
	return fmt.Sprintf("%d wide", in.Width), nil
}

func Example_worker() {
	client, err := qtasks.New("grpc://127.0.0.1:50051")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	worker := qtasks.NewWorker(client, qtasks.WithQueues("images"), qtasks.WithSlots(20))
	qtasks.Register(worker, "resize", resize)
	worker.Handle("echo", func(ctx context.Context, task *qtasks.Task) (any, error) {
		return task.Args() // whatever came
	})
	// SIGTERM drains: it takes no more, finishes what runs, and leaves.
	if err := worker.RunUntilSignal(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// TestREADME: the programs of the README are the examples above, which compile.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) == 0 {
		t.Error("the README has no program")
	}
	plain := func(text string) string { return regexp.MustCompile(`\s+`).ReplaceAllString(text, " ") }
	for _, block := range blocks {
		for part := range strings.SplitSeq(block[1], "\n\n") {
			if !strings.Contains(plain(string(here)), plain(part)) {
				t.Errorf("no example has\n%s", part)
			}
		}
	}
}
