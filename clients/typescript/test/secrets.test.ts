import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, Worker } from "../src/index.js";
import { run, TestBroker, withBroker } from "./harness.js";

withBroker("a guarded broker", () => {
  const folder = mkdtempSync(join(tmpdir(), "qtasks-"));
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFileSync(file(name));
  let broker: TestBroker;

  before(async () => {
    certificate("ca", "/CN=Test authority");
    certificate("broker", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    certificate("client", "/CN=somebody");
    writeFileSync(file("tokens"), `${TOKEN}\n`, { mode: 0o600 });
    broker = await TestBroker.start(
      ...["--tls-cert", file("broker.pem"), "--tls-key", file("broker.key")],
      ...["--tls-client-ca", file("ca.pem"), "--tokens-file", file("tokens")],
    );
  });

  after(async () => {
    await broker.end();
    rmSync(folder, { recursive: true });
  });

  const TOKEN = "0123456789abcdef0123456789abcdef";

  /** Make `NAME.pem` and `NAME.key`, signed by `ca`, which signs itself. */
  function certificate(name: string, subject: string, extension = ""): void {
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", file(`${name}.key`)];
    const signed =
      name === "ca" ? [] : ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
    const extensions = extension ? ["-addext", extension] : [];
    const out = ["-out", file(`${name}.pem`), "-days", "1", "-subj", subject];
    run("openssl", ["req", "-x509", ...key, ...signed, ...extensions, ...out], folder);
  }

  function url(): string {
    return `grpcs://localhost:${broker.port}`;
  }

  function known() {
    return { ca: read("ca.pem"), cert: read("client.pem"), key: read("client.key") };
  }

  test("serves who shows a certificate and a token", async () => {
    const options = { tls: known(), token: TOKEN };
    await using worker = new Worker(url(), options).task("echo", (_, value) => value);
    await worker.start();
    using client = new Client(url(), { ...options, token: async () => TOKEN });
    assert.equal(await (await client.submit("echo", ["hi"])).result(), "hi");
  });

  test("refuses who has no token, or another one", async () => {
    for (const options of [{ tls: known() }, { tls: known(), token: "another one" }]) {
      using client = new Client(url(), options);
      await assert.rejects(client.stats(), { reason: "UNAUTHENTICATED" });
      const worker = new Worker(url(), { ...options, logger: quiet });
      await assert.rejects(worker.start(), { reason: "UNAUTHENTICATED" });
    }
  });

  test("is not reached by who does not know its authority, or shows nothing", async () => {
    const { cert, key, ca } = known();
    for (const tls of [{ cert, key }, { ca }]) {
      using client = new Client(url(), { tls, token: TOKEN });
      await assert.rejects(client.stats(), { reason: "BROKER_UNAVAILABLE" });
    }
  });

  const quiet = { info() {}, warn() {}, error() {} };
});
