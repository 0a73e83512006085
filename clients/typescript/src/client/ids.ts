// Ids of tasks, chosen here so that a repeated submit is safe.

import { randomBytes } from "node:crypto";

/** A UUID of version 7, in canonical form: ids sort by the time they were made. */
export function newTaskId(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  const hex = bytes.toString("hex");
  return [8, 12, 16, 20, 32]
    .map((end, place, ends) => hex.slice(ends[place - 1] ?? 0, end))
    .join("-");
}
