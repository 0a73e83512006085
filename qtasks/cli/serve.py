"""`qtasks serve`: run a broker."""

from typing import Annotated

import typer

from qtasks.cli.calls import run
from qtasks.cli.logs import Level, LogLevel, log_to_stderr
from qtasks.cli.options import duration
from qtasks.cli.output import Output


def serve(
    *,
    host: Annotated[
        str | None,
        typer.Option(envvar="QTASKS_HOST", help="Listen here: 127.0.0.1 if not said."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="QTASKS_PORT",
            help="Listen here: 50051 if not said; 0 takes a free one.",
        ),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            envvar="QTASKS_STORAGE",
            metavar="URL",
            help="Keep tasks here: redis://HOST, sqlite:///PATH or memory://. "
            "A SQLite file in your state directory if not said.",
        ),
    ] = None,
    strict: Annotated[
        bool | None,
        typer.Option("--strict", help="Refuse tasks that no live worker serves."),
    ] = None,
    grace: Annotated[
        float | None,
        typer.Option(
            parser=duration, metavar="TIME", help="How long SIGTERM waits for workers."
        ),
    ] = None,
    lease: Annotated[
        float | None,
        typer.Option(
            parser=duration, metavar="TIME", help="How long a silent worker is trusted."
        ),
    ] = None,
    keep_result: Annotated[
        float | None,
        typer.Option(
            parser=duration, metavar="TIME", help="How long ended tasks are kept."
        ),
    ] = None,
    max_payload: Annotated[
        int | None,
        typer.Option(metavar="BYTES", help="The largest arguments or result."),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            envvar="QTASKS_TLS_CERT",
            metavar="FILE",
            help="The broker's certificate, PEM: clients connect by TLS.",
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option(envvar="QTASKS_TLS_KEY", metavar="FILE", help="Its key, PEM."),
    ] = None,
    tls_client_ca: Annotated[
        str | None,
        typer.Option(
            envvar="QTASKS_TLS_CLIENT_CA",
            metavar="FILE",
            help="Clients must show a certificate of these authorities, PEM.",
        ),
    ] = None,
    tokens_file: Annotated[
        str | None,
        typer.Option(
            envvar="QTASKS_TOKENS_FILE",
            metavar="FILE",
            help="Calls must carry one of these tokens, one a line.",
        ),
    ] = None,
    log_level: LogLevel = Level.WARNING,
) -> None:
    """Run a broker until SIGTERM or Ctrl-C, which let its workers leave first.

    It says in one line what it listens on and where it stores.
    """
    # No other command needs the service, so no other command loads it.
    from qtasks_broker.serve import serve as serve_broker  # noqa: PLC0415
    from qtasks_broker.settings import Settings  # noqa: PLC0415

    log_to_stderr(log_level)
    settings = Settings.read(
        host=host,
        port=port,
        storage=storage,
        strict=strict,
        grace=grace,
        lease=lease,
        keep_result=keep_result,
        max_payload=max_payload,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tls_client_ca=tls_client_ca,
        tokens_file=tokens_file,
    )
    ready = Output().line
    run(lambda: serve_broker(settings, ready=ready))
