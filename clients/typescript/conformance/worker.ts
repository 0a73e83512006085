export async function runWorker(..._: unknown[]): Promise<void> {}
