"""Subscription: one client's stream of everything it follows."""

from collections import deque
from collections.abc import Sequence

import anyio

from qtasks import v1
from qtasks.engine.admission import check_id
from qtasks.engine.notifier import Inbox, Notifier
from qtasks.engine.settings import MAX_BATCH
from qtasks.engine.submitter import ErrorItem, Submitter
from qtasks.errors import InvalidField, QtasksError, TaskNotFound, TooMany

MAX_FOLLOWED = 100_000
"""Tasks one client may follow at a time."""


class LocalSubscription:
    """One client's stream of everything it follows."""

    def __init__(
        self, inbox: Inbox, submitter: Submitter, notifier: Notifier, item: ErrorItem
    ) -> None:
        self._inbox = inbox
        self._submitter = submitter
        self._notifier = notifier
        self._item = item
        self._errors: deque[v1.FollowError] = deque()
        self._receipts: deque[v1.FollowReceipt] = deque()
        self._taken = anyio.Event()

    async def send(self, request: v1.SubscribeRequest) -> None:
        """Change what is followed; refusals come back as `errors`.

        Raises:
            TooMany: more at once, or in all, than allowed.
        """
        await self._room()
        wanted = len(request.submit) + len(request.add)
        if (
            max(wanted, len(request.remove)) > MAX_BATCH
            or len(self._inbox) + wanted > MAX_FOLLOWED
        ):
            raise TooMany(
                f"follow at most {MAX_BATCH} tasks a message and {MAX_FOLLOWED} in all"
            )
        if request.remove:
            for task_id in request.remove:
                self._inbox.drop(task_id)
            await self._notifier.unwatch(request.remove)
        if request.add:
            await self._inbox.follow(self._valid(request.add))
        if request.submit:
            await self._submit(request.submit)
        self._inbox.wake()

    async def _room(self) -> None:
        """Wait while a client that sends does not read."""
        while (
            self._inbox.crowded or len(self._errors) + len(self._receipts) >= MAX_BATCH
        ):
            self._taken = anyio.Event()
            await self._taken.wait()

    def _valid(self, wanted: Sequence[v1.Follow]) -> list[v1.Follow]:
        valid = []
        for follow in wanted:
            try:
                check_id(follow.id)
            except InvalidField as error:
                self._refuse(follow.id, error)
            else:
                valid.append(follow)
        return valid

    async def _submit(self, wanted: Sequence[v1.FollowSubmit]) -> None:
        named = []
        for follow in wanted:
            if follow.task.id:
                named.append(follow)
            else:
                missing = "a task submitted to follow needs an id"
                self._refuse("", InvalidField(missing, field="id"))
        submitted = [follow.task.id for follow in named]
        receipts = await self._submitter.follow(named, self._inbox)
        for task_id, follow, receipt in zip(submitted, named, receipts, strict=True):
            if receipt.HasField("error"):
                self._errors.append(v1.FollowError(id=task_id, error=receipt.error))
            elif not follow.finished_only or receipt.id != task_id:
                self._receipts.append(
                    v1.FollowReceipt(submitted_id=task_id, receipt=receipt)
                )

    def _refuse(self, task_id: str, error: QtasksError) -> None:
        self._errors.append(v1.FollowError(id=task_id, error=self._item(error)))

    async def receive(self) -> v1.SubscribeResponse:
        """Everything that happened, as soon as there is something."""
        while True:
            for task_id in self._inbox.take_gone():
                self._refuse(task_id, TaskNotFound(task_id=task_id))
            response = v1.SubscribeResponse(
                events=self._inbox.take(),
                errors=self._errors,
                receipts=self._receipts,
            )
            self._errors.clear()
            self._receipts.clear()
            self._taken.set()
            if response.events or response.errors or response.receipts:
                return response
            await self._inbox.wait()
