package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go"
)

// object is a document to write.
type object map[string]any

// output writes documents, a line each.
type output struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func newOutput(to io.Writer) *output {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return &output{encoder: encoder}
}

func (o *output) write(document object) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.encoder.Encode(document)
}

// lines reads documents, a line each, to the end of the input.
func lines(from io.Reader, take func(line []byte) error) error {
	reader := bufio.NewReader(from)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 1 {
			if err := take(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// message is a message of the wire in its JSON form.
func message(of proto.Message) (json.RawMessage, error) { return protojson.Marshal(of) }

// text is a value as text that is JSON.
func text(value any) (string, error) {
	payload, err := qtasks.Encode(value)
	return payload.GetJson(), err
}

// value reads text that is JSON into what the client makes of it.
func value(text string, target any) error {
	if text == "" {
		return nil
	}
	payload, err := qtasks.Encode(json.RawMessage(text))
	if err != nil {
		return err
	}
	return qtasks.Decode(payload, target)
}

var errStopped = errors.New("stopped")

// refusal is an error as a document.
func refusal(err error) object {
	var failed *qtasks.TaskError
	var known *qtasks.Error
	switch {
	case errors.Is(err, errStopped):
		return object{"reason": "STOPPED", "message": err.Error()}
	case errors.As(err, &failed):
		facts := map[string]string{"reason": failed.Status.GetCancelReason()}
		if failure := failed.Status.GetFailure(); failure != nil {
			facts = map[string]string{
				"kind": failure.GetKind(), "message": failure.GetMessage(),
				"reason": strings.TrimPrefix(failure.GetReason().String(), "FAILURE_REASON_"),
			}
		}
		return object{"reason": failed.Reason(), "message": err.Error(), "facts": facts}
	case errors.As(err, &known):
		return object{
			"reason": known.Reason, "message": known.Message, "field": known.Field,
			"facts": known.Facts,
		}
	}
	return object{"reason": "UNEXPECTED", "message": fmt.Sprintf("%T: %v", err, err)}
}

// seconds is a length; one beyond what a Duration can be is the longest there is.
func seconds(length float64) time.Duration {
	const most = float64(1<<63 - 1)
	nanoseconds := min(max(length*float64(time.Second), -most), most)
	if nanoseconds == most {
		return 1<<63 - 1
	}
	return time.Duration(nanoseconds)
}

// within gives a call a time limit, 0 for none.
func within(ctx context.Context, limit float64) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, seconds(limit))
}
