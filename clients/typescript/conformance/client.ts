// What a client driver can be asked to do.

import {
  create,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { TaskEventSchema } from "../src/gen/qtasks/v1/event_pb.js";
import { StatsSchema } from "../src/gen/qtasks/v1/stats_service_pb.js";
import {
  TaskState,
  TaskStatusSchema,
  TaskSubmitSchema,
} from "../src/gen/qtasks/v1/task_pb.js";
import { TaskFilterSchema } from "../src/gen/qtasks/v1/task_service_pb.js";
import {
  type Call,
  Client,
  type ClientOptions,
  Encoded,
  type Event,
  encode,
  errorOf,
  type ListOptions,
  parse,
  QtasksError,
  type State,
  type Status,
  type SubmitOptions,
  stringify,
  type Task,
  TaskService,
} from "../src/index.js";
import { errorOfItem } from "../src/wire/status.js";
import type { Document } from "./driver.js";

interface Request {
  id: number;
  op: string;
  name: string;
  args?: string;
  kwargs?: string;
  options?: WireOptions;
  tasks: Request[];
  task: JsonValue;
  taskId: string;
  afterSeq?: number | string;
  timeout?: number;
  reason?: string;
  askId: string;
  value: string;
  filter?: JsonValue;
  limit?: number;
  stream: number;
  count: number;
  inFlight: number;
}

interface WireOptions
  extends Omit<SubmitOptions, "expires" | "kwargs" | "deadline" | "startTime"> {
  expiresIn?: number;
  bytes?: { base64: string; encoding: string };
}

/** Does what the runner asks for, and says what came of it. */
export class ClientDriver {
  readonly #client: Client;
  readonly #streams = new Map<number, AbortController>();

  constructor(
    broker: string,
    options: ClientOptions,
    private readonly say: (document: Document) => void,
  ) {
    this.#client = new Client(broker, options);
  }

  close(): void {
    this.#client.close();
  }

  async answer(request: Request): Promise<void> {
    const { id } = request;
    try {
      this.say({ id, ok: await this.#answered(request) });
    } catch (error) {
      this.say({ id, error: documentOfError(errorOf(error)) });
    }
  }

  async #answered(request: Request): Promise<Document> {
    const client = this.#client;
    switch (request.op) {
      case "submit": {
        const { name, args, ...options } = callOf(request);
        return receiptOf(await client.submit(name, args, options));
      }
      case "submit_many": {
        const receipts = await client.submitMany(request.tasks.map(callOf));
        return {
          receipts: receipts.map((one) =>
            one instanceof QtasksError
              ? { error: documentOfError(one) }
              : receiptOf(one),
          ),
        };
      }
      case "submit_raw":
        return this.#submitRaw(request);
      case "run":
      case "watch":
        return this.#stream(request);
      case "wait": {
        const { taskId, timeout } = request;
        const limits = timeout === undefined ? {} : { timeout };
        return { result: stringify(await client.task(taskId).result(limits)) };
      }
      case "get":
        return { status: documentOfStatus(await client.task(request.taskId).status()) };
      case "cancel": {
        const state = await client.task(request.taskId).cancel(request.reason);
        return { state: `TASK_STATE_${state.toUpperCase()}` };
      }
      case "reply": {
        const { taskId, askId, value } = request;
        return { seq: await client.task(taskId).reply(askId, parse(value)) };
      }
      case "list":
        return { taskIds: await this.#list(request) };
      case "stats":
        return { stats: documentOf(StatsSchema, await client.stats()) };
      case "stop":
        this.#streams
          .get(request.stream)
          ?.abort(new QtasksError("STOPPED", "the runner asked to stop"));
        return {};
      case "load":
        return timed(request, () => client.submit(request.name, [0]));
      case "load_run":
        return timed(request, async () => {
          for await (const _ of client.run(request.name, [0])) {
            // To its end.
          }
        });
      case "load_yields":
        return this.#loadYields(request);
      default:
        throw new QtasksError("UNKNOWN_OP", `there is no op ${request.op}`);
    }
  }

  async #submitRaw(request: Request): Promise<Document> {
    const task = fromJson(TaskSubmitSchema, request.task);
    task.app ||= this.#client.app;
    const { receipts } = await this.#client.call(TaskService.method.submit, {
      tasks: [task],
    });
    const [receipt] = receipts;
    if (receipt?.error !== undefined) {
      throw errorOfItem(receipt.error);
    }
    return { taskId: receipt?.id, existing: receipt?.existing };
  }

  async #stream(request: Request): Promise<Document> {
    const { id } = request;
    const stop = new AbortController();
    this.#streams.set(id, stop);
    try {
      for await (const event of this.#events(request, stop.signal)) {
        this.say({ id, event: documentOfEvent(event) });
        if (event.kind === "end") {
          return { status: documentOfStatus(event.status) };
        }
      }
    } finally {
      this.#streams.delete(id);
    }
    throw new Error("the stream ended without an end of the task");
  }

  #events(request: Request, signal: AbortSignal): AsyncIterable<Event> {
    if (request.op === "run") {
      const { name, args, ...options } = callOf(request);
      return this.#client.run(name, args, { ...options, signal });
    }
    const after = Number(request.afterSeq ?? 0);
    return this.#client.task(request.taskId).watch({ after, signal });
  }

  async #list({ filter = {}, limit }: Request): Promise<string[]> {
    const { states, queue, name, group, tag } = fromJson(TaskFilterSchema, filter);
    const options: ListOptions = {
      states: states.map(
        (state) => `${TaskState[state] ?? state}`.toLowerCase() as State,
      ),
      queue,
      name,
      group,
      tag,
      ...(limit !== undefined && { limit }),
    };
    const ids: string[] = [];
    for await (const status of this.#client.list(options)) {
      ids.push(status.id);
    }
    return ids;
  }

  async #loadYields({ name, count }: Request): Promise<Document> {
    const begun = performance.now();
    let yields = 0;
    for await (const event of this.#client.run(name, [count])) {
      yields += event.kind === "yield" ? 1 : 0;
    }
    return { seconds: (performance.now() - begun) / 1000, yields };
  }
}

async function timed(
  request: Request,
  once: () => Promise<unknown>,
): Promise<Document> {
  let left = request.count;
  const begun = performance.now();
  const call = async () => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: request.inFlight }, call));
  return { seconds: (performance.now() - begun) / 1000 };
}

function callOf(request: Request): Call {
  const { expiresIn, bytes, ...options } = request.options ?? {};
  return {
    ...options,
    name: request.name,
    args:
      bytes === undefined
        ? (parse(request.args ?? "[]") as unknown[])
        : new Encoded(Buffer.from(bytes.base64, "base64"), bytes.encoding),
    ...(request.kwargs && { kwargs: parse(request.kwargs) as Record<string, unknown> }),
    ...(expiresIn !== undefined && { expires: expiresIn }),
  };
}

function receiptOf(task: Task): Document {
  return { taskId: task.id, existing: task.existing };
}

function documentOf<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
) {
  return toJson(schema, message) as Document;
}

function documentOfStatus({ raw, result }: Status): Document {
  const status = create(TaskStatusSchema, raw);
  if (status.outcome.case === "result") {
    // What the client made of the value, and not what came.
    status.outcome = { case: "result", value: encode(result) };
  }
  return documentOf(TaskStatusSchema, status);
}

function documentOfEvent(event: Event): Document {
  const document = documentOf(TaskEventSchema, event.raw);
  switch (event.kind) {
    case "yield":
      document.yielded = { value: toJsonPayload(event.value) };
      break;
    case "ask":
      document.asked = {
        ...(document.asked as Document),
        prompt: toJsonPayload(event.value),
      };
      break;
    case "answer":
      document.answered = {
        ...(document.answered as Document),
        value: toJsonPayload(event.value),
      };
      break;
    case "end":
      document.finished = { status: documentOfStatus(event.status) };
  }
  return document;
}

function toJsonPayload(value: unknown): Document {
  return value instanceof Encoded
    ? { data: Buffer.from(value.data).toString("base64"), encoding: value.encoding }
    : { json: stringify(value) };
}

function documentOfError({ reason, message, field, facts }: QtasksError): Document {
  return { reason, message, field, facts };
}
