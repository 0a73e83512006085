import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  Client,
  type Event,
  NoRetry,
  QtasksError,
  RetryAfter,
  StatsService,
  TaskFailed,
  Worker,
  type WorkerOptions,
} from "../src/index.js";
import { Gate, TestBroker, withBroker } from "./harness.js";

const silent = { info() {}, warn() {}, error() {} };

withBroker("worker", () => {
  let broker: TestBroker;
  let client: Client;

  before(async () => {
    broker = await TestBroker.start();
  });

  after(() => broker.end());

  /** A worker of an app of its own, and a client for it. */
  async function serving(
    app: string,
    register: (worker: Worker) => void,
    options: WorkerOptions = {},
  ): Promise<AsyncDisposable & { worker: Worker }> {
    client = new Client(broker.url, { app });
    const worker = new Worker(broker.url, { app, logger: silent, ...options });
    register(worker);
    await worker.start();
    return {
      worker,
      async [Symbol.asyncDispose]() {
        await worker.stop();
        client.close();
      },
    };
  }

  async function failureOf(name: string, args: unknown[] = [], options = {}) {
    const task = await client.submit(name, args, options);
    try {
      await task.result();
    } catch (error) {
      assert.ok(error instanceof TaskFailed, String(error));
      return { ...error.failure, attempt: (await task.status()).attempt };
    }
    throw new Error("the task did not fail");
  }

  test("named arguments go to their parameters", async () => {
    await using _ = await serving("named", (worker) =>
      worker
        .task("any", ({ kwargs }, ...args) => [args, kwargs])
        .task("some", (_task, a, b, ...rest: unknown[]) => [a, b ?? "none", rest], {
          parameters: ["a", "b?", "...rest"],
        }),
    );
    const result = async (name: string, args: unknown[], kwargs = {}) =>
      (await client.submit(name, args, { kwargs })).result();
    assert.deepEqual(await result("any", [1], { b: 2 }), [[1], { b: 2 }]);
    assert.deepEqual(await result("some", [1], { b: 2 }), [1, 2, []]);
    assert.deepEqual(await result("some", [], { a: 1 }), [1, "none", []]);
    assert.deepEqual(await result("some", [1, 2, 3, 4]), [1, 2, [3, 4]]);
  });

  test("arguments that do not fit fail the task for good", async () => {
    await using _ = await serving("misfits", (worker) =>
      worker.task("pair", () => null, { parameters: ["a", "b"] }),
    );
    const retry = { maxAttempts: 3 };
    for (const [args, kwargs, wrong] of [
      [[1], {}, "b"],
      [[1, 2], { a: 1 }, "a"],
      [[1, 2, 3], {}, "args"],
      [[1, 2], { c: 3 }, "c"],
    ] as const) {
      const failure = await failureOf("pair", [...args], { kwargs, retry });
      assert.equal(failure.reason, "REJECTED");
      assert.equal(failure.details.parameter, wrong);
      assert.equal(failure.attempt, 1);
    }
  });

  test("a task for each is called with each, and the first failure counts", async () => {
    await using _ = await serving("each", (worker) =>
      worker.task("half", (_task, n: number) => {
        if (n % 2) {
          throw new RangeError(`${n} is odd`);
        }
        return n / 2;
      }),
    );
    const each = { each: true };
    const even = await client.submit("half", [[2], [4], [6]], each);
    assert.deepEqual(await even.result(), [1, 2, 3]);
    assert.equal((await failureOf("half", [[2], [3], [5]], each)).message, "3 is odd");
  });

  test("failures are final, retried, or retried when the task says", async () => {
    await using _ = await serving("failures", (worker) =>
      worker
        .task("never", () => {
          throw new NoRetry("no use");
        })
        .task("soon", ({ attempt }) => {
          if (attempt === 1) {
            throw new RetryAfter(0.01, "busy");
          }
          return attempt;
        })
        .task("odd", () => {
          throw "a string"; // what a user's library may do
        })
        .task("never again", () => {
          throw new RetryAfter(Number.NaN);
        })
        .task("oddly named", () => {
          throw Object.assign(new Error("large"), {
            name: "x".repeat(6 * 1024 * 1024),
          });
        }),
    );
    const retry = { maxAttempts: 3, initialBackoff: 3600 };
    const { kind, message, attempt } = await failureOf("never", [], { retry });
    assert.deepEqual([kind, message, attempt], ["NoRetry", "no use", 1]);
    assert.equal(await (await client.submit("soon", [], { retry })).result(), 2);
    assert.equal((await failureOf("odd")).message, "a string");
    assert.match((await failureOf("never again")).message, /can't be NaN/);
    assert.ok((await failureOf("oddly named")).kind.length < 1000);
  });

  test("results and yields that can't travel fail", async () => {
    await using _ = await serving("large", (worker) =>
      worker
        .task("large", () => "x".repeat(1024 * 1024))
        .task("endless", () => Number.POSITIVE_INFINITY)
        .task("yields", function* () {
          try {
            yield "x".repeat(300 * 1024);
          } catch (error) {
            return error instanceof QtasksError && error.reason;
          }
          return "it went through";
        }),
    );
    for (const name of ["large", "endless"]) {
      assert.equal((await failureOf(name)).reason, "RESULT_INVALID");
    }
    const task = await client.submit("yields");
    assert.equal(await task.result(), "PAYLOAD_TOO_LARGE");
  });

  test("a task is stopped when its time is over", async () => {
    const stopped = new Gate();
    await using _ = await serving("limits", (worker) =>
      worker.task("sleep", (task) => {
        task.signal.addEventListener("abort", stopped.open);
        return new Promise((_resolve, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        });
      }),
    );
    assert.equal((await failureOf("sleep", [], { maxTime: 0.05 })).reason, "TIMED_OUT");
    await stopped.opened;
    assert.equal((await failureOf("sleep", [], { deadline: 0.2 })).reason, "TIMED_OUT");
  });

  test("a task that does not stop is not waited for", async () => {
    const gate = new Gate();
    await using _ = await serving(
      "deaf",
      (worker) => worker.task("deaf", () => gate.opened),
      { cancelGrace: 0.05 },
    );
    const failure = await failureOf("deaf", [], { maxTime: 0.05 });
    assert.equal(failure.details.overrun, "true");
    gate.open();
  });

  test("log lines and progress reach who watches", async () => {
    await using _ = await serving("telling", (worker) =>
      worker.task("tell", async (task) => {
        await task.log("half way", { page: 2 }, "warning");
        await task.progress(1, 2, "pages");
      }),
    );
    const events: Event[] = [];
    for await (const event of client.run("tell")) {
      events.push(event);
    }
    const [log] = events.filter((event) => event.kind === "log");
    assert.deepEqual(
      [log?.level, log?.message, log?.logger, log?.fields],
      ["warning", "half way", "tell", { page: "2" }],
    );
    const [progress] = events.filter((event) => event.kind === "progress");
    assert.deepEqual(
      [progress?.done, progress?.total, progress?.note],
      [1, 2, "pages"],
    );
  });

  test("what is too large for an event takes nothing else down", async () => {
    await using _ = await serving("large", (worker) =>
      worker.task("report", async (task) => {
        const field = "x".repeat(4000);
        const fields = Object.fromEntries(
          [...Array(100).keys()].map((n) => [n, field]),
        );
        const text = "\u20ac".repeat(300_000);
        await task.log(text, fields);
        await task.log("", { text });
        await task.progress(1, 2, text);
        return task.attempt;
      }),
    );
    const events: Event[] = [];
    for await (const event of client.run("report")) {
      events.push(event);
    }
    const [line, other] = events.filter((event) => event.kind === "log");
    assert.match(line?.message ?? "", /^\.\.\. \u20ac+$/);
    assert.deepEqual(Object.keys(line?.fields ?? {}), ["left_out"]);
    assert.match(other?.fields.text ?? "", /^\.\.\. \u20ac+$/);
    const end = events.find((event) => event.kind === "end");
    assert.equal(end?.status.result, 1);
  });

  test("a question that nobody answers raises in the task", async () => {
    await using _ = await serving("asking", (worker) =>
      worker.task("ask", (task) =>
        task.ask("sure?", { timeout: 0.05 }).catch((error) => error.reason),
      ),
    );
    assert.equal(await (await client.submit("ask")).result(), "ASK_TIMEOUT");
  });

  test("no more tasks run at once than there are slots", async () => {
    let running = 0;
    let most = 0;
    await using _ = await serving(
      "slots",
      (worker) =>
        worker.task("one", async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
        }),
      { slots: 3 },
    );
    const calls = Array.from({ length: 200 }, () => ({ name: "one" }));
    for (const task of await client.submitMany(calls)) {
      assert.ok(!(task instanceof QtasksError));
      await task.result();
    }
    assert.equal(most, 3);
  });

  test("what it serves is known to the broker", async () => {
    await using served = await serving("known", (worker) =>
      worker.task("resize", async function* () {}, {
        description: "Makes pictures smaller",
        parameters: ["width", "height?"],
        jsonSchema: { type: "object" },
        queue: "pictures",
        priority: -5,
        maxTime: 60,
        retry: { maxAttempts: 2 },
        tags: ["slow"],
      }),
    );
    const { task } = await client.call(StatsService.method.inspectTask, {
      app: "known",
      name: "resize",
    });
    assert.equal(task?.description, "Makes pictures smaller");
    assert.deepEqual(
      task.parameters.map(({ name, optional }) => [name, optional]),
      [
        ["width", false],
        ["height", true],
      ],
    );
    assert.equal(task.defaults?.priority, -5);
    const submitted = await client.submit("resize", [640]);
    await submitted.result();
    const { queue, raw } = await submitted.status();
    assert.deepEqual([queue, raw.tags, raw.maxAttempts], ["pictures", ["slow"], 2]);
    const { workers } = await client.call(StatsService.method.listWorkers, {
      app: "known",
    });
    assert.deepEqual(
      workers.map(({ workerId, language, queues }) => [workerId, language, queues]),
      [[served.worker.id, "typescript", ["default", "pictures"]]],
    );
  });

  test("a worker that is drained finishes what it runs, and leaves", async () => {
    const gate = new Gate();
    await using served = await serving("drained", (worker) =>
      worker.task("wait", async function* () {
        yield "begun";
        await gate.opened;
        return "done";
      }),
    );
    const run = client.run("wait");
    for await (const event of run) {
      if (event.kind === "yield") {
        assert.equal(await client.drainWorker(served.worker.id), 1);
        gate.open();
      }
      if (event.kind === "end") {
        assert.equal(event.status.result, "done");
      }
    }
    await served.worker.ended();
    const { workers } = await client.call(StatsService.method.listWorkers, {
      app: "drained",
    });
    assert.deepEqual(workers, []);
  });

  test("what runs still is given back in the end, and burns no attempt", async () => {
    const begun = new Gate();
    const first = await serving(
      "hurried",
      (worker) =>
        worker.task("wait", (task) => {
          begun.open();
          return new Promise((_resolve, reject) => {
            task.signal.addEventListener("abort", () => reject(task.signal.reason));
          });
        }),
      { drainTimeout: 0.05 },
    );
    const task = await client.submit("wait");
    await begun.opened;
    await first.worker.stop();
    await using _ = await serving("hurried", (worker) =>
      worker.task("wait", ({ attempt }) => attempt),
    );
    assert.equal(await client.task(task.id).result(), 1);
  });

  test("a second worker with the same id is refused", async () => {
    await using _ = await serving("twice", () => {}, { id: "the one" });
    const second = new Worker(broker.url, {
      app: "twice",
      id: "the one",
      logger: silent,
    });
    await assert.rejects(second.start(), { reason: "WORKER_ID_IN_USE" });
    await assert.rejects(second.ended(), { reason: "WORKER_ID_IN_USE" });
  });

  test("a name is served once", () => {
    const worker = new Worker(broker.url).task("it", () => null);
    assert.throws(() => worker.task("it", () => null), { reason: "DUPLICATE_TASK" });
    assert.throws(() => worker.task("other", () => null, { parameters: ["a b"] }), {
      reason: "SETTINGS",
    });
  });
});
