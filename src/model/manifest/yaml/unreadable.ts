// Thrown while walking a YAML document, when going on would cost too much; the reader turns it into `manifest_unreadable` with its place.

export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** Of the character where it went wrong. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}
