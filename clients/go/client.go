package qtasks

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Client submits tasks, follows and steers them. It is safe for concurrent use, and one
// for a program is enough.
type Client struct {
	app      string
	conn     *grpc.ClientConn
	tasks    qtasksv1.TaskServiceClient
	sender   *submitter
	follower *follower
	close    context.CancelFunc
	// reached: the broker was there before, so that it is waited for when it is gone.
	reached atomic.Bool
}

// New makes a client of a broker, given by a url:
//
//   - grpc://HOST:PORT is a broker by name or IP address,
//   - grpc://IP:PORT,IP:PORT are several, by their addresses,
//   - grpc+dns:///NAME:PORT is every address that the name has,
//   - grpc+unix:/PATH is a socket of this machine.
//
// With grpcs in place of grpc it is over TLS. It connects when it is first used.
//
// What is not said here is read from the environment, as in Python: an empty url means
// QTASKS_BROKER_URL, else a broker on this machine; QTASKS_TOKEN, or the file
// QTASKS_TOKEN_FILE, is the token; QTASKS_TLS_CA, QTASKS_TLS_CERT and QTASKS_TLS_KEY are
// files for `grpcs`, unless [WithTLS] says all of it.
func New(url string, opts ...Option) (*Client, error) {
	settings := options{
		patience: 30 * time.Second,
		tls:      &tls.Config{MinVersion: tls.VersionTLS12},
	}
	for _, option := range opts {
		if err := option(&settings); err != nil {
			return nil, err
		}
	}
	where, err := parseURL(cmp.Or(url, os.Getenv("QTASKS_BROKER_URL"), defaultURL))
	if err != nil {
		return nil, err
	}
	if err := settings.fromEnvironment(where.secure); err != nil {
		return nil, err
	}
	if settings.token != "" && where.tellsOthers() {
		slog.Warn("token travels in plain text", "target", where.target)
	}
	closing, closed := context.WithCancel(context.Background())
	conn, err := grpc.NewClient(where.target, settings.dialOptions(where, border{closing})...)
	if err != nil {
		closed()
		return nil, unusable(err, "url", "%q can't be used: %v", url, err)
	}
	c := &Client{
		app: settings.app, conn: conn, tasks: qtasksv1.NewTaskServiceClient(conn),
		close: closed,
	}
	c.sender = newSubmitter(closing, c, settings.patience)
	c.follower = newFollower(closing, c)
	return c, nil
}

// Close ends the connections. Calls under way fail with [ErrClientClosed]; tasks go on.
func (c *Client) Close() error {
	c.close()
	return c.conn.Close()
}

// Conn is the connection, for the generated stubs of package qtasksv1: for calls that have
// no method here. Their errors are those of this package too.
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }

// Submit stores a task with positional arguments. When it returns, the task survives the
// death of every process. Concurrent calls share requests.
func (c *Client) Submit(ctx context.Context, name string, args ...any) (*Handle, error) {
	return c.SubmitCall(ctx, NewCall(name, args...))
}

// SubmitCall stores a task.
func (c *Client) SubmitCall(ctx context.Context, call Call) (*Handle, error) {
	receipt := c.SubmitAll(ctx, call)[0]
	return receipt.Handle, receipt.Err
}

// Receipt is what became of one of several tasks.
type Receipt struct {
	// Handle is the task, if it was stored.
	Handle *Handle
	// Err is why it was refused.
	Err error
}

// SubmitAll stores many tasks: a receipt for each, in order. One that is refused does not
// spoil the others.
func (c *Client) SubmitAll(ctx context.Context, calls ...Call) []Receipt {
	receipts := make([]Receipt, len(calls))
	tasks := make([]*qtasksv1.TaskSubmit, 0, len(calls))
	places := make([]int, 0, len(calls))
	for place := range calls {
		task, err := calls[place].submit(c.app)
		if err != nil {
			receipts[place].Err = err
			continue
		}
		tasks, places = append(tasks, task), append(places, place)
	}
	fill := func(places []int, answers []*qtasksv1.Receipt, err error) {
		for number, place := range places {
			if err != nil {
				receipts[place].Err = err
			} else {
				receipts[place] = c.receipt(answers[number], place)
			}
		}
	}
	// What a task waits for is stored before it.
	ordered := slices.ContainsFunc(tasks, func(task *qtasksv1.TaskSubmit) bool {
		return task.GetAfter() != nil
	})
	var ends []<-chan struct{}
	for part, size := range portions(tasks) {
		whose := places[:len(part)]
		places = places[len(part):]
		ended := make(chan struct{})
		store := func() {
			answers, err := c.sender.submit(ctx, part, size)
			fill(whose, answers, err)
			close(ended)
		}
		if ordered || len(places) == 0 {
			store()
		} else {
			go store()
		}
		ends = append(ends, ended)
	}
	for _, ended := range ends {
		<-ended
	}
	return receipts
}

// SubmitRaw stores a task that is written as it travels. Only the app and the id are filled
// in where they are unset.
func (c *Client) SubmitRaw(ctx context.Context, task *qtasksv1.TaskSubmit) (*Handle, error) {
	task = proto.CloneOf(task)
	if task.GetApp() == "" {
		task.App = c.app
	}
	if task.GetId() == "" {
		task.Id = newID() // without one it could be stored twice
	}
	if err := checkTask(task); err != nil {
		return nil, err
	}
	answers, err := c.sender.submit(ctx, []*qtasksv1.TaskSubmit{task}, proto.Size(task))
	if err != nil {
		return nil, err
	}
	receipt := c.receipt(answers[0], 0)
	return receipt.Handle, receipt.Err
}

// receipt is what the broker says of the task at a place among those of the caller, who
// does not know with which others it travelled.
func (c *Client) receipt(answer *qtasksv1.Receipt, place int) Receipt {
	if refused := answer.GetError(); refused != nil {
		refused.Field = placeInRequest.ReplaceAllString(
			refused.GetField(), fmt.Sprintf("tasks[%d]", place))
		return Receipt{Err: fromItem(refused)}
	}
	handle := c.Handle(answer.GetId())
	handle.Existing, handle.Seq = answer.GetExisting(), answer.GetSeq()
	return Receipt{Handle: handle}
}

var placeInRequest = regexp.MustCompile(`^tasks\[\d+\]`)
