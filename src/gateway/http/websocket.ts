// Follows the frame borders of a WebSocket byte stream (RFC 6455 §5.2), so that a close frame can be put in where it is understood.

/** Unmasked close frame, status 1001 (going away): what a server sends. */
export const goingAway: Uint8Array = Uint8Array.of(0x88, 0x02, 0x03, 0xe9);

export class FrameBorders {
  #header = 0; // bytes of the current header seen
  #wanted = 2; // bytes that the current header needs, as far as is known
  #sizeBytes = 0; // width of the extended payload size
  #size = 0;
  #payload = 0; // bytes of payload still to come

  /** True when the next byte begins a frame. */
  get atBorder(): boolean {
    return this.#payload === 0 && this.#header === 0;
  }

  /** Reads `bytes`; with `stopAtBorder`, returns the index of the first border at or after `from`, else bytes.length. */
  feed(bytes: Uint8Array, stopAtBorder: boolean): number {
    let at = 0;
    while (at < bytes.length) {
      if (stopAtBorder && this.atBorder) return at;
      if (this.#payload > 0) {
        const step = Math.min(this.#payload, bytes.length - at);
        this.#payload -= step;
        at += step;
      } else this.#headerByte(bytes[at++] ?? 0);
    }
    return at;
  }

  #headerByte(byte: number): void {
    const index = this.#header++;
    if (index === 1) this.#readSizeByte(byte);
    else if (index >= 2 && index < 2 + this.#sizeBytes) this.#size = this.#size * 256 + byte;
    if (this.#header < this.#wanted) return;
    this.#payload = this.#size;
    this.#header = 0;
    this.#wanted = 2;
  }

  #readSizeByte(byte: number): void {
    const size = byte & 0x7f;
    this.#sizeBytes = size === 126 ? 2 : size === 127 ? 8 : 0;
    this.#size = this.#sizeBytes === 0 ? size : 0;
    this.#wanted = 2 + this.#sizeBytes + (byte & 0x80 ? 4 : 0);
  }
}
