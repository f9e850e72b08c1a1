// Refusals as the Kubernetes API words them.

export class Status extends Error {
  readonly code: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly causes: readonly object[];

  constructor(
    code: number,
    reason: string,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly causes?: readonly object[] } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.headers = more.headers ?? {};
    this.causes = more.causes ?? [];
  }

  get body(): object {
    const details = this.causes.length > 0 ? { details: { causes: this.causes } } : {};
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      code: this.code,
      ...details,
    };
  }
}

export const notFound = (plural: string, name: string): Status => new Status(404, 'NotFound', `${plural} "${name}" not found`);
export const invalid = (kind: string, name: string, faults: readonly string[]): Status =>
  new Status(422, 'Invalid', `${kind} "${name}" is invalid: ${faults.join(', ')}`, { causes: faults.map((message) => ({ message })) });
export const expired = (): Status => new Status(410, 'Expired', 'The resourceVersion for the provided watch is too old.');
