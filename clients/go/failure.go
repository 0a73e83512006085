package qtasks

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const (
	maxMessage   = 4_000
	maxTraceback = 16_000
	maxCauses    = 3
	// maxDelay is ten years: brokers take longer ones for mistakes.
	maxDelay = 10 * 365 * 24 * time.Hour
)

// Permanent wraps an error that another attempt would meet again: the task is not retried,
// whatever its policy.
func Permanent(err error) error { return &verdict{error: err, permanent: true} }

// RetryAfter wraps an error that is tried again after this long, whatever the policy's
// backoff. The policy still says how often. More than ten years are ten years.
func RetryAfter(err error, delay time.Duration) error {
	return &verdict{error: err, delay: delay}
}

// verdict is what a task says about another attempt.
type verdict struct {
	error
	permanent bool
	delay     time.Duration
}

func (v *verdict) Unwrap() error { return v.error }

// rejection is a task that could not be called.
type rejection struct{ failure *Failure }

func (r *rejection) Error() string { return r.failure.GetMessage() }

func rejectedf(kind, parameter, format string, values ...any) *Failure {
	failure := &Failure{
		Kind: kind, Message: clean(fmt.Sprintf(format, values...), maxMessage),
		Reason: qtasksv1.FailureReason_FAILURE_REASON_REJECTED,
	}
	if parameter != "" {
		failure.Details = map[string]string{"parameter": parameter}
	}
	return failure
}

// reject is an error for arguments that do not fit.
func reject(parameter, format string, values ...any) error {
	return &rejection{rejectedf("ArgumentInvalid", parameter, format, values...)}
}

// errorSettle is how an attempt ends whose handler returned an error.
func errorSettle(err error) *qtasksv1.Settle {
	var rejected *rejection
	if errors.As(err, &rejected) {
		failure := rejected.failure
		failure.Message = clean(err.Error(), maxMessage)
		return failureSettle(failure, 0)
	}
	var stop *Stop
	if errors.As(err, &stop) && stop.Kind == StopCancelled {
		return cancelledSettle(stop.Reason) // it cancels itself
	}
	failure := failureOf(err, maxCauses)
	failure.Retryable = true
	failure.Reason = qtasksv1.FailureReason_FAILURE_REASON_RAISED
	var said *verdict
	if !errors.As(err, &said) {
		return failureSettle(failure, 0)
	}
	failure.Retryable = !said.permanent
	return failureSettle(failure, said.delay)
}

func failureOf(err error, causes int) *Failure {
	failure := &Failure{Message: clean(messageOf(err), maxMessage)}
	// What only adds words, or a verdict, is not what failed.
	for {
		_, judged := err.(*verdict)
		inner := errors.Unwrap(err)
		if inner == nil || !judged && fmt.Sprintf("%T", err) != "*fmt.wrapError" {
			break
		}
		err = inner
	}
	failure.Kind = kindOf(err)
	if cause := errors.Unwrap(err); cause != nil && causes > 0 {
		failure.Cause = failureOf(cause, causes-1)
	}
	return failure
}

// messageOf is an error's text; of those of this package without the reason, which is told
// beside it.
func messageOf(err error) string {
	if known, ok := err.(*Error); ok {
		return known.Message
	}
	return err.Error()
}

// kindOf is the name of an error's type; those of this package go by their reason, as in
// other languages: PAYLOAD_TOO_LARGE is PayloadTooLarge.
func kindOf(err error) string {
	known, ok := err.(*Error)
	if !ok {
		return strings.TrimLeft(fmt.Sprintf("%T", err), "*")
	}
	var kind strings.Builder
	for word := range strings.SplitSeq(string(known.Reason), "_") {
		if word != "" {
			kind.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return kind.String()
}

func panicSettle(panicked any, stack []byte) *qtasksv1.Settle {
	return failureSettle(&Failure{
		Kind: "panic", Message: clean(fmt.Sprint(panicked), maxMessage),
		Traceback: clean(string(stack), maxTraceback), Retryable: true,
		Reason: qtasksv1.FailureReason_FAILURE_REASON_RAISED,
	}, 0)
}

func invalidResult(err error) *Failure {
	return &Failure{
		Kind: kindOf(err), Message: clean(messageOf(err), maxMessage),
		Reason: qtasksv1.FailureReason_FAILURE_REASON_RESULT_INVALID,
	}
}

func failureSettle(failure *Failure, delay time.Duration) *qtasksv1.Settle {
	settle := &qtasksv1.Settle{Outcome: &qtasksv1.Settle_Failure{Failure: failure}}
	if delay > 0 {
		settle.RetryDelay = durationpb.New(min(delay, maxDelay))
	}
	return settle
}

func cancelledSettle(reason string) *qtasksv1.Settle {
	return &qtasksv1.Settle{Outcome: &qtasksv1.Settle_Cancelled{Cancelled: clean(reason, maxMessage)}}
}

func givenBackSettle(reason string) *qtasksv1.Settle {
	return &qtasksv1.Settle{Outcome: &qtasksv1.Settle_GivenBack{
		GivenBack: &qtasksv1.GivenBack{Reason: reason},
	}}
}

// stoppedSettle is how an attempt ends that was told to stop; overran, without it.
func stoppedSettle(stop *Stop, overran bool) *qtasksv1.Settle {
	switch stop.Kind {
	case StopCancelled:
		return cancelledSettle(stop.Reason)
	case StopTimedOut:
		failure := &Failure{
			Kind: "TimeoutError", Message: stop.Reason, Retryable: true,
			Reason: qtasksv1.FailureReason_FAILURE_REASON_TIMED_OUT,
		}
		if overran {
			failure.Details = map[string]string{"overrun": "true"}
		}
		return failureSettle(failure, 0)
	default: // a lost lease has no outcome
		return givenBackSettle(stop.Reason)
	}
}

// clean is text that protobuf takes; when it is too long, its end.
func clean(text string, most int) string {
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	if len(text) <= most {
		return text
	}
	return "... " + strings.ToValidUTF8(text[len(text)-most:], "")
}
