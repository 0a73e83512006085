package qtasks_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/qtasks/qtasks/clients/go"
	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// TestClosingTheClientEndsWhatFollows: nobody waits for a broker that the program has left.
func TestClosingTheClientEndsWhatFollows(t *testing.T) {
	available(t)
	client, err := qtasks.New(available(t).url(), qtasks.WithApp(appOf(t)))
	if err != nil {
		t.Fatal(err)
	}
	task, err := client.Submit(within(t), "nobody")
	if err != nil {
		t.Fatal(err)
	}
	watched, waited, begun := make(chan error), make(chan error), make(chan struct{})
	go func() {
		var last error
		for event, err := range task.Watch(context.Background(), 0) {
			if last = err; event.GetSeq() == 1 {
				close(begun)
			}
		}
		watched <- last
	}()
	go func() {
		_, err := task.Wait(context.Background())
		waited <- err
	}()
	receive(t, begun)
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	_, submitted := client.Submit(context.Background(), "nobody")
	for what, err := range map[string]error{
		"watch": receive(t, watched), "wait": receive(t, waited), "submit": submitted,
	} {
		if !errors.Is(err, qtasks.ErrClientClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// stopping is a broker that stops in the middle of its first stream: what it still
// answers it cancels.
type stopping struct {
	qtasksv1.UnimplementedTaskServiceServer
	streams atomic.Int32
}

func (s *stopping) Watch(
	request *qtasksv1.WatchRequest, stream grpc.ServerStreamingServer[qtasksv1.WatchResponse],
) error {
	event := &qtasks.Event{TaskId: request.GetId(), Seq: request.GetAfterSeq() + 1}
	last := s.streams.Add(1) > 1
	if last {
		event.Event = &qtasksv1.TaskEvent_Finished{Finished: &qtasksv1.Finished{}}
	}
	err := stream.Send(&qtasksv1.WatchResponse{Events: []*qtasks.Event{event}})
	if err == nil && !last {
		err = status.Error(codes.Canceled, "the server stops")
	}
	return err
}

// serveGRPC serves on a port of this machine until the test ends; its url.
func serveGRPC(t *testing.T, register func(*grpc.Server)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	register(server)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return "grpc://" + listener.Addr().String()
}

// TestABrokerThatStopsIsLeftForAnother: its cancellation is not taken for the caller's.
func TestABrokerThatStopsIsLeftForAnother(t *testing.T) {
	url := serveGRPC(t, func(server *grpc.Server) {
		qtasksv1.RegisterTaskServiceServer(server, &stopping{})
	})
	var seqs []int64
	for event, err := range dialAt(t, url).Handle("any").Watch(within(t), 0) {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, event.GetSeq())
	}
	if len(seqs) != 2 || seqs[1] != 2 {
		t.Errorf("got %v", seqs)
	}
}
