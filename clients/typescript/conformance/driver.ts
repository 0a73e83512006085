// The driver of the conformance suite: what this package's client and worker do, told in
// JSON, one document a line. See tests/conformance/README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type { BrokerOptions } from "../src/index.js";
import { ClientDriver } from "./client.js";
import { runWorker } from "./worker.js";

export type Document = Record<string, unknown>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    broker: { type: "string" },
    app: { type: "string", default: "" },
    token: { type: "string" },
    ca: { type: "string" },
    "worker-id": { type: "string" },
    slots: { type: "string", default: "10" },
    queue: { type: "string", multiple: true, default: [] },
  },
});
const options: BrokerOptions = {
  ...(values.token !== undefined && { token: values.token }),
  ...(values.ca !== undefined && { tls: { ca: readFileSync(values.ca) } }),
};

function say(document: Document): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

const lines = createInterface({ input: process.stdin });
const { app, broker = "" } = values;
if (positionals[0] === "client") {
  const driver = new ClientDriver(broker, { ...options, app }, say);
  say({ ready: true });
  for await (const line of lines) {
    void driver.answer(JSON.parse(line));
  }
  driver.close();
} else if (positionals[0] === "worker") {
  const id = values["worker-id"];
  await runWorker(
    broker,
    {
      ...options,
      app,
      ...(id !== undefined && { id }),
      slots: Number(values.slots),
      queues: values.queue,
    },
    lines,
    say,
  );
} else {
  throw new Error("the first argument is client or worker");
}
