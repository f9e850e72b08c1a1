// What happens to a request only at a service with traits: limited by rate, chosen for by rule or cookie, copied to a mirror.
import type { RequestHead } from '../http/request.ts';
import type { Service, Target } from '../routing/service.ts';
import type { Traits, Visitor } from '../traits/traits.ts';
import type { Answer } from './answer.ts';
import { Copy, isCopyable } from './copy.ts';
import type { ClientSide, Plane } from './plane.ts';
import { requestText } from './upload.ts';

export class Visit implements Visitor {
  given = '';
  drawnFrom: string | undefined;
  crowds: boolean | undefined;
  readonly #client: ClientSide;
  readonly #plane: Plane;
  readonly #request: RequestHead;
  #admitted = false;
  #sent = false;

  constructor(client: ClientSide, plane: Plane, request: RequestHead) {
    this.#client = client;
    this.#plane = plane;
    this.#request = request;
  }

  /** How long until this request may go on, 0 for now. Asked once: what waits for an instance, or is sent again, was admitted. */
  delay(traits: Traits, now: number): number {
    if (this.#admitted) return 0;
    this.#admitted = true;
    return traits.delay(this.#request.fields, this.#client.address, this.#plane.processes, now);
  }

  pick(service: Service, traits: Traits, now: number): Target | undefined {
    return traits.pick(service, this.#request.fields, this, now);
  }

  /** The request is on its way: its answer greets the visitor, and a copy may follow, once. */
  sent(service: Service, traits: Traits, release: string, answer: Answer, requestId: string): void {
    answer.extra = traits.greeting(this);
    if (this.#sent || traits.mirror === undefined || !isCopyable(this.#request)) return;
    this.#sent = true;
    if (traits.copies(release)) this.#copy(service, traits.mirror, requestId);
  }

  #copy(service: Service, mirror: NonNullable<Traits['mirror']>, requestId: string): void {
    const { tally } = service;
    const target = tally.copying < mirror.atMost ? service.mirrorTarget(mirror.release, performance.now()) : undefined;
    if (target === undefined) {
      tally.counts.mirrorsSkipped++;
      return;
    }
    const request = this.#request;
    const { host, port } = target.upstream.address;
    const name = request.host === '' ? `${host}:${port}` : request.host;
    const head = requestText(request, name, `${this.#client.forwardedFor(name)}X-Request-Id: ${requestId}\r\nX-Mirror: 1\r\n`);
    tally.counts.mirrored++;
    tally.copying++;
    new Copy({ request, target, head, within: service.policy.responseTimeout, ended: () => tally.copying-- }).start();
  }
}
