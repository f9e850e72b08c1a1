// Waits for a state, never for a time: asks again until it holds, and says what was seen when it does not in time.

/** For any wait: a machine that is loaded or small takes many times longer than ours, and only a test that fails waits so long. Milliseconds. */
export const patience = 180_000;

/** Errors: after `within` milliseconds, with the last thing that was seen. `every`: for what costs more to ask, milliseconds. */
export async function until<T>(look: () => Promise<T> | T, holds: (seen: T) => boolean, within = patience, every = 10): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`it did not become so within ${within} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
