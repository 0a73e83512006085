"""Tokens: words that callers must know, and the guard that asks each call for one."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any

import grpc

from qtasks.access import can_be_sent
from qtasks.errors import SettingsError, Unauthenticated
from qtasks.transport.status import RichStatus
from qtasks_broker.files import written

logger = logging.getLogger(__name__)

OPEN = "/grpc.health.v1.Health/"
"""What whoever keeps the broker alive may call without a token."""


class TokensFile:
    """A file with a token on each line; empty lines and those of `#` do not count.

    It is read again when it changes: new calls need a token that stands in it then. A
    file that can't be used then is told in the log, and the last good one stays in use.
    Only digests are kept, and no message holds a token.

    Raises:
        SettingsError: the file can't be read, holds no token, or one that can't be sent.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen = written(path)
        self._digests = self._read()

    def knows(self, token: str) -> bool:
        """Whether the token is in the file; takes as long for each."""
        self._renew()
        digest = sha256(token.encode(errors="replace")).digest()
        return any([compare_digest(digest, known) for known in self._digests])  # noqa: C419  # all of them, always

    def _renew(self) -> None:
        changed = written(self._path)
        if changed == self._seen:
            return
        self._seen = changed
        try:
            self._digests = self._read()
        except SettingsError as error:
            logger.warning("tokens not read again", extra={"error": str(error)})

    def _read(self) -> list[bytes]:
        try:
            text = Path(self._path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"tokens_file {self._path} can't be read: {_reason(error)}",
                field="tokens_file",
            ) from None
        return [sha256(token).digest() for token in self._tokens(text)]

    def _tokens(self, text: str) -> list[bytes]:
        tokens = []
        for number, line in enumerate(text.splitlines(), start=1):
            token = line.strip()
            if not token or token.startswith("#"):
                continue
            if not can_be_sent(token):
                raise SettingsError(
                    f"line {number} of tokens_file {self._path} must be one token of "
                    "ASCII characters without spaces",
                    field="tokens_file",
                )
            tokens.append(token.encode())
        if not tokens:
            raise SettingsError(
                f"tokens_file {self._path} holds no token: write one on a line, for "
                "example what `openssl rand -hex 32` prints",
                field="tokens_file",
            )
        return tokens


class TokenGuard(grpc.aio.ServerInterceptor):
    """Refuses every call without a token of the file, but those of health.

    It stands before all handlers, whoever added them, and before the request is read.
    """

    def __init__(self, tokens: TokensFile) -> None:
        self._tokens = tokens

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Go on to the handler, or answer in its place."""
        if handler_call_details.method.startswith(OPEN):
            return await continuation(handler_call_details)
        given = _given(handler_call_details.invocation_metadata)
        if given is None:
            return _NO_TOKEN
        if not self._tokens.knows(given):
            return _UNKNOWN_TOKEN
        return await continuation(handler_call_details)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is not UTF-8"


def _given(metadata: Sequence[tuple[str, str | bytes]]) -> str | None:
    for key, value in metadata:
        if key != "authorization" or not isinstance(value, str):
            continue
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
    return None


def _refusal(message: str) -> "grpc.RpcMethodHandler[Any, Any]":
    """A handler for calls of any kind: a stream both ways need not read the request."""

    async def refuse(_: object, context: Any) -> None:
        await context.abort_with_status(RichStatus(Unauthenticated(message)))

    return grpc.stream_stream_rpc_method_handler(refuse)


_NO_TOKEN = _refusal(
    "the call carries no token: send it as metadata, `authorization: Bearer TOKEN`; "
    "programs of qtasks take it from QTASKS_TOKEN or QTASKS_TOKEN_FILE"
)
_UNKNOWN_TOKEN = _refusal(
    "the broker does not know this token; give one that its tokens file holds, for "
    "programs of qtasks as QTASKS_TOKEN or QTASKS_TOKEN_FILE"
)
