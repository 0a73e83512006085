// What tests stand on: a real broker, and a wire that can be cut.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { describe } from "node:test";

/** A suite that needs a broker: skipped at a desk that has none, fails in CI. */
export function withBroker(name: string, tests: () => void): void {
  const missing = !onPath("qtasks") && !process.env.CI;
  const skip = missing && "no qtasks on PATH: `pip install` it to run this";
  describe(name, { skip, timeout: 120_000 }, tests);
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A broker in a process of its own. */
export class TestBroker implements AsyncDisposable {
  private constructor(
    readonly process: ChildProcess,
    /** `HOST:PORT`. */
    readonly host: string,
  ) {}

  static async start(...options: string[]): Promise<TestBroker> {
    const words = ["serve", "--port", "0", "--storage", "memory://", ...options];
    const broker = spawn("qtasks", words, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: broker.stdout })) {
      const host = /^qtasks broker on (\S+?),/.exec(line)?.[1];
      if (host !== undefined) {
        return new TestBroker(broker, host);
      }
    }
    throw new Error("the broker did not start");
  }

  get url(): string {
    return `grpc://${this.host}`;
  }

  get port(): string {
    return this.host.slice(this.host.lastIndexOf(":") + 1);
  }

  /** End it, as a crash does with `SIGKILL`. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
      await once(this.process, "exit");
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}

/** A wire to a broker that can be cut. */
export class Wire implements AsyncDisposable {
  readonly #server;
  readonly #sockets = new Set<Socket>();
  /** How many connections there were. */
  connections = 0;

  private constructor(target: string) {
    const at = target.lastIndexOf(":");
    this.#server = createServer((near) => {
      this.connections += 1;
      const far = connect(Number(target.slice(at + 1)), target.slice(0, at));
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  static async to(broker: TestBroker): Promise<Wire> {
    const wire = new Wire(broker.host);
    wire.#server.listen(0, "127.0.0.1");
    await once(wire.#server, "listening");
    return wire;
  }

  get url(): string {
    return `grpc://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cut what is connected; who connects again gets through. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
  }
}

/** A gate that is passed once it is opened. */
export class Gate {
  readonly opened: Promise<void>;
  open!: () => void;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }
}

/** Run a program to its end. */
export function run(program: string, words: string[], cwd: string): string {
  return execFileSync(program, words, { cwd, encoding: "utf8", stdio: "pipe" });
}
