import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decode,
  Encoded,
  encode,
  parse,
  QtasksError,
  stringify,
} from "../src/index.js";

function reasonOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof QtasksError ? error.reason : String(error);
  }
  return "nothing was raised";
}

describe("values", () => {
  for (const text of [
    "null",
    "[9007199254740991,9007199254740992,-18446744073709551617]",
    '{"é":"\\u0000","__proto__":12345678901234567890}',
    "[1.5,-0.25,1e+300]",
    '"\\ud800"',
    '["1234567890123456789"]',
  ]) {
    test(`${text} comes back as it was`, () => {
      assert.equal(stringify(parse(text)), text);
    });
  }

  test("integers are numbers as long as those can hold them", () => {
    assert.deepEqual(parse("[9007199254740991, 9007199254740993]"), [
      Number.MAX_SAFE_INTEGER,
      9007199254740993n,
    ]);
  });

  test("numbers with many digits after the point stay numbers", () => {
    assert.equal(parse("3.14159265358979323846"), Math.PI);
  });

  test("nothing is null", () => {
    assert.equal(stringify(undefined), "null");
    assert.equal(decode(undefined), null);
  });

  test("bytes stay as they are", () => {
    const value = new Encoded(Uint8Array.of(0, 255), "msgpack");
    assert.deepEqual(decode(encode(value)), value);
  });

  test("what JSON does not have is refused", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [
      Number.NaN,
      [Number.POSITIVE_INFINITY],
      circle,
      [1n, circle],
    ]) {
      assert.equal(
        reasonOf(() => stringify(value)),
        "UNSERIALIZABLE",
      );
    }
  });

  test("what is no JSON is refused", () => {
    for (const text of ["", "{", "[01]", "12345678901234567890,"]) {
      assert.equal(
        reasonOf(() => parse(text)),
        "INVALID_JSON",
      );
    }
  });
});
