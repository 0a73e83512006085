// What a client shows a broker, and whom it trusts: what its options say, and for the rest
// the variables that the Python client reads too.

import { readFileSync } from "node:fs";
import { QtasksError } from "../errors.js";
import type { TlsOptions } from "./channel.js";

/** A token, if there is one; raises `SETTINGS` when it can't be sent. */
export function tokenOfEnvironment(): string | undefined {
  const { QTASKS_TOKEN: token, QTASKS_TOKEN_FILE: file } = process.env;
  if (token) {
    return checkedToken(token, "token");
  }
  return file
    ? checkedToken(contentOf(file, "token_file").toString("utf8").trim(), "token_file")
    : undefined;
}

/** Certificates, with those of the environment where the options say nothing. */
export function tlsOf(options: TlsOptions = {}): TlsOptions {
  const { QTASKS_TLS_CA: ca, QTASKS_TLS_CERT: cert, QTASKS_TLS_KEY: key } = process.env;
  const tls = { ...options };
  if (tls.ca === undefined && ca) {
    tls.ca = contentOf(ca, "tls_ca");
  }
  if (tls.cert === undefined && tls.key === undefined && tls.pfx === undefined) {
    if (!cert !== !key) {
      throw refused("QTASKS_TLS_CERT and QTASKS_TLS_KEY go together", "tls_cert");
    }
    if (cert && key) {
      tls.cert = contentOf(cert, "tls_cert");
      tls.key = contentOf(key, "tls_key");
    }
  }
  return tls;
}

/** The token, which is not shown when it can't stand in the metadata of a call. */
export function checkedToken(token: string, field: string): string {
  if (!/^[!-~]+$/.test(token)) {
    const rule = "must be one token, of ASCII characters without spaces";
    throw refused(`${field} ${rule}`, field);
  }
  return token;
}

function contentOf(path: string, field: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw refused(`${field} can't be read: ${cause}`, field, cause);
  }
}

function refused(message: string, field: string, cause?: unknown): QtasksError {
  return new QtasksError("SETTINGS", message, { field, cause });
}
