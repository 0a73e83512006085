// The arguments of an attempt, decoded and held against the task's parameters.

import { QtasksError } from "../errors.js";
import { Pass, type TaskSubmit } from "../gen/qtasks/v1/task_pb.js";
import type { Assign, ParameterInfo } from "../gen/qtasks/v1/worker_service_pb.js";
import { decode, Encoded } from "../wire/payload.js";

/** Why a task can't be called with its arguments. */
export class Misfit extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly parameter: string,
  ) {
    super(message);
  }
}

/** The calls of an attempt: one, unless it is a task for each. */
export interface Calls {
  lists: unknown[][];
  kwargs: Record<string, unknown>;
}

/** The calls of an attempt; raises `Misfit`. */
export function callsOf(
  assign: Assign,
  parameters: ParameterInfo[] | undefined,
): Calls {
  const { task } = assign;
  const args = (task?.args && decoded(task.args, "args")) ?? [];
  const kwargs = (task?.kwargs && decoded(task.kwargs, "kwargs")) ?? {};
  const inputs = task?.after === undefined ? [] : inputsOf(task);
  if (!isObject(kwargs)) {
    throw new Misfit("InvalidJson", "kwargs must be an object", "kwargs");
  }
  const lists = (task?.each ? eachOf(args) : [listOf(args, "args")]).map((list) => [
    ...list,
    ...inputs,
  ]);
  return parameters === undefined
    ? { lists, kwargs }
    : { lists: lists.map((list) => bound(parameters, list, kwargs)), kwargs: {} };
}

function decoded(payload: NonNullable<TaskSubmit["args"]>, field: string): unknown {
  try {
    return decode(payload);
  } catch (error) {
    if (error instanceof QtasksError) {
      throw new Misfit("InvalidJson", `${field}: ${error.message}`, field);
    }
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Arguments as a list; in another encoding, they are one argument. */
function listOf(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) {
    return value;
  }
  if (value instanceof Encoded) {
    return [value];
  }
  throw new Misfit("InvalidJson", `${field} must be a list of arguments`, field);
}

function eachOf(value: unknown): unknown[][] {
  if (!Array.isArray(value)) {
    throw new Misfit(
      "InvalidJson",
      "with `each`, args must be a list of lists",
      "args",
    );
  }
  return value.map((list, place) => listOf(list, `args[${place}]`));
}

/** What the task is given of those that it waited for. */
function inputsOf({ after, inputs }: TaskSubmit): unknown[] {
  const values = inputs.map((input) => decoded(input, "inputs"));
  return after?.pass === Pass.LIST
    ? [values]
    : values.filter((value) => value !== null);
}

/** Arguments in the order of the parameters. */
function bound(
  parameters: ParameterInfo[],
  args: unknown[],
  kwargs: Record<string, unknown>,
): unknown[] {
  const named = new Map(Object.entries(kwargs));
  const taken: unknown[] = [...args];
  for (const [place, { name, kind, optional }] of parameters.entries()) {
    if (kind === "args") {
      continue;
    }
    if (place < args.length) {
      if (named.has(name)) {
        throw new Misfit("TypeError", `argument ${name} is given twice`, name);
      }
    } else if (named.has(name)) {
      taken[place] = named.get(name);
      named.delete(name);
    } else if (!optional) {
      throw new Misfit("TypeError", `argument ${name} is missing`, name);
    }
  }
  const [unknown] = named.keys();
  if (unknown !== undefined) {
    throw new Misfit("TypeError", `there is no parameter ${unknown}`, unknown);
  }
  const rest = parameters.some(({ kind }) => kind === "args");
  if (!rest && args.length > parameters.length) {
    const most = parameters.length;
    throw new Misfit(
      "TypeError",
      `${args.length} arguments, there are ${most}`,
      "args",
    );
  }
  return taken;
}
