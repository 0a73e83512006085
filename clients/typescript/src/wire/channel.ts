// A connection to one broker: messages of protobuf-es over the gRPC of @grpc/grpc-js.

import { createSecureContext, type SecureContextOptions } from "node:tls";
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  credentials,
  Metadata,
} from "@grpc/grpc-js";
import { QtasksError } from "../errors.js";
import { errorOf } from "./status.js";

const MAX_MESSAGE = 4 * 1024 * 1024;

const OPTIONS: ClientOptions = {
  // Half as often as a broker allows; frees sockets, leases have heartbeats.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.max_receive_message_length": MAX_MESSAGE,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  // What may be repeated is known here, and for how long.
  "grpc.enable_retries": 0,
  // A worker's stream and a client's calls do not share a connection.
  "grpc.use_local_subchannel_pool": 1,
  // More under way than 64 KiB, so that a fast stream does not wait for the wire.
  "grpc-node.flow_control_window": 1024 * 1024,
};

/** The limits of a call. */
export interface Limits {
  signal?: AbortSignal | undefined;
  /** Seconds. */
  timeout?: number | undefined;
}

/** For `grpcs://`, as `node:tls` takes them. */
export type TlsOptions = SecureContextOptions & { servername?: string };

/** How a channel is opened. */
export interface ChannelOptions {
  tls: TlsOptions | undefined;
  /** The token of each call. */
  token(): string | undefined | Promise<string | undefined>;
}

/** A connection to one broker; connects when it is first used. */
export class Channel {
  readonly #client: Client;
  readonly #token: ChannelOptions["token"];
  readonly #calls = new Set<{ cancel(): void }>();

  constructor(host: string, { tls, token }: ChannelOptions) {
    const name = tls?.servername;
    this.#client = new Client(
      host,
      tls === undefined
        ? credentials.createInsecure()
        : credentials.createFromSecureContext(createSecureContext(tls)),
      name === undefined
        ? OPTIONS
        : { ...OPTIONS, "grpc.ssl_target_name_override": name },
    );
    this.#token = token;
  }

  /** Close it; calls under way end. */
  close(): void {
    for (const call of this.#calls) {
      call.cancel();
    }
    this.#client.close();
  }

  /** Wait until it is connected; raises `BROKER_UNAVAILABLE` when it can't be in time. */
  ready(seconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + seconds * 1000, (error) =>
        error ? reject(new QtasksError("BROKER_UNAVAILABLE")) : resolve(),
      );
    });
  }

  /** Make a call; raises a `QtasksError`. */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    { signal, timeout }: Limits = {},
  ): Promise<MessageShape<O>> {
    const metadata = await this.#metadata();
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        pathOf(method),
        serializer(method.input),
        parser(method.output),
        create(method.input, request),
        metadata,
        deadline(timeout),
        (error, response) => {
          forget();
          if (response === undefined) {
            reject(errorOf(error));
          } else {
            resolve(response);
          }
        },
      );
      const forget = this.#keep(call, signal);
    });
  }

  /** The answers of a call; leaving the iteration ends it. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    limits: Limits = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    return this.#duplex(method, [create(method.input, request)], limits);
  }

  /**
   * A call both ways: a request is asked for when the one before has left. Leaving the
   * iteration ends it.
   */
  bidi<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    requests: AsyncIterable<MessageShape<I>>,
    limits: Limits = {},
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    return this.#duplex(method, requests, limits);
  }

  async *#duplex<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O> | DescMethodBiDiStreaming<I, O>,
    requests: AsyncIterable<MessageShape<I>> | Iterable<MessageShape<I>>,
    { signal, timeout }: Limits,
  ): AsyncGenerator<MessageShape<O>, void, undefined> {
    const metadata = await this.#metadata();
    const call = this.#client.makeBidiStreamRequest(
      pathOf(method),
      serializer(method.input),
      parser(method.output),
      metadata,
      deadline(timeout),
    );
    const forget = this.#keep(call, signal);
    call.on("error", () => {}); // also once nobody iterates any more
    let wrong: unknown; // with a request, which is why the call ends
    send(call, requests).catch((error: unknown) => {
      wrong = error;
      call.cancel();
    });
    try {
      yield* call as AsyncIterable<MessageShape<O>>;
    } catch (error) {
      throw errorOf(wrong ?? error);
    } finally {
      forget();
      call.cancel();
    }
  }

  /** Have a call end with the signal or the channel; returns what forgets it. */
  #keep(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
    const cancel = () => call.cancel();
    this.#calls.add(call);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) {
      cancel();
    }
    return () => {
      this.#calls.delete(call);
      signal?.removeEventListener("abort", cancel);
    };
  }

  async #metadata(): Promise<Metadata> {
    const metadata = new Metadata();
    const token = await this.#token();
    if (token !== undefined) {
      metadata.set("authorization", `Bearer ${token}`);
    }
    return metadata;
  }
}

/** Write requests, one after the other, until there are no more or the call has ended. */
async function send<I, O>(
  call: ClientDuplexStream<I, O>,
  requests: AsyncIterable<I> | Iterable<I>,
): Promise<void> {
  let ended = false;
  let wake = () => {};
  call.on("status", () => {
    ended = true;
    wake();
  });
  for await (const request of requests) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (ended) {
        resolve();
      } else {
        call.write(request, () => resolve());
      }
    });
    if (ended) {
      return;
    }
  }
  call.end();
}

function pathOf(method: { parent: { typeName: string }; name: string }): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serializer<Desc extends DescMessage>(schema: Desc) {
  return (message: MessageShape<Desc>) => Buffer.from(toBinary(schema, message));
}

function parser<Desc extends DescMessage>(schema: Desc) {
  // Not as a Buffer, or bytes in the message would be one too.
  return ({ buffer, byteOffset, length }: Buffer) =>
    fromBinary(schema, new Uint8Array(buffer, byteOffset, length));
}

function deadline(timeout: number | undefined): CallOptions {
  return timeout === undefined ? {} : { deadline: Date.now() + timeout * 1000 };
}
