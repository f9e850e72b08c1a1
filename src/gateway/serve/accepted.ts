// Client sockets that are all read into one space: a buffer for each read, and the stream that hands it on, cost a tenth of a short request.
import type { SocketConstructorOpts } from 'node:net';
import { Socket } from 'node:net';

const space = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Takes over a socket as a server accepted it, paused, and returns the one to use in its place. The bytes are overwritten by the next read of any
 * client: whoever keeps them copies them. A server has no `onread` option, so a socket that has one is put around the accepted one's handle; where
 * this Node.js has no such handle, the accepted socket itself is returned, and read as a stream (decision 0016).
 */
export function readInto(accepted: Socket, read: (bytes: Buffer) => void): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return accepted.on('data', read).resume();
  const callback = (length: number): true => {
    read(space.subarray(0, length));
    return true;
  };
  const options: SocketConstructorOpts & { readonly handle: object } = { handle, allowHalfOpen: true, onread: { buffer: space, callback } };
  const socket = new Socket(options);
  // Without its handle it is an empty shell, whose end the server wants to know.
  Reflect.set(accepted, '_handle', null);
  accepted.destroy();
  return socket.resume();
}
