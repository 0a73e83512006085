package qtasks

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Reason says what went wrong, for programs; it is the same in every language. A Reason
// is an error itself, so that [errors.Is] finds it in an [*Error] or a [*TaskError].
type Reason string

func (r Reason) Error() string { return "qtasks: " + string(r) }

// Reasons of the broker, and those of this package.
const (
	ErrInternal          Reason = "INTERNAL"
	ErrInvalidField      Reason = "INVALID_FIELD"
	ErrInvalidJSON       Reason = "INVALID_JSON"
	ErrOutOfRange        Reason = "OUT_OF_RANGE"
	ErrTooMany           Reason = "TOO_MANY"
	ErrPayloadTooLarge   Reason = "PAYLOAD_TOO_LARGE"
	ErrProtocolViolation Reason = "PROTOCOL_VIOLATION"
	ErrProtocolMismatch  Reason = "PROTOCOL_MISMATCH"

	ErrTaskNotFound     Reason = "TASK_NOT_FOUND"
	ErrTaskConflict     Reason = "TASK_ID_CONFLICT"
	ErrTaskUnserved     Reason = "NO_WORKER_SERVES_TASK"
	ErrTaskRunning      Reason = "TASK_RUNNING"
	ErrTaskEnded        Reason = "TASK_ENDED"
	ErrTaskNotEnded     Reason = "TASK_NOT_ENDED"
	ErrAskNotFound      Reason = "ASK_NOT_FOUND"
	ErrAskAnswered      Reason = "ASK_ANSWERED"
	ErrQueueNotFound    Reason = "QUEUE_NOT_FOUND"
	ErrTaskNameUnknown  Reason = "TASK_NAME_UNKNOWN"
	ErrScheduleNotFound Reason = "SCHEDULE_NOT_FOUND"
	ErrScheduleExists   Reason = "SCHEDULE_EXISTS"
	ErrWorkerNotFound   Reason = "WORKER_NOT_FOUND"
	ErrWorkerIDInUse    Reason = "WORKER_ID_IN_USE"
	ErrSessionLost      Reason = "SESSION_LOST"

	ErrBrokerUnavailable  Reason = "BROKER_UNAVAILABLE"
	ErrBrokerDraining     Reason = "BROKER_DRAINING"
	ErrStorageUnavailable Reason = "STORAGE_UNAVAILABLE"
	ErrDeadlineExceeded   Reason = "DEADLINE_EXCEEDED"
	// ErrUnauthenticated: the broker wants a token, or does not know this one.
	ErrUnauthenticated Reason = "UNAUTHENTICATED"
	// ErrPermissionDenied: the token does not allow this.
	ErrPermissionDenied Reason = "PERMISSION_DENIED"

	// ErrSettings: an option or a url has a value it can't have.
	ErrSettings Reason = "SETTINGS"
	// ErrClientClosed: the client was closed.
	ErrClientClosed Reason = "CLIENT_CLOSED"
	// ErrUnserializable: a value can't be turned into the form it should travel in, or back.
	ErrUnserializable Reason = "UNSERIALIZABLE"
	// ErrArgumentInvalid: an argument is not what the task takes.
	ErrArgumentInvalid Reason = "ARGUMENT_INVALID"
	// ErrTaskFailed: the task ended with a failure; see [TaskError].
	ErrTaskFailed Reason = "TASK_FAILED"
	// ErrTaskCancelled: the task was cancelled; see [TaskError].
	ErrTaskCancelled Reason = "TASK_CANCELLED"
	// ErrAskTimeout: nobody answered in the time given.
	ErrAskTimeout Reason = "ASK_TIMEOUT"
)

// Error is why something could not be done.
type Error struct {
	// Reason is for programs.
	Reason Reason
	// Message says what is wrong and what to do.
	Message string
	// Field is the field that is wrong, or empty.
	Field string
	// Facts are more facts, by name.
	Facts map[string]string

	code  codes.Code
	cause error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Reason.Error(), e.Message) }

// Is finds an error by its [Reason].
func (e *Error) Is(target error) bool { return target == e.Reason }

// Unwrap is what caused the error, if known.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus makes status.Code work on the errors of this package.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.code, e.Message) }

// TaskError is how a task ended that has no result.
type TaskError struct {
	// Status is the task as it ended.
	Status *Status
}

func (e *TaskError) Error() string {
	if failure := e.Status.GetFailure(); failure != nil {
		return fmt.Sprintf("qtasks: task %s failed: %s: %s",
			e.Status.GetName(), failure.GetKind(), failure.GetMessage())
	}
	return fmt.Sprintf("qtasks: task %s was cancelled: %s",
		e.Status.GetName(), e.Status.GetCancelReason())
}

// Is tells [ErrTaskFailed] from [ErrTaskCancelled].
func (e *TaskError) Is(target error) bool { return target == e.Reason() }

// Reason is [ErrTaskFailed] or [ErrTaskCancelled].
func (e *TaskError) Reason() Reason {
	if e.Status.GetState() == Cancelled {
		return ErrTaskCancelled
	}
	return ErrTaskFailed
}

// domain is that of ErrorInfo.
const domain = "qtasks"

// byCode is for statuses without a reason of ours: gRPC's own, or those of a proxy.
var byCode = map[codes.Code]Reason{
	codes.Unavailable:       ErrBrokerUnavailable,
	codes.Canceled:          ErrBrokerUnavailable, // a server that stops
	codes.DeadlineExceeded:  ErrDeadlineExceeded,
	codes.ResourceExhausted: ErrPayloadTooLarge,
	codes.Unimplemented:     ErrProtocolMismatch,
	codes.InvalidArgument:   ErrInvalidField,
	codes.Unauthenticated:   ErrUnauthenticated,
	codes.PermissionDenied:  ErrPermissionDenied,
}

// fromRPC is the error that a failed call stands for. Of a call that its caller gave up,
// it is the reason of the context.
func fromRPC(ctx context.Context, err error) error {
	known, ok := status.FromError(err)
	if !ok {
		return err
	}
	if known.Code() == codes.Canceled && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	failed := &Error{Message: known.Message(), code: known.Code(), cause: err}
	if known.Code() == codes.DeadlineExceeded {
		failed.cause = context.DeadlineExceeded
	}
	for _, detail := range known.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == domain {
				failed.Reason, failed.Facts = Reason(detail.GetReason()), detail.GetMetadata()
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				failed.Field = violation.GetField()
			}
		}
	}
	if failed.Reason == "" {
		failed.Reason = reasonOf(known.Code())
	}
	return failed
}

// fromItem is the error that an item of a batch stands for.
func fromItem(item *qtasksv1.ItemError) error {
	failed := &Error{
		Reason:  Reason(item.GetReason()),
		Message: item.GetMessage(),
		Field:   item.GetField(),
		Facts:   item.GetMetadata(),
		code:    codes.Code(item.GetCode()),
	}
	if failed.Reason == "" {
		failed.Reason = reasonOf(failed.code)
	}
	return failed
}

func reasonOf(code codes.Code) Reason {
	if reason, ok := byCode[code]; ok {
		return reason
	}
	return ErrInternal
}

// gone tells errors that may be over when the call is made again.
func gone(err error) bool {
	return errors.Is(err, ErrBrokerUnavailable) || errors.Is(err, ErrBrokerDraining) ||
		errors.Is(err, ErrStorageUnavailable)
}

func invalid(reason Reason, field, format string, values ...any) *Error {
	return &Error{
		Reason:  reason,
		Message: fmt.Sprintf(format, values...),
		Field:   field,
		code:    codes.InvalidArgument,
	}
}
