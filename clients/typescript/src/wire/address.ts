// From a broker's url to where it is.

import { QtasksError } from "../errors.js";

const DEFAULT_URL = "grpc://127.0.0.1:50051";
const DEFAULT_PORT = 50051;

/** Where brokers are. */
export interface Address {
  secure: boolean;
  /** `HOST:PORT` of each. */
  hosts: string[];
}

/**
 * What a url says: `grpc://HOST:PORT`, `grpcs://HOST:PORT` for TLS; several hosts are
 * parted by commas. Without one, that of `QTASKS_BROKER_URL`, else a broker here.
 *
 * @throws QtasksError `SETTINGS`: it says something else.
 */
export function addressOf(url?: string): Address {
  const text = url || process.env.QTASKS_BROKER_URL || DEFAULT_URL;
  const match = /^(grpcs?):\/\/([^/]+)\/?$/.exec(text);
  const hosts = match?.[2]?.split(",").map(hostAndPort) ?? [];
  if (match === null || !hosts.every((host) => host !== undefined)) {
    throw new QtasksError(
      "SETTINGS",
      `${JSON.stringify(text)} is not the address of a broker; use grpc://HOST:PORT`,
    );
  }
  return { secure: match[1] === "grpcs", hosts };
}

function hostAndPort(text: string): string | undefined {
  if (!URL.canParse(`grpc://${text}`)) {
    return undefined;
  }
  const { hostname, port, username, search, hash } = new URL(`grpc://${text}`);
  return hostname && !username && !search && !hash
    ? `${hostname}:${port || DEFAULT_PORT}`
    : undefined;
}

/** Whether what is sent to a `HOST:PORT` stays on this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\]):\d+$/.test(host);
}
