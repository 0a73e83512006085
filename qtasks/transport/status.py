"""The one table between errors and gRPC statuses, in both directions.

A status carries `google.rpc.ErrorInfo` (the reason, the domain `qtasks`, the error's
facts) and, where a field is wrong, `google.rpc.BadRequest` naming it.

Texts are cut on their way: a status travels as metadata, of which receivers take 8 KiB
before they refuse all of it, and a batch must fit one message with an error for each item.
"""

from collections.abc import Iterable, Sequence

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from grpc_status.rpc_status import GRPC_DETAILS_METADATA_KEY

from qtasks import errors, v1
from qtasks.transport.secure import unreachable

DOMAIN = "qtasks"

NO_RETRY = ("grpc-retry-pushback-ms", "-1")
"""Tells gRPC in every client not to repeat a call: the broker has tried already, for as
long as its storage allows, and its other replicas have the same storage."""

STATUS_TEXT = 1000
"""Bytes of a status' message, which travels up to three times: plain, where each byte may
take three, in the details and with the field."""
STATUS_FACT = 200
"""Bytes of each fact of a status."""
ITEM_TEXT = 500
"""Bytes of the message of an item of a batch."""
ITEM_FACT = 100
"""Bytes of each fact of an item of a batch."""

CODES: dict[type[errors.QtasksError], grpc.StatusCode] = {
    errors.InvalidField: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InvalidJson: grpc.StatusCode.INVALID_ARGUMENT,
    errors.OutOfRange: grpc.StatusCode.INVALID_ARGUMENT,
    errors.TooMany: grpc.StatusCode.INVALID_ARGUMENT,
    errors.PayloadTooLarge: grpc.StatusCode.INVALID_ARGUMENT,
    errors.ProtocolViolation: grpc.StatusCode.INVALID_ARGUMENT,
    errors.ProtocolMismatch: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TaskNotFound: grpc.StatusCode.NOT_FOUND,
    errors.TaskNameUnknown: grpc.StatusCode.NOT_FOUND,
    errors.AskNotFound: grpc.StatusCode.NOT_FOUND,
    errors.QueueNotFound: grpc.StatusCode.NOT_FOUND,
    errors.WorkerNotFound: grpc.StatusCode.NOT_FOUND,
    errors.ScheduleNotFound: grpc.StatusCode.NOT_FOUND,
    errors.ScheduleExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.TaskConflict: grpc.StatusCode.ALREADY_EXISTS,
    errors.WorkerIdInUse: grpc.StatusCode.ALREADY_EXISTS,
    # Of its own call, which no broker has.
    errors.TaskNotRegistered: grpc.StatusCode.UNIMPLEMENTED,
    errors.ArgumentInvalid: grpc.StatusCode.INVALID_ARGUMENT,
    # What a task raised is as unknown to the broker as what a call raised to gRPC.
    errors.TaskFailed: grpc.StatusCode.UNKNOWN,
    # Not CANCELLED, which clients take for their own doing.
    errors.TaskCancelled: grpc.StatusCode.ABORTED,
    errors.ValueMisfit: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TaskUnserved: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TaskRunning: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TaskEnded: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TaskNotEnded: grpc.StatusCode.FAILED_PRECONDITION,
    errors.AskAnswered: grpc.StatusCode.FAILED_PRECONDITION,
    errors.SessionLost: grpc.StatusCode.ABORTED,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.BrokerUnavailable: grpc.StatusCode.UNAVAILABLE,
    errors.BrokerDraining: grpc.StatusCode.UNAVAILABLE,
    errors.StorageUnavailable: grpc.StatusCode.UNAVAILABLE,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.QtasksError: grpc.StatusCode.INTERNAL,
}

CLASSES = {error.reason: error for error in CODES}

_BY_CODE: dict[grpc.StatusCode, type[errors.QtasksError]] = {
    grpc.StatusCode.UNAVAILABLE: errors.BrokerUnavailable,
    # A server that stops cancels what it still answers.
    grpc.StatusCode.CANCELLED: errors.BrokerUnavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.PayloadTooLarge,
    grpc.StatusCode.UNIMPLEMENTED: errors.ProtocolMismatch,
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidField,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
}
"""For statuses without a reason of ours: gRPC's own, or those of a proxy."""

_CODES_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}


def code_of(error: errors.QtasksError) -> grpc.StatusCode:
    """The gRPC code of an error."""
    for kind in type(error).__mro__:
        if kind in CODES:
            return CODES[kind]
    return grpc.StatusCode.INTERNAL


def item_error(error: errors.QtasksError) -> v1.ItemError:
    """An error as an item of a batch."""
    facts = _cut_facts(error, ITEM_FACT)
    return v1.ItemError(
        code=code_of(error).value[0],
        reason=error.reason,
        message=_cut(error.message, ITEM_TEXT),
        field=facts.pop("field", ""),
        metadata=facts,
    )


def from_item(item: v1.ItemError) -> errors.QtasksError:
    """The error that an item of a batch stands for."""
    facts = dict(item.metadata)
    if item.field:
        facts["field"] = item.field
    return _error(item.reason, _CODES_BY_NUMBER.get(item.code), item.message, facts)


class RichStatus(grpc.Status):
    """A status with details, for `abort_with_status`."""

    def __init__(self, error: errors.QtasksError) -> None:
        """Write an error as a status."""
        self.code = code_of(error)
        self.details = _cut(error.message, STATUS_TEXT)
        details = _details(error, self.details)
        trailing: list[tuple[str, str | bytes]] = [(GRPC_DETAILS_METADATA_KEY, details)]
        if isinstance(error, errors.StorageUnavailable):
            trailing.append(NO_RETRY)
        self.trailing_metadata = tuple(trailing)


def _cut(text: str, limit: int) -> str:
    """The text, or as much of its beginning as fits into `limit` bytes."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - len("…".encode())].decode(errors="ignore") + "…"


def _cut_facts(error: errors.QtasksError, limit: int) -> dict[str, str]:
    return {key: _cut(value, limit) for key, value in error.facts.items()}


def _details(error: errors.QtasksError, message: str) -> bytes:
    facts = _cut_facts(error, STATUS_FACT)
    field = facts.pop("field", "")
    info = Any()
    info.Pack(
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=facts)
    )
    details = [info]
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=field, description=message
        )
        wrong = Any()
        wrong.Pack(error_details_pb2.BadRequest(field_violations=[violation]))
        details.append(wrong)
    status = status_pb2.Status(
        code=code_of(error).value[0], message=message, details=details
    )
    return bytes(status.SerializeToString())


def from_rpc(error: grpc.aio.AioRpcError) -> errors.QtasksError:
    """The error that a failed call stands for."""
    trailing = error.trailing_metadata() or ()
    reason, facts = _read_details(trailing)
    return _error(reason, error.code(), error.details() or "", facts)


def _read_details(
    metadata: Iterable[Sequence[str | bytes]],
) -> tuple[str, dict[str, str]]:
    reason = ""
    facts: dict[str, str] = {}
    for key, value in metadata:
        if key != GRPC_DETAILS_METADATA_KEY or not isinstance(value, bytes):
            continue
        for detail in status_pb2.Status.FromString(value).details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                info = error_details_pb2.ErrorInfo.FromString(detail.value)
                if info.domain == DOMAIN:
                    reason = info.reason
                    facts.update(info.metadata)
            elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                wrong = error_details_pb2.BadRequest.FromString(detail.value)
                for violation in wrong.field_violations:
                    facts["field"] = violation.field
    return reason, facts


def _error(
    reason: str, code: grpc.StatusCode | None, message: str, facts: dict[str, str]
) -> errors.QtasksError:
    kind = CLASSES.get(reason)
    if kind is None:
        kind = (
            _BY_CODE.get(code, errors.QtasksError)
            if code is not None
            else errors.QtasksError
        )
        if kind is errors.BrokerUnavailable:
            return unreachable(message)
        if kind is errors.PayloadTooLarge:
            message = f"{kind.__doc__} ({message})"
    return kind(message, **facts)
