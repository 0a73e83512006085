import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
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

  test("is shown what the environment says where the options say nothing", async (context) => {
    environment(context, {
      BROKER_URL: url(),
      TOKEN_FILE: file("tokens"),
      TLS_CA: file("ca.pem"),
      TLS_CERT: file("client.pem"),
      TLS_KEY: file("client.key"),
    });
    using client = new Client();
    await client.stats();
    using another = new Client("", { token: "another" });
    await assert.rejects(another.stats(), { reason: "UNAUTHENTICATED" });
    process.env.QTASKS_TOKEN = "another"; // before the file
    using third = new Client();
    await assert.rejects(third.stats(), { reason: "UNAUTHENTICATED" });
  });

  test("refuses who has no token, or another one", async () => {
    for (const options of [{ tls: known() }, { tls: known(), token: "another" }]) {
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

const NAMES = ["BROKER_URL", "TOKEN", "TOKEN_FILE", "TLS_CA", "TLS_CERT", "TLS_KEY"];

/** Set these variables and none of the others, until the test ends. */
function environment(context: TestContext, said: Record<string, string>): void {
  const outside = { ...process.env };
  context.after(() => {
    process.env = outside;
  });
  for (const name of NAMES) {
    process.env[`QTASKS_${name}`] = said[name] ?? "";
  }
}

describe("variables", () => {
  const here = import.meta.filename;
  const wrong: Record<string, string>[] = [
    { TOKEN: "two words" },
    { TOKEN_FILE: `${here}.none` },
    { TOKEN_FILE: here },
    { TLS_CA: `${here}.none` },
    { TLS_CERT: here },
    { BROKER_URL: "nowhere" },
  ];
  for (const said of wrong) {
    test(`${Object.keys(said)} that can't be are refused`, (context) => {
      environment(context, { BROKER_URL: "grpcs://localhost", ...said });
      assert.throws(() => new Client(), { name: "QtasksError", reason: "SETTINGS" });
    });
  }

  test("of certificates are for grpcs", (context) => {
    environment(context, { TLS_CA: `${here}.none` });
    new Client("grpc://localhost").close();
  });
});
