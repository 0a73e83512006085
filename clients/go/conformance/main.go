// Conformance is the driver of the conformance suite for this module; the suite describes
// the documents that it reads and writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/qtasks/qtasks/clients/go"
)

type settings struct {
	broker, app, token, ca string
	workerID               string
	slots                  int
	queues                 []string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run() error {
	roles := map[string]func(context.Context, *qtasks.Client, settings) error{
		"client": driveClient,
		"worker": driveWorker,
	}
	if len(os.Args) < 2 || roles[os.Args[1]] == nil {
		return errors.New("the first argument is `client` or `worker`")
	}
	given, err := parse(os.Args[2:])
	if err != nil {
		return err
	}
	client, err := connect(given)
	if err != nil {
		return err
	}
	return errors.Join(roles[os.Args[1]](context.Background(), client, given), client.Close())
}

func parse(arguments []string) (settings, error) {
	var given settings
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&given.broker, "broker", "", "the broker's `url`")
	flags.StringVar(&given.app, "app", "", "the namespace")
	flags.StringVar(&given.token, "token", "", "sent with each call")
	flags.StringVar(&given.ca, "ca", "", "the `file` of the authority to trust")
	flags.StringVar(&given.workerID, "worker-id", "", "the worker's name")
	flags.IntVar(&given.slots, "slots", 10, "how many tasks to run at once")
	flags.Func("queue", "a queue to take from", func(queue string) error {
		given.queues = append(given.queues, queue)
		return nil
	})
	return given, flags.Parse(arguments)
}

func connect(given settings) (*qtasks.Client, error) {
	options := []qtasks.Option{qtasks.WithApp(given.app)}
	if given.token != "" {
		options = append(options, qtasks.WithToken(given.token))
	}
	if given.ca != "" {
		options = append(options, qtasks.WithCAFile(given.ca))
	}
	return qtasks.New(strings.TrimSpace(given.broker), options...)
}
