import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, mock, test } from "node:test";
import {
  Client,
  Encoded,
  type Event,
  newTaskId,
  QtasksError,
  ResultTimeout,
  Task,
  TaskCancelled,
  TaskFailed,
  Worker,
} from "../src/index.js";
import { Gate, TestBroker, Wire, withBroker } from "./harness.js";

withBroker("client", () => {
  let broker: TestBroker;
  let worker: Worker;
  let client: Client;
  const gates = new Map<string, Gate>();

  before(async () => {
    broker = await TestBroker.start();
    client = new Client(broker.url);
    worker = new Worker(broker.url, { slots: 50 })
      .task("echo", (_, value) => value)
      .task("fail", () => {
        throw new RangeError("too far", { cause: new Error("a bad map") });
      })
      .task("count", async function* (_, n: number) {
        for (let number = 0; number < n; number += 1) {
          yield number;
        }
        return n;
      })
      .task("gated", async function* (task, key: string, n: number) {
        yield "begun";
        await Promise.race([gates.get(key)?.opened, once(task.signal, "abort")]);
        for (let number = 0; number < n && !task.signal.aborted; number += 1) {
          yield number;
        }
      })
      .task("ask", (task, prompt) => task.ask(prompt));
    await worker.start();
  });

  after(async () => {
    await worker.stop();
    client.close();
    await broker.end();
  });

  function gated(n: number): { gate: Gate; args: [string, number] } {
    const key = newTaskId();
    const gate = new Gate();
    gates.set(key, gate);
    return { gate, args: [key, n] };
  }

  async function all(events: AsyncIterable<Event>): Promise<Event[]> {
    const seen: Event[] = [];
    for await (const event of events) {
      seen.push(event);
    }
    return seen;
  }

  function values(events: Event[]): unknown[] {
    return events.flatMap((event) => (event.kind === "yield" ? [event.value] : []));
  }

  test("a submitted task gives its result", async () => {
    const task = await client.submit("echo", [{ big: 2n ** 64n, text: "é" }]);
    assert.deepEqual(await task.result(), { big: 2n ** 64n, text: "é" });
    assert.equal((await task.status()).state, "success");
  });

  test("bytes travel as they are", async () => {
    const bytes = new Encoded(Uint8Array.of(1, 0, 255), "raw");
    assert.deepEqual(await (await client.submit("echo", bytes)).result(), bytes);
  });

  test("many are submitted at once, and a bad one spoils nothing", async () => {
    const calls = Array.from({ length: 1200 }, (_, n) => ({ name: "echo", args: [n] }));
    const bad = { name: "echo", priority: 9999 };
    const tasks = await client.submitMany([
      ...calls.slice(0, 600),
      bad,
      ...calls.slice(600),
    ]);
    const refused = tasks.filter((one) => one instanceof QtasksError);
    assert.deepEqual(
      refused.map(({ reason }) => reason),
      ["OUT_OF_RANGE"],
    );
    assert.equal(tasks.indexOf(refused[0] as QtasksError), 600);
    assert.equal(refused[0]?.field, "tasks[600].priority");
    const last = tasks.at(-1);
    assert.ok(last instanceof Task);
    assert.equal(await last.result(), 1199);
  });

  test("the same id is the same task, the same key too", async () => {
    const id = newTaskId();
    assert.equal((await client.submit("echo", [1], { id })).existing, false);
    assert.equal((await client.submit("echo", [1], { id })).existing, true);
    await assert.rejects(client.submit("echo", [2], { id }), {
      reason: "TASK_ID_CONFLICT",
    });
    const key = { idempotencyKey: newTaskId() };
    const first = await client.submit("echo", [1], key);
    assert.equal((await client.submit("echo", [5], key)).id, first.id);
    const events = await all(client.run("echo", [5], key));
    assert.equal(events.at(-1)?.taskId, first.id);
  });

  test("what is too large is refused before it is sent", async () => {
    const nobody = new Client("grpc://127.0.0.1:1");
    const large = "x".repeat(1024 * 1024);
    const refused = { reason: "PAYLOAD_TOO_LARGE", field: "args" };
    await assert.rejects(nobody.submit("echo", [large]), refused);
    assert.throws(() => nobody.run("echo", [large]), refused);
    await assert.rejects(nobody.task(newTaskId()).reply("it", large), {
      reason: "PAYLOAD_TOO_LARGE",
    });
  });

  test("a run is followed to its end", async () => {
    const events = await all(client.run("count", [3]));
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["state", "state", "yield", "yield", "yield", "end"],
    );
    assert.deepEqual(values(events), [0, 1, 2]);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6],
    );
    const end = events.at(-1);
    assert.ok(end?.kind === "end" && end.status.result === 3);
  });

  test("a run goes on over a cut wire, each event once and in order", async () => {
    await using wire = await Wire.to(broker);
    const far = new Client(wire.url);
    const { gate, args } = gated(2000);
    const events: Event[] = [];
    for await (const event of far.run("gated", args)) {
      events.push(event);
      if (event.kind === "yield" && event.value === "begun") {
        wire.cut();
        gate.open();
      }
    }
    far.close();
    assert.equal(wire.connections, 2);
    assert.deepEqual(values(events), ["begun", ...Array(2000).keys()]);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, place) => place + 1),
    );
  });

  test("a watch goes on after a number, also after the end", async () => {
    const task = await client.submit("count", [5]);
    await task.result();
    assert.deepEqual(values(await all(task.watch())), [0, 1, 2, 3, 4]);
    assert.deepEqual(values(await all(task.watch({ after: 5 }))), [3, 4]);
  });

  test("who leaves a run leaves the task running", async () => {
    const { gate, args } = gated(1);
    let task: Task | undefined;
    for await (const event of client.run("gated", args)) {
      if (event.kind === "yield") {
        task = client.task(event.taskId);
        break;
      }
    }
    gate.open();
    assert.equal((await task?.ended())?.state, "success");
  });

  test("a signal ends a run with its own reason", async () => {
    const stop = new AbortController();
    const { gate, args } = gated(1);
    const following = all(client.run("gated", args, { signal: stop.signal }));
    stop.abort(new Error("enough"));
    await assert.rejects(following, { message: "enough" });
    gate.open();
  });

  test("a task that failed raises how", async () => {
    const task = await client.submit("fail");
    await assert.rejects(task.result(), (error) => {
      assert.ok(error instanceof TaskFailed);
      assert.equal(error.reason, "TASK_FAILED");
      const { kind, message, reason, traceback, cause } = error.failure;
      assert.deepEqual([kind, message, reason], ["RangeError", "too far", "RAISED"]);
      assert.match(traceback, /client\.test\.ts/);
      assert.equal(cause?.message, "a bad map");
      return true;
    });
  });

  test("a result that does not come in time is not waited for", async () => {
    const { gate, args } = gated(0);
    const task = await client.submit("gated", args);
    await assert.rejects(task.result({ timeout: 0.05 }), ResultTimeout);
    gate.open();
    assert.equal(await task.result({ timeout: 60 }), null);
  });

  test("many wait over one stream, also when that breaks", async () => {
    await using wire = await Wire.to(broker);
    using far = new Client(wire.url);
    const { gate, args } = gated(0);
    const calls = Array.from({ length: 40 }, () => ({ name: "gated", args }));
    const tasks = (await far.submitMany(calls)) as Task[];
    const results = Promise.all([...tasks, ...tasks].map((task) => task.result()));
    for await (const event of client.task(tasks[39]?.id ?? "").watch()) {
      if (event.kind === "yield") {
        wire.cut();
        gate.open();
      }
    }
    assert.deepEqual(await results, Array(80).fill(null));
    assert.equal(wire.connections, 2);
    assert.equal(await (await far.submit("echo", [1])).result(), 1);
  });

  test("who waits for a task that is not there is told", async () => {
    const nobody = client.task(newTaskId());
    await assert.rejects(nobody.result(), { reason: "TASK_NOT_FOUND" });
    await assert.rejects(client.task("me").result(), { reason: "INVALID_FIELD" });
    const gone = AbortSignal.abort(new Error("no time"));
    await assert.rejects(nobody.result({ signal: gone }), { message: "no time" });
  });

  test("a task is cancelled, waiting or running", async () => {
    const later = await client.submit("echo", [1], { delay: 3600 });
    assert.equal(await later.cancel("not now"), "cancel");
    await assert.rejects(later.result(), (error) => {
      assert.ok(error instanceof TaskCancelled);
      assert.equal(error.cancelReason, "not now");
      return true;
    });
    const events: Event[] = [];
    for await (const event of client.run("gated", gated(5).args)) {
      events.push(event);
      if (event.kind === "yield") {
        assert.equal(await client.task(event.taskId).cancel("enough"), "process");
      }
    }
    assert.deepEqual(values(events), ["begun"]);
    const end = events.at(-1);
    assert.ok(end?.kind === "end" && end.status.cancelReason === "enough");
  });

  test("a task that asks gets the answer", async () => {
    const kinds: string[] = [];
    for await (const event of client.run("ask", ["sure?"])) {
      kinds.push(event.kind);
      if (event.kind === "ask") {
        assert.equal(event.value, "sure?");
        await client.task(event.taskId).reply(event.askId, 2n ** 70n);
      }
      if (event.kind === "end") {
        assert.equal(event.status.result, 2n ** 70n);
      }
    }
    assert.deepEqual(kinds, ["state", "state", "ask", "answer", "end"]);
  });

  test("a task waits for others, and is given what they return", async () => {
    const first = await client.submit("echo", [1], { delay: 0.01 });
    const second = await client.submit("echo", [2]);
    const sum = await client.submit("echo", [], {
      after: { ids: [first.id, second.id], pass: "list" },
    });
    assert.deepEqual(await sum.result(), [1, 2]);
  });

  test("tasks are listed in pages, newest first", async () => {
    const group = newTaskId();
    const calls = Array.from({ length: 250 }, () => ({
      name: "echo",
      args: [1],
      group,
    }));
    const { signal } = new AbortController();
    const told = mock.method(process, "emitWarning");
    // Longer than a timer of Node's.
    const limits = { signal, timeout: 30 * 86_400 };
    const tasks = (await client.submitMany(calls, limits)) as Task[];
    assert.equal(told.mock.callCount(), 0);
    told.mock.restore();
    const listed: string[] = [];
    for await (const { id } of client.list({ group })) {
      listed.push(id);
    }
    assert.deepEqual(new Set(listed), new Set(tasks.map(({ id }) => id)));
    assert.equal(listed.length, 250);
    const few: string[] = [];
    for await (const { id } of client.list({
      group,
      limit: 3,
      states: ["success", "new", "process"],
    })) {
      few.push(id);
    }
    assert.equal(few.length, 3);
  });

  test("figures, and why a task does not run", async () => {
    assert.equal((await client.stats()).workers, 1);
    const task = await client.submit("nobody serves this");
    const { reasons } = await task.explain();
    assert.equal(reasons[0]?.kind.case, "unserved");
    await task.cancel();
  });

  test("an answer that does not come in time is an error", async () => {
    const nobody = new Client("grpc://127.0.0.1:1");
    await assert.rejects(nobody.submit("echo", [], { timeout: 0.05 }), {
      reason: "DEADLINE_EXCEEDED",
    });
    await assert.rejects(nobody.stats({ timeout: 0.05 }), {
      reason: "DEADLINE_EXCEEDED",
    });
    nobody.close();
  });

  test("a broker that is not there is an error, after some trying", async () => {
    const nobody = new Client("grpc://127.0.0.1:1");
    await assert.rejects(nobody.submit("echo"), { reason: "BROKER_UNAVAILABLE" });
    await assert.rejects(all(nobody.run("echo")), { reason: "BROKER_UNAVAILABLE" });
  });

  test("with several hosts, another one is used", async () => {
    const several = new Client(`grpc://127.0.0.1:1,${broker.host}`);
    assert.equal(await (await several.submit("echo", [1])).result(), 1);
    const id = (await several.submit("ask", ["?"])).id;
    for await (const event of several.task(id).watch()) {
      if (event.kind === "ask") {
        await several.task(id).reply(event.askId, "yes");
      }
    }
    several.close();
  });

  test("calls of a client that is closed end", async () => {
    const other = new Client(broker.url);
    const { gate, args } = gated(1);
    const task = await other.submit("gated", args);
    const waiting = assert.rejects(task.result(), { reason: "CLIENT_CLOSED" });
    const watching = assert.rejects(all(task.watch()), { reason: "CLIENT_CLOSED" });
    other.close();
    await Promise.all([waiting, watching]);
    await assert.rejects(other.submit("echo"), { reason: "CLIENT_CLOSED" });
    gate.open();
  });
});
