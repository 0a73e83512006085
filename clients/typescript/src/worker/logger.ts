// Where a worker says what happens to it.

/** Takes constant messages, with values as fields. */
export interface Logger {
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

/** Warnings and errors to standard error, nothing else. */
export const QUIET: Logger = {
  info() {},
  warn: (message, fields) => console.warn(message, fields),
  error: (message, fields) => console.error(message, fields),
};
