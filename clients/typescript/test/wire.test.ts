import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, mock, test } from "node:test";
import { newTaskId } from "../src/client/ids.js";
import { VERSION } from "../src/version.js";
import { addressOf } from "../src/wire/address.js";
import { Broker } from "../src/wire/broker.js";
import { after, duration, seconds } from "../src/wire/times.js";

describe("addresses", () => {
  test("say where brokers are", () => {
    assert.deepEqual(addressOf("grpc://broker"), {
      secure: false,
      hosts: ["broker:50051"],
    });
    assert.deepEqual(addressOf("grpcs://[::1]:443,b.example:80/"), {
      secure: true,
      hosts: ["[::1]:443", "b.example:80"],
    });
  });

  for (const url of [
    "localhost:50051",
    "http://broker",
    "grpc://",
    "grpc://a,,b",
    "grpc://a:b",
    "grpc://me@broker",
    "grpc://broker/path",
  ]) {
    test(`${url} is refused`, () => {
      assert.throws(() => addressOf(url), { name: "QtasksError", reason: "SETTINGS" });
    });
  }

  test("a token that leaves this machine unencrypted is told of", (context) => {
    const warned = context.mock.method(process, "emitWarning", () => {});
    for (const url of ["grpcs://broker.example", "grpc://127.0.0.1", "grpc://[::1]"]) {
      new Broker(url, { token: "secret" }).close();
    }
    assert.equal(warned.mock.callCount(), 0);
    new Broker("grpc://broker.example", { token: "secret" }).close();
    assert.equal(warned.mock.callCount(), 1);
  });
});

describe("times", () => {
  test("lengths keep their fractions, also when they are negative", () => {
    for (const length of [0, 0.25, -1.5, 1e9 + 0.5]) {
      assert.equal(seconds(duration(length, "delay")), length);
    }
  });

  test("lengths that the wire does not know are refused", () => {
    for (const length of [Number.NaN, Number.POSITIVE_INFINITY, 1e15]) {
      assert.throws(() => duration(length, "delay"), {
        reason: "OUT_OF_RANGE",
        field: "delay",
      });
    }
  });

  test("a timer may be longer than Node's", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const clock = context.mock.method(performance, "now", () => 0);
    const call = mock.fn();
    const days = 86_400;
    const cancel = after(60 * days, call);
    clock.mock.mockImplementation(() => 59 * days * 1000);
    context.mock.timers.tick(2 ** 31 - 1);
    context.mock.timers.tick(1);
    assert.equal(call.mock.callCount(), 0);
    clock.mock.mockImplementation(() => 60 * days * 1000);
    context.mock.timers.tick(86_400_000);
    assert.equal(call.mock.callCount(), 1);
    cancel();
  });
});

test("ids are UUIDs of version 7 that sort by time", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_700_000_000_000 });
  const first = newTaskId();
  assert.match(first, /^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  context.mock.timers.tick(1);
  assert.ok(first < newTaskId());
});

test("the version is the package's", () => {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  assert.equal(JSON.parse(text).version, VERSION);
});
