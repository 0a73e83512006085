// A web backend: has questions answered by a Python worker, and streams the words of an
// answer to the page as they come.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, type Event, errorOf, stringify } from "qtasks";

const HEARTBEAT = 15_000; // proxies cut what is silent for long

const queue = new Client(process.env.QTASKS_BROKER_URL, { app: "chat" });

/** An event as a browser reads it: it sends the last `id` back when it reconnects. */
function toMessage({ kind, seq, taskId, attempt, time, raw, ...data }: Event): string {
  return `id: ${seq}\nevent: ${kind}\ndata: ${stringify(data)}\n\n`;
}

/** What happened to an answer after what the page saw last, then what happens. */
async function* messages(id: string, last: number, signal: AbortSignal) {
  const task = queue.task(id);
  const { finishTime, lastSeq } = await task.status({ signal });
  // Who comes back after the end is told of it again.
  const after = finishTime ? Math.min(last, lastSeq - 1) : last;
  for await (const event of task.watch({ after, signal })) {
    yield event.kind === "end" ? toEnd(event) : toMessage(event);
  }
}

function toEnd({ seq, status }: Event & { kind: "end" }): string {
  const { state, result, failure, cancelReason } = status;
  const why = failure?.message ?? cancelReason;
  return `id: ${seq}\nevent: end\ndata: ${stringify({ state, result, why })}\n\n`;
}

async function follow(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
  });
  const heartbeat = setInterval(() => response.write(": still here\n\n"), HEARTBEAT);
  try {
    const last = Number(request.headers["last-event-id"] ?? 0);
    for await (const message of messages(id, last, gone.signal)) {
      if (!response.write(message)) {
        await once(response, "drain", { signal: gone.signal });
      }
    }
  } catch (error) {
    if (!gone.signal.aborted) {
      const { reason, message } = errorOf(error);
      response.write(`event: failed\ndata: ${stringify({ reason, message })}\n\n`);
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://here");
  const [, place, id, events] = url.pathname.split("/");
  const json = (status: number, value: unknown) =>
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(stringify(value));

  if (request.method === "GET" && url.pathname === "/") {
    const page = await readFile(new URL("index.html", import.meta.url));
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  } else if (request.method === "POST" && place === "answers" && !id) {
    const question = url.searchParams.get("question") ?? "";
    const task = await queue.submit("answer", [question]);
    json(202, { id: task.id });
  } else if (request.method === "GET" && place === "answers" && id && events) {
    await follow(id, request, response);
  } else if (request.method === "DELETE" && place === "answers" && id) {
    json(200, { state: await queue.task(id).cancel("the reader changed their mind") });
  } else {
    json(404, { message: "there is nothing here" });
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    const { reason, message } = errorOf(error);
    response.writeHead(reason === "TASK_NOT_FOUND" ? 404 : 503);
    response.end(stringify({ reason, message }));
  });
});

server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`the chat is on http://127.0.0.1:${port}`);
});

process.once("SIGTERM", () => {
  queue.close(); // ends what is followed; browsers connect again, to whoever is there
  server.close();
});
