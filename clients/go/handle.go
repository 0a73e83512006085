package qtasks

import (
	"context"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Handle is a task that was submitted.
type Handle struct {
	// ID is the task's id.
	ID string
	// Existing: the id or idempotency key was known, and nothing new was stored.
	Existing bool
	// Seq is the number of its last event when it was submitted.
	Seq int64

	client *Client
}

// Handle is a task by its id, whoever submitted it.
func (c *Client) Handle(id string) *Handle { return &Handle{ID: id, client: c} }

// Status is the task as it stands.
func (h *Handle) Status(ctx context.Context) (*Status, error) {
	answer, err := h.client.tasks.Get(ctx, &qtasksv1.GetRequest{Id: h.ID})
	return answer.GetStatus(), err
}

// Wait waits for the task's end, as long as the context lasts. A broker that goes away
// meanwhile is waited for. All who wait share one stream.
func (h *Handle) Wait(ctx context.Context) (*Status, error) {
	return h.client.follower.ended(ctx, h.ID)
}

// Cancel ends the task: at once when it waits, and when its worker says so when it runs,
// of which the state tells.
func (h *Handle) Cancel(ctx context.Context, reason string) (State, error) {
	request := &qtasksv1.CancelRequest{Ids: []string{h.ID}, Reason: reason}
	answer, err := h.client.tasks.Cancel(ctx, request)
	if err != nil {
		return 0, err
	}
	if len(answer.GetResults()) != 1 {
		return 0, &Error{Reason: ErrProtocolViolation, Message: "the broker did not answer"}
	}
	result := answer.GetResults()[0]
	if refused := result.GetError(); refused != nil {
		return result.GetState(), fromItem(refused)
	}
	return result.GetState(), nil
}

// Reply answers a question of the task, from its `asked` event: the number of the event
// that says so. The first answer counts.
func (h *Handle) Reply(ctx context.Context, askID string, value any) (int64, error) {
	payload, err := Encode(value)
	if err != nil {
		return 0, err
	}
	if err := checkSize(payload, "value", maxEvent); err != nil {
		return 0, err
	}
	request := &qtasksv1.ReplyRequest{Id: h.ID, AskId: askID, Value: payload}
	answer, err := h.client.tasks.Reply(ctx, request)
	return answer.GetSeq(), err
}

// Explain says why the task does not run, or what it does.
func (h *Handle) Explain(ctx context.Context) ([]*qtasksv1.Reason, error) {
	answer, err := h.client.tasks.Explain(ctx, &qtasksv1.ExplainRequest{Id: h.ID})
	return answer.GetReasons(), err
}

// Result waits for the task's end and decodes what it returned. A task that ended
// otherwise is a [*TaskError].
func Result[T any](ctx context.Context, task *Handle) (T, error) {
	status, err := task.Wait(ctx)
	if err != nil {
		var none T
		return none, err
	}
	return ResultOf[T](status)
}

// ResultOf decodes what an ended task returned; see [Result].
func ResultOf[T any](status *Status) (value T, err error) {
	switch status.GetState() {
	case Succeeded:
		err = Decode(status.GetResult(), &value)
	case Failed, Cancelled:
		err = &TaskError{Status: status}
	default:
		err = invalid(ErrTaskNotEnded, "", "the task has not ended")
	}
	return value, err
}

// Do submits a task and waits for its result.
func Do[T any](ctx context.Context, client *Client, name string, args ...any) (T, error) {
	task, err := client.Submit(ctx, name, args...)
	if err != nil {
		var none T
		return none, err
	}
	return Result[T](ctx, task)
}
