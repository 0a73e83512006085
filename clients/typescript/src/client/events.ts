// What happens to a task, as its watchers see it.

import type { Failure } from "../errors.js";
import { LogLevel, type TaskEvent } from "../gen/qtasks/v1/event_pb.js";
import { decode } from "../wire/payload.js";
import { date } from "../wire/times.js";
import { failureOf, type State, type Status, stateOf, statusOf } from "./status.js";

interface Common {
  taskId: string;
  /** Its place among the task's events, from 1. */
  seq: number;
  time: Date | undefined;
  /** The attempt it belongs to; 0 before the first. */
  attempt: number;
  /** The event as it came. */
  raw: TaskEvent;
}

/** What can happen, by its kind. */
type Happening =
  /** The task moved to another state that is not final. */
  | {
      kind: "state";
      state: State;
      failure: Failure | undefined;
      dueTime: Date | undefined;
      workerId: string;
    }
  /** The task yielded a value. */
  | { kind: "yield"; value: unknown }
  /** The task asks, and waits for a reply. */
  | { kind: "ask"; askId: string; value: unknown; deadline: Date | undefined }
  /** Somebody answered. */
  | { kind: "answer"; askId: string; value: unknown }
  /** The task wrote a log line. */
  | {
      kind: "log";
      level: "debug" | "info" | "warning" | "error";
      message: string;
      logger: string;
      fields: Record<string, string>;
    }
  /** The task said how far it is; `total` is 0 when that is not known. */
  | { kind: "progress"; done: number; total: number; note: string }
  /** Events that are no longer kept stood here. */
  | { kind: "gap"; fromSeq: number; toSeq: number }
  /** Somebody asked to cancel the running task. */
  | { kind: "cancel"; reason: string }
  /** The task ended; always the last event. */
  | { kind: "end"; status: Status }
  /** Something that a newer broker knows. */
  | { kind: "unknown" };

/** One thing that happened to a task. */
export type Event = Common & Happening;

/** An event as it came, in the words of JavaScript. */
export function eventOf(raw: TaskEvent): Event {
  return {
    taskId: raw.taskId,
    seq: Number(raw.seq),
    time: date(raw.time),
    attempt: raw.attempt,
    raw,
    ...happening(raw.event),
  };
}

function happening(event: TaskEvent["event"]): Happening {
  switch (event.case) {
    case "stateChanged": {
      const { state, failure, dueTime, workerId } = event.value;
      return {
        kind: "state",
        state: stateOf(state),
        failure: failure && failureOf(failure),
        dueTime: date(dueTime),
        workerId,
      };
    }
    case "yielded":
      return { kind: "yield", value: decode(event.value.value) };
    case "asked": {
      const { askId, prompt, deadline } = event.value;
      return { kind: "ask", askId, value: decode(prompt), deadline: date(deadline) };
    }
    case "answered":
      return {
        kind: "answer",
        askId: event.value.askId,
        value: decode(event.value.value),
      };
    case "log": {
      const { level, message, logger, fields } = event.value;
      return { kind: "log", level: levelOf(level), message, logger, fields };
    }
    case "progress": {
      const { done, total, note } = event.value;
      return { kind: "progress", done, total, note };
    }
    case "gap": {
      const { fromSeq, toSeq } = event.value;
      return { kind: "gap", fromSeq: Number(fromSeq), toSeq: Number(toSeq) };
    }
    case "cancelRequested":
      return { kind: "cancel", reason: event.value.reason };
    case "finished":
      if (event.value.status !== undefined) {
        return { kind: "end", status: statusOf(event.value.status) };
      }
  }
  return { kind: "unknown" };
}

function levelOf(level: LogLevel): "debug" | "info" | "warning" | "error" {
  switch (level) {
    case LogLevel.DEBUG:
      return "debug";
    case LogLevel.WARNING:
      return "warning";
    case LogLevel.ERROR:
      return "error";
    default:
      return "info";
  }
}
