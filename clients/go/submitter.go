package qtasks

import (
	"context"
	"iter"
	"runtime"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	// maxBatch is enough that a request's own cost does not count, and so few that the
	// broker stores some while others are still on their way.
	maxBatch = 500
	// maxBatchBytes is where a request ends; with one more task it is still below what
	// gRPC takes.
	maxBatchBytes = 2 << 20
	// requestsAtOnce, of those that are full: one is written, one is worked on, one is read.
	requestsAtOnce = 3
	// maxRequestTime frees those who wait from a broker that never answers.
	maxRequestTime = time.Minute
)

// submitter submits tasks; what comes while a request is under way goes with the next. It
// never waits for more to come.
type submitter struct {
	client   *Client
	patience time.Duration
	waiting  chan *portion
	room     chan struct{}
	closing  context.Context
}

// portion is what one caller submits at once.
type portion struct {
	ctx   context.Context
	tasks []*qtasksv1.TaskSubmit
	size  int
	done  chan answer
}

type answer struct {
	receipts []*qtasksv1.Receipt
	err      error
}

func newSubmitter(closing context.Context, client *Client, patience time.Duration) *submitter {
	s := &submitter{
		client: client, patience: patience, closing: closing,
		waiting: make(chan *portion, maxBatch), room: make(chan struct{}, requestsAtOnce),
	}
	go s.run()
	return s
}

// submit stores the tasks of one portion: a receipt for each, in order.
func (s *submitter) submit(
	ctx context.Context, tasks []*qtasksv1.TaskSubmit, size int,
) ([]*qtasksv1.Receipt, error) {
	one := &portion{ctx: ctx, tasks: tasks, size: size, done: make(chan answer, 1)}
	select {
	case s.waiting <- one:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.closing.Done():
		return nil, errClosed
	}
	select {
	case got := <-one.done:
		return got.receipts, got.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.closing.Done():
		return nil, errClosed
	}
}

func (s *submitter) run() {
	var next *portion // what was too much for the request before
	for {
		if next == nil {
			select {
			case next = <-s.waiting:
			case <-s.closing.Done():
				return
			}
		}
		select {
		case s.room <- struct{}{}:
		case <-s.closing.Done():
			return
		}
		runtime.Gosched() // whoever is about to submit comes along
		var together []*portion
		together, next = s.take(next)
		answered := func() {
			s.request(together)
			<-s.room
		}
		// While a request is under way that is not full, what comes gathers for the next.
		if next != nil {
			go answered()
		} else {
			answered()
		}
	}
}

// take is everything that waits, up to the limits of a request, and what did not fit.
func (s *submitter) take(first *portion) (together []*portion, rest *portion) {
	tasks, size := 0, 0
	for one := first; ; {
		if one.ctx.Err() == nil {
			tasks, size = tasks+len(one.tasks), size+one.size
			if len(together) > 0 && (tasks > maxBatch || size > maxBatchBytes) {
				return together, one
			}
			together = append(together, one)
		}
		select {
		case one = <-s.waiting:
		default:
			return together, nil
		}
	}
}

func (s *submitter) request(together []*portion) {
	request := &qtasksv1.SubmitRequest{}
	for _, one := range together {
		request.Tasks = append(request.Tasks, one.tasks...)
	}
	if len(request.Tasks) == 0 {
		return // those who waited are gone
	}
	receipts, err := s.sendPatiently(request)
	for _, one := range together {
		if err != nil {
			one.done <- answer{err: err}
			continue
		}
		one.done <- answer{receipts: receipts[:len(one.tasks)]}
		receipts = receipts[len(one.tasks):]
	}
}

// sendPatiently repeats the request while the broker is gone: tasks have ids, so that
// none is stored twice.
func (s *submitter) sendPatiently(
	request *qtasksv1.SubmitRequest,
) ([]*qtasksv1.Receipt, error) {
	ctx, cancel := context.WithTimeout(s.closing, s.patience)
	defer cancel()
	var waits reconnection
	for {
		call, done := context.WithTimeout(s.closing, maxRequestTime)
		response, err := s.client.tasks.Submit(call, request)
		done()
		s.client.noteReached(err)
		if err == nil && len(response.GetReceipts()) != len(request.GetTasks()) {
			return nil, &Error{Reason: ErrProtocolViolation,
				Message: "the broker did not answer for every task"}
		}
		if err == nil {
			return response.GetReceipts(), nil
		}
		if !s.client.worthRepeating(err) || waits.sleep(ctx) != nil {
			return nil, err
		}
	}
}

// portions splits tasks into what may go in one request, and its size.
func portions(tasks []*qtasksv1.TaskSubmit) iter.Seq2[[]*qtasksv1.TaskSubmit, int] {
	return func(yield func([]*qtasksv1.TaskSubmit, int) bool) {
		start, size := 0, 0
		for place, task := range tasks {
			length := proto.Size(task) + 8
			full := place-start >= maxBatch || size+length > maxBatchBytes
			if full && place > start {
				if !yield(tasks[start:place], size) {
					return
				}
				start, size = place, 0
			}
			size += length
		}
		if start < len(tasks) {
			yield(tasks[start:], size)
		}
	}
}

var errClosed = &Error{
	Reason: ErrClientClosed, Message: "the client is closed", code: codes.Canceled,
}
