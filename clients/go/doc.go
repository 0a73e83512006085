// Package qtasks submits tasks to a qtasks broker, follows them, and serves them.
//
// A [Client] submits, watches and steers tasks that a worker in any language runs:
//
//	client, err := qtasks.New("grpc://127.0.0.1:50051")
//	...
//	for event, err := range client.Run(ctx, "render", 640, 480) {
//		...
//	}
//
// A [Worker] runs tasks that a client in any language submits:
//
//	worker := qtasks.NewWorker(client)
//	worker.Handle("render", render)
//	err := worker.RunUntilSignal(ctx)
//
// Values travel as JSON: arguments and results are what [encoding/json] makes of them.
// Integers of any size keep their digits: decode them into [math/big.Int], or into an
// `any`, where they are a [encoding/json.Number].
//
// Every error of the broker is an [*Error] whose reason is tested for with [errors.Is]:
//
//	if errors.Is(err, qtasks.ErrTaskNotFound) { ... }
package qtasks

import "github.com/qtasks/qtasks/clients/go/qtasksv1"

// Names for the wire's messages, so that most programs import one package.
type (
	// Event is one thing that happened to a task.
	Event = qtasksv1.TaskEvent
	// Status is a task as it stands.
	Status = qtasksv1.TaskStatus
	// State is where a task stands.
	State = qtasksv1.TaskState
	// Payload is a value in a stated encoding.
	Payload = qtasksv1.Payload
	// Failure is why an attempt failed.
	Failure = qtasksv1.Failure
	// Filter says which tasks; every set field must match.
	Filter = qtasksv1.TaskFilter
	// Stats are figures of an app.
	Stats = qtasksv1.Stats
)

// Where a task stands.
const (
	Scheduled = qtasksv1.TaskState_TASK_STATE_SCHEDULED
	Ready     = qtasksv1.TaskState_TASK_STATE_NEW
	Running   = qtasksv1.TaskState_TASK_STATE_PROCESS
	Retrying  = qtasksv1.TaskState_TASK_STATE_RETRY
	Succeeded = qtasksv1.TaskState_TASK_STATE_SUCCESS
	Failed    = qtasksv1.TaskState_TASK_STATE_ERROR
	Cancelled = qtasksv1.TaskState_TASK_STATE_CANCEL
)
