// One WebSocket as a client: whether it opened, and how it ended.

export interface OpenWebSocket {
  /** The close code (RFC 6455, 7.4): 1006 when the connection broke without one. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Resolves once it is open; `undefined` when it could not be opened. */
export function openWebSocket(url: string): Promise<OpenWebSocket | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const closed = new Promise<number>((end) => socket.addEventListener('close', ({ code }) => end(code)));
    socket.addEventListener('open', () => resolve({ closed, close: () => socket.close(1000) }));
    // A connection that opens and then fails says so by its close code.
    socket.addEventListener('error', () => resolve(undefined));
  });
}
