import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "../src/index.js";
import { run, TestBroker, withBroker } from "./harness.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(PACKAGE, "build", "readme");

withBroker("the README", () => {
  const text = readFileSync(join(PACKAGE, "README.md"), "utf8");
  const blocks = [...text.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language, name = "", body = ""]) => ({ language, name, body }),
  );
  const programs = blocks.filter(({ language }) => language === "ts");

  before(() => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    const settings = { extends: "../../tsconfig.json", include: ["*.ts"] };
    writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(settings));
  });

  test("its programs are compiled, and do what it says", async () => {
    await using broker = await TestBroker.start();
    for (const { name, body } of programs) {
      const here = body.replaceAll("grpc://127.0.0.1:50051", broker.url);
      assert.notEqual(here, body, `${name} names the broker`);
      writeFileSync(join(FOLDER, name), here);
    }
    run(join(PACKAGE, "node_modules", ".bin", "tsc"), ["-p", FOLDER], PACKAGE);

    const words = ["--import", "tsx", join(FOLDER, "worker.ts")];
    const worker = spawn(process.execPath, words, { cwd: PACKAGE, stdio: "inherit" });
    using client = new Client(broker.url);
    // Its first task is done once it is there.
    await (await client.submit("render", [1])).result({ timeout: 60 });
    const said = run(
      process.execPath,
      ["--import", "tsx", join(FOLDER, "client.ts")],
      PACKAGE,
    );
    const [output] = blocks.filter(({ language }) => language === "output");
    assert.equal(said, output?.body);
    worker.kill("SIGTERM");
    assert.deepEqual(await once(worker, "exit"), [0, null]);
  });
});
