package qtasks

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	maxPayload = 1 << 20
	// maxBeside is what a task may have besides one payload of the largest size.
	maxBeside = 512 << 10
	// maxEventWhole is the most that an event may have, and maxEvent its value.
	maxEventWhole = 256 << 10
	maxEvent      = maxEventWhole - 1024
)

// Encode is a value as it travels: a [*Payload] as it is, everything else as JSON.
func Encode(value any) (*Payload, error) {
	if payload, ok := value.(*Payload); ok && payload != nil {
		return payload, nil
	}
	text, err := encodeJSON(value)
	if err != nil {
		return nil, err
	}
	return jsonPayload(text), nil
}

func jsonPayload(text string) *Payload {
	return &Payload{Body: &qtasksv1.Payload_Json{Json: text}}
}

func encodeJSON(value any) (string, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", unserializable(err, "not a JSON value: %v", err)
	}
	text := bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	if !utf8.Valid(text) {
		return "", unserializable(nil, "not a JSON value: it is not UTF-8")
	}
	return string(text), nil
}

// Decode reads a value that travelled as JSON into what target points at, as
// [json.Unmarshal] does; numbers in an `any` become a [json.Number]. Nothing set is null.
// A **Payload takes the payload as it is.
func Decode(payload *Payload, target any) error {
	if raw, ok := target.(**Payload); ok {
		*raw = payload
		return nil
	}
	if _, ok := payload.GetBody().(*qtasksv1.Payload_Data); ok {
		return unserializable(nil, "a payload in the encoding %q can't be read as JSON; "+
			"take it as a *Payload", payload.GetEncoding())
	}
	text := payload.GetJson()
	if text == "" {
		text = "null"
	}
	return decodeJSON([]byte(text), target)
}

func decodeJSON(text []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(target); err != nil {
		return unserializable(err, "the value does not fit %T: %v", target, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return unserializable(err, "not JSON: there is more after the value")
	}
	return nil
}

func unserializable(cause error, format string, values ...any) *Error {
	failed := invalid(ErrUnserializable, "", format, values...)
	failed.cause = cause
	return failed
}

func checkSize(message proto.Message, field string, limit int) error {
	if size := proto.Size(message); size > limit {
		return invalid(ErrPayloadTooLarge, field, "%s has %d bytes, more than %d; store the "+
			"value elsewhere and send a reference", field, size, limit)
	}
	return nil
}
