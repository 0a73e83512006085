package qtasks_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/qtasks/qtasks/clients/go"
)

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// broker is a real one, in a process of its own.
type broker struct {
	process *exec.Cmd
	address string
}

// shared is the one that most tests use, each with an app of its own.
var shared = sync.OnceValues(func() (*broker, error) {
	return startBroker("--port", "0", "--storage", "memory://")
})

func TestMain(m *testing.M) {
	status := m.Run()
	if one, err := shared(); err == nil {
		one.stop()
	}
	os.Exit(status)
}

// command is how a broker is started here: from PATH, or as a module of Python.
func command(arguments ...string) (*exec.Cmd, error) {
	if path, err := exec.LookPath("qtasks"); err == nil {
		return exec.Command(path, append([]string{"serve"}, arguments...)...), nil
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		return nil, fmt.Errorf("neither qtasks nor python3 is on PATH: %w", err)
	}
	if err := exec.Command(python, "-c", "import qtasks_broker").Run(); err != nil {
		return nil, fmt.Errorf("qtasks is not on PATH, and %s has no qtasks_broker", python)
	}
	return exec.Command(python, append([]string{"-m", "qtasks_broker"}, arguments...)...), nil
}

var listening = regexp.MustCompile(`on (127\.0\.0\.1:\d+)`)

func startBroker(arguments ...string) (*broker, error) {
	process, err := command(arguments...)
	if err != nil {
		return nil, err
	}
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	found := listening.FindStringSubmatch(line)
	if err != nil || found == nil {
		return nil, fmt.Errorf("the broker said %q: %w", line, err)
	}
	go io.Copy(io.Discard, output)
	return &broker{process: process, address: found[1]}, nil
}

func (b *broker) url() string { return "grpc://" + b.address }

func (b *broker) stop() {
	b.process.Process.Signal(syscall.SIGTERM)
	b.process.Wait()
}

// available is the shared broker; without one a desk skips the test, and CI fails it.
func available(t testing.TB) *broker {
	t.Helper()
	one, err := shared()
	if err == nil {
		return one
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no broker: ", err)
	}
	t.Skip("skipped, there is no broker: ", err)
	return nil
}

var (
	apps      sync.Map
	appNumber atomic.Int64
)

// appOf is the namespace of one run of a test.
func appOf(t testing.TB) string {
	app, _ := apps.LoadOrStore(t, fmt.Sprintf("%s-%d", t.Name(), appNumber.Add(1)))
	return app.(string)
}

// dial is a client of the shared broker, for an app of the test's own.
func dial(t testing.TB, options ...qtasks.Option) *qtasks.Client {
	t.Helper()
	return dialAt(t, available(t).url(), options...)
}

func dialAt(t testing.TB, url string, options ...qtasks.Option) *qtasks.Client {
	t.Helper()
	options = append([]qtasks.Option{qtasks.WithApp(appOf(t))}, options...)
	client, err := qtasks.New(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// within is a context that ends when a test has waited for too long.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// serve runs a worker until the test ends, or until the function it returns is called:
// that drains it.
func serve(
	t testing.TB, client *qtasks.Client, register func(*qtasks.Worker),
	options ...qtasks.WorkerOption,
) (drain func()) {
	t.Helper()
	connected := make(chan struct{}, 100)
	options = append([]qtasks.WorkerOption{
		qtasks.WithOnConnected(func() { connected <- struct{}{} }),
		qtasks.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
	}, options...)
	worker := qtasks.NewWorker(client, options...)
	register(worker)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	drain = sync.OnceFunc(func() {
		cancel()
		if err := receive(t, ended); err != nil {
			t.Error("the worker ended with: ", err)
		}
	})
	t.Cleanup(drain)
	receive(t, connected)
	return drain
}

// receive is what comes from a channel, in time.
func receive[T any](t testing.TB, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came in time")
	}
	return value
}

// link is a way to the broker that can be cut.
type link struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	open     map[net.Conn]bool
	blocked  bool
}

func newLink(t testing.TB, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, to: to, open: map[net.Conn]bool{}}
	t.Cleanup(func() { listener.Close(); l.cut() })
	go l.run()
	return l
}

func (l *link) url() string { return "grpc://" + l.listener.Addr().String() }

func (l *link) run() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil {
			near.Close()
			continue
		}
		l.mu.Lock()
		blocked := l.blocked
		l.open[near], l.open[far] = true, true
		l.mu.Unlock()
		if blocked {
			l.cut()
			continue
		}
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			go func() {
				io.Copy(way[0], way[1])
				way[0].Close()
			}()
		}
	}
}

// cut breaks all connections; new ones are let through.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for connection := range l.open {
		connection.Close()
	}
	clear(l.open)
}

// block cuts all connections and lets none through.
func (l *link) block() {
	l.mu.Lock()
	l.blocked = true
	l.mu.Unlock()
	l.cut()
}

// unblock lets connections through again.
func (l *link) unblock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked = false
}
