package qtasks_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"

	"github.com/qtasks/qtasks/clients/go"
)

// TestConcurrentSubmitsShareRequests: what is submitted while a request is under way goes
// together with the next.
func TestConcurrentSubmitsShareRequests(t *testing.T) {
	const callers = 400
	var requests atomic.Int32
	entered, release := make(chan struct{}, callers), make(chan struct{})
	hold := func(
		ctx context.Context, method string, request, answer any, conn *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		requests.Add(1)
		entered <- struct{}{}
		<-release
		return invoke(ctx, method, request, answer, conn, options...)
	}
	client := dial(t, qtasks.WithDialOptions(grpc.WithChainUnaryInterceptor(hold)))
	var ids sync.Map
	var asking, done sync.WaitGroup
	submit := func(number int) {
		defer done.Done()
		asking.Done()
		task, err := client.Submit(within(t), fmt.Sprint("later-", number))
		if err != nil {
			t.Error(err)
			return
		}
		ids.Store(task.ID, number)
	}
	asking.Add(1)
	done.Add(1)
	go submit(0)
	receive(t, entered)
	asking.Add(callers - 1)
	done.Add(callers - 1)
	for number := 1; number < callers; number++ {
		go submit(number)
	}
	asking.Wait()
	close(release)
	done.Wait()
	if got := requests.Load(); got > callers/10 {
		t.Errorf("%d tasks took %d requests", callers, got)
	}
	for status, err := range client.List(within(t), nil) {
		if err != nil {
			t.Fatal(err)
		}
		number, known := ids.Load(status.GetId())
		if want := fmt.Sprint("later-", number); !known || status.GetName() != want {
			t.Errorf("the receipt of %s went to %s", status.GetName(), want)
		}
	}
}
