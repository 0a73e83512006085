package qtasks

import (
	"context"
	"runtime"
	"sync"

	"google.golang.org/grpc"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// maxChanges is how many tasks one message may name.
const maxChanges = 4096

type subscription = grpc.BidiStreamingClient[
	qtasksv1.SubscribeRequest, qtasksv1.SubscribeResponse,
]

// follower waits for the ends of tasks, all over one stream, which is opened when it is
// first needed and again whenever it breaks.
type follower struct {
	client  *Client
	closing context.Context
	start   sync.Once
	wake    chan struct{}

	mu       sync.Mutex
	followed map[string]*followed
	// unsaid are those that the broker is still to be told of.
	unsaid []string
	// dropped are those that nobody waits for any more.
	dropped []string
}

// followed is a task that somebody waits for.
type followed struct {
	waiters int
	// done is closed when one of the others is set.
	done   chan struct{}
	status *Status
	err    error
}

func newFollower(closing context.Context, client *Client) *follower {
	return &follower{
		client: client, closing: closing, wake: make(chan struct{}, 1),
		followed: map[string]*followed{},
	}
}

// ended is how a task ended, as soon as it has.
func (f *follower) ended(ctx context.Context, id string) (*Status, error) {
	f.start.Do(func() { go f.run() })
	one := f.join(id)
	defer f.leave(id, one)
	select {
	case <-one.done:
		return one.status, one.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-f.closing.Done():
		return nil, errClosed
	}
}

func (f *follower) join(id string) *followed {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := f.followed[id]
	if one == nil {
		one = &followed{done: make(chan struct{})}
		f.followed[id] = one
		f.unsaid = append(f.unsaid, id)
		f.ring()
	}
	one.waiters++
	return one
}

func (f *follower) leave(id string, one *followed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.waiters--
	if one.waiters == 0 && f.followed[id] == one {
		delete(f.followed, id)
		f.dropped = append(f.dropped, id)
		f.ring()
	}
}

func (f *follower) ring() {
	select {
	case f.wake <- struct{}{}:
	default: // it was rung
	}
}

// settle ends the wait for a task; with the lock held.
func (f *follower) settle(id string, status *Status, err error) {
	if one := f.followed[id]; one != nil {
		delete(f.followed, id)
		one.status, one.err = status, err
		close(one.done)
	}
}

// run keeps a stream open while somebody waits.
func (f *follower) run() {
	var waits reconnection
	for {
		f.mu.Lock()
		needed := len(f.followed) > 0
		f.mu.Unlock()
		if !needed {
			select {
			case <-f.wake:
				continue
			case <-f.closing.Done():
				return
			}
		}
		err := f.follow(&waits)
		f.client.noteReached(err)
		if f.closing.Err() != nil {
			return
		}
		if !f.client.worthRepeating(err) {
			f.failAll(err)
		}
		if waits.sleep(f.closing) != nil {
			return
		}
	}
}

func (f *follower) failAll(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id := range f.followed {
		f.settle(id, nil, err)
	}
}

// follow is the life of one stream; why it ended.
func (f *follower) follow(waits *reconnection) error {
	ctx, cancel := context.WithCancel(f.closing)
	defer cancel()
	f.mu.Lock()
	f.unsaid, f.dropped = nil, nil
	for id := range f.followed {
		f.unsaid = append(f.unsaid, id)
	}
	f.mu.Unlock()
	stream, err := f.client.tasks.Subscribe(ctx)
	if err != nil {
		return err
	}
	broken := make(chan error, 1)
	go func() { broken <- f.read(stream, waits) }()
	for {
		request := f.request()
		if request == nil {
			select {
			case <-f.wake:
				runtime.Gosched() // whoever is about to wait comes along
				continue
			case err := <-broken:
				return err
			}
		}
		if stream.Send(request) != nil {
			return <-broken // which knows why
		}
	}
}

// request is what the broker is to be told; nil when there is nothing.
func (f *follower) request() *qtasksv1.SubscribeRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	request := &qtasksv1.SubscribeRequest{}
	for len(f.unsaid) > 0 && len(request.Add) < maxChanges {
		id := f.unsaid[0]
		f.unsaid = f.unsaid[1:]
		if f.followed[id] != nil {
			request.Add = append(request.Add, &qtasksv1.Follow{Id: id, FinishedOnly: true})
		}
	}
	for len(f.dropped) > 0 && len(request.Remove) < maxChanges {
		id := f.dropped[0]
		f.dropped = f.dropped[1:]
		if f.followed[id] == nil { // nobody came back to it
			request.Remove = append(request.Remove, id)
		}
	}
	if len(request.Add)+len(request.Remove) == 0 {
		return nil
	}
	return request
}

func (f *follower) read(stream subscription, waits *reconnection) error {
	for {
		response, err := stream.Recv()
		if err != nil {
			return endOf(err)
		}
		f.client.noteReached(nil)
		f.mu.Lock()
		waits.succeeded()
		for _, event := range response.GetEvents() {
			if end := event.GetFinished(); end != nil {
				f.settle(event.GetTaskId(), end.GetStatus(), nil)
			}
		}
		for _, refused := range response.GetErrors() {
			f.settle(refused.GetId(), nil, fromItem(refused.GetError()))
		}
		f.mu.Unlock()
	}
}
