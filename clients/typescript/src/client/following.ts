// The events of a task, each once and in order, over broken streams.

import { isGone, QtasksError } from "../errors.js";
import type { TaskEvent } from "../gen/qtasks/v1/event_pb.js";
import type { TaskSubmit } from "../gen/qtasks/v1/task_pb.js";
import { TaskService } from "../gen/qtasks/v1/task_service_pb.js";
import { Backoff } from "../wire/backoff.js";
import { type Broker, FIRST_PATIENCE } from "../wire/broker.js";
import type { Channel } from "../wire/channel.js";
import { errorOf } from "../wire/status.js";
import { sleep } from "../wire/times.js";
import { type Event, eventOf } from "./events.js";

type Stream = AsyncIterable<{ events: TaskEvent[] }>;

/** What to follow: a task that is there, or one that is submitted first. */
export interface Followed {
  id: string;
  /** Events with greater numbers only. */
  after?: number;
  submit?: { task: TaskSubmit; cancelOnDisconnect: boolean };
  signal?: AbortSignal | undefined;
}

/**
 * Follow a task to its end. Once the broker was there it is waited for when it is gone,
 * as long as it takes; leaving the iteration ends the call.
 */
export async function* follow(
  broker: Broker,
  { id, after = 0, submit, signal }: Followed,
): AsyncGenerator<Event, void, undefined> {
  const waits = new Backoff();
  const began = performance.now();
  let taskId = id;
  let seq = after;
  let seen = false;
  let ended = false;
  const open = (channel: Channel): Stream =>
    submit && !seen
      ? channel.stream(TaskService.method.run, submit, { signal })
      : channel.stream(
          TaskService.method.watch,
          { id: taskId, afterSeq: BigInt(seq) },
          { signal },
        );
  for (;;) {
    broker.check(signal);
    const { channel } = broker;
    try {
      for await (const { events } of open(channel)) {
        broker.found();
        waits.succeeded();
        seen = true;
        for (const raw of events) {
          if (Number(raw.seq) <= seq) {
            continue;
          }
          seq = Number(raw.seq);
          taskId = raw.taskId; // of another task if the idempotency key was known
          const event = eventOf(raw);
          ended = event.kind === "end";
          yield event;
        }
      }
      if (ended) {
        return; // with the stream: to leave it earlier costs more
      }
      throw new QtasksError("BROKER_UNAVAILABLE", "the broker ended the stream");
    } catch (failed) {
      if (ended) {
        return;
      }
      broker.check(signal);
      const error = errorOf(failed);
      if (!isGone(error)) {
        throw error;
      }
      broker.gone(channel);
      const wait = waits.delay();
      const elapsed = (performance.now() - began) / 1000;
      if (!seen && !broker.reached && elapsed + wait > FIRST_PATIENCE) {
        throw error;
      }
      await sleep(wait, signal, broker.closed);
    }
  }
}
