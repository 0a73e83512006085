import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, Worker } from "../src/index.js";
import { Gate, TestBroker, Wire, withBroker } from "./harness.js";

const silent = { info() {}, warn() {}, error() {} };

withBroker("a worker whose broker is away", () => {
  test("yields wait for the wire, and none is lost on a wire that breaks", async () => {
    await using broker = await TestBroker.start();
    await using wire = await Wire.to(broker);
    const count = 20_000;
    let made = 0;
    const worker = new Worker(wire.url, { logger: silent }).task("count", function* () {
      for (; made < count; made += 1) {
        if (made === count / 2) {
          wire.cut();
        }
        yield made;
      }
    });
    await worker.start();
    using client = new Client(broker.url);
    let next = 0;
    for await (const event of client.run("count")) {
      if (event.kind === "yield") {
        assert.equal(event.value, next);
        next += 1;
      }
      if (event.kind === "end") {
        assert.equal(event.status.state, "success");
        assert.equal(event.attempt, 1);
      }
    }
    assert.equal(next, count);
    assert.ok(wire.connections >= 2);
    await worker.stop();
  });

  test("a broker that freezes is left, and what runs goes on", async () => {
    await using frozen = await TestBroker.start("--lease", "1");
    const noticed = new Gate();
    const begun = new Gate();
    const worker = new Worker(frozen.url, {
      logger: { ...silent, warn: noticed.open },
    }).task("wait", async () => {
      begun.open();
      await noticed.opened;
      return "done";
    });
    await worker.start();
    using caller = new Client(frozen.url);
    const task = await caller.submit("wait");
    await begun.opened;
    frozen.process.kill("SIGSTOP");
    await noticed.opened;
    frozen.process.kill("SIGCONT");
    assert.equal(await task.result(), "done");
    await worker.stop();
  });

  test("a worker waits for a broker, and can be stopped before there is one", async () => {
    const waited = new Gate();
    const worker = new Worker("grpc://127.0.0.1:1", {
      logger: { ...silent, warn: waited.open },
    });
    const started = worker.start();
    await waited.opened;
    await worker.stop();
    await started;
  });
});
