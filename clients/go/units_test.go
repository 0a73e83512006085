package qtasks

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

func TestURLs(t *testing.T) {
	for url, want := range map[string]string{
		"grpc://localhost:6000":          "dns:///localhost:6000",
		"grpc://localhost":               "dns:///localhost:50051",
		"grpc://localhost/":              "dns:///localhost:50051",
		"grpc://[::1]:6000":              "dns:///[::1]:6000",
		"grpc://[::1]":                   "dns:///[::1]:50051",
		"grpcs://broker.example:6000":    "dns:///broker.example:6000",
		"grpc://127.0.0.1:1,127.0.0.2:2": "qtasks:///brokers",
		"grpc+dns:///brokers:6000":       "dns:///brokers:6000",
		"grpcs+dns:///brokers:6000":      "dns:///brokers:6000",
		"grpc+unix:/run/qtasks.sock":     "unix:/run/qtasks.sock",
	} {
		where, err := parseURL(url)
		if err != nil || where.target != want || where.secure != strings.HasPrefix(url, "grpcs") {
			t.Errorf("%s: %+v, %v", url, where, err)
		}
	}
	for _, url := range []string{
		"", "localhost:6000", "http://localhost", "grpc://", "grpc:///path", "grpc://:6000",
		"grpc://a b:1", "grpc://one:1,two:2", "grpc+other://x", "grpc://host:1/path",
	} {
		if where, err := parseURL(url); !errors.Is(err, ErrSettings) {
			t.Errorf("%q is taken as %+v, %v", url, where, err)
		}
	}
}

func TestWhereATokenCouldBeRead(t *testing.T) {
	for url, tells := range map[string]bool{
		"grpc://127.0.0.1:1": false, "grpc://[::1]": false, "grpc://localhost": false,
		"grpcs://broker": false, "grpc+unix:/run/broker": false, "grpc://broker": true,
		"grpc://127.0.0.1,10.0.0.1": true, "grpc+dns:///brokers:1": true,
	} {
		where, err := parseURL(url)
		if err != nil || where.tellsOthers() != tells {
			t.Errorf("%s: %v, %v", url, where.tellsOthers(), err)
		}
	}
}

func TestIDsAreUUIDsOfVersion7InOrder(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	first := newID()
	for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; {
		continue // the next millisecond
	}
	second := newID()
	if !form.MatchString(first) || !form.MatchString(second) || first >= second {
		t.Errorf("%s, %s", first, second)
	}
}

func TestPayloads(t *testing.T) {
	huge, _ := new(big.Int).SetString("-18446744073709551617", 10)
	payload, err := Encode(map[string]any{"n": huge, "text": "<ü>"})
	if err != nil || payload.GetJson() != `{"n":-18446744073709551617,"text":"<ü>"}` {
		t.Errorf("encoded: %v, %v", payload, err)
	}
	var back any
	if err := Decode(payload, &back); err != nil ||
		back.(map[string]any)["n"] != json.Number("-18446744073709551617") {
		t.Errorf("decoded: %v, %v", back, err)
	}
	text := "unchanged"
	if err := Decode(&Payload{}, &text); err != nil || text != "unchanged" {
		t.Errorf("nothing is null: %q, %v", text, err)
	}
	for name, wrong := range map[string]*Payload{
		"bytes": {Body: &qtasksv1.Payload_Data{Data: []byte("1")}}, "type": jsonPayload(`{}`),
		"cut": jsonPayload(`"a`), "two": jsonPayload(`"a" "b"`),
	} {
		if err := Decode(wrong, &text); !errors.Is(err, ErrUnserializable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []any{func() {}, json.RawMessage("\"\xff\""), json.RawMessage("{")} {
		if payload, err := Encode(wrong); !errors.Is(err, ErrUnserializable) {
			t.Errorf("%v is encoded as %v, %v", wrong, payload, err)
		}
	}
}

func TestErrorsOfStatuses(t *testing.T) {
	rich, err := status.New(codes.NotFound, "no such task").WithDetails(
		&errdetails.ErrorInfo{Domain: "other", Reason: "IGNORED"},
		&errdetails.ErrorInfo{
			Domain: domain, Reason: "TASK_NOT_FOUND", Metadata: map[string]string{"task_id": "1"},
		},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "id"},
		}},
	)
	if err != nil {
		t.Fatal(err)
	}
	var failed *Error
	got := fromRPC(context.Background(), rich.Err())
	if !errors.As(got, &failed) || !errors.Is(got, ErrTaskNotFound) || failed.Field != "id" ||
		failed.Facts["task_id"] != "1" || failed.Message != "no such task" ||
		status.Code(got) != codes.NotFound {
		t.Errorf("got %#v", got)
	}
	for code, reason := range map[codes.Code]Reason{
		codes.Unavailable: ErrBrokerUnavailable, codes.Canceled: ErrBrokerUnavailable,
		codes.ResourceExhausted: ErrPayloadTooLarge, codes.Unknown: ErrInternal,
	} {
		if got := fromRPC(context.Background(), status.Error(code, "")); !errors.Is(got, reason) {
			t.Errorf("%v: %v", code, got)
		}
	}
	late := fromRPC(context.Background(), status.Error(codes.DeadlineExceeded, ""))
	if !errors.Is(late, ErrDeadlineExceeded) || !errors.Is(late, context.DeadlineExceeded) {
		t.Errorf("late: %v", late)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := fromRPC(ctx, status.Error(codes.Canceled, "")); !errors.Is(got, context.Canceled) {
		t.Errorf("given up: %v", got)
	}
}

func TestCallsThatAreRepeatedAreOnTheWire(t *testing.T) {
	for service, methods := range repeatable {
		name := protoreflect.FullName("qtasks.v1." + service)
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range methods {
			described := found.(protoreflect.ServiceDescriptor).Methods()
			if described.ByName(protoreflect.Name(method)) == nil {
				t.Errorf("there is no %s/%s", name, method)
			}
		}
	}
}

func TestWhatATaskSaysOfItsEndIsWhatABrokerTakes(t *testing.T) {
	century := 100 * 365 * 24 * time.Hour
	settle := errorSettle(RetryAfter(errors.New("busy"), century))
	if delay := settle.GetRetryDelay().AsDuration(); delay != maxDelay {
		t.Errorf("it is tried again after %v", delay)
	}
	reason := "half \xf0\x9f a character " + strings.Repeat("x", 6<<20)
	cancelled := errorSettle(&Stop{Kind: StopCancelled, Reason: reason}).GetCancelled()
	if !utf8.ValidString(cancelled) || len(cancelled) > 2*maxMessage {
		t.Errorf("the reason has %d bytes", len(cancelled))
	}
}

func TestSchemas(t *testing.T) {
	type inner struct {
		When time.Time `json:"when"`
		Self *inner    `json:"self,omitempty"`
	}
	type all struct {
		Number *big.Int         `json:"number"`
		Small  uint8            `json:"small"`
		Names  []string         `json:"names,omitempty"`
		Bytes  []byte           `json:"bytes"`
		By     map[string]inner `json:"by"`
		Any    any
		hidden int
		Not    int `json:"-"`
	}
	_ = all{}.hidden
	parameters := parametersOf(reflect.TypeFor[all]())
	got := objectSchema(parameters).String()
	want := `{"additionalProperties":false,"properties":{` +
		`"Any":{},` +
		`"by":{"additionalProperties":{"additionalProperties":false,"properties":{` +
		`"self":{},"when":{"format":"date-time","type":"string"}},` +
		`"required":["when"],"type":"object"},"type":"object"},` +
		`"bytes":{"contentEncoding":"base64","type":"string"},` +
		`"names":{"items":{"type":"string"},"type":"array"},` +
		`"number":{"type":"integer"},"small":{"minimum":0,"type":"integer"}},` +
		`"required":["number","small","bytes","by","Any"],"type":"object"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
