// What the CLI asks of whoever puts the product together: what a runtime would be asked for, by the runtime's name.
import type { ApplicationSpec } from '../../model/service.ts';

export interface RenderPlace {
  /** The engine's directory, which is part of every name. */
  readonly home: string;
  /** A Gateway of the cluster that carries shares of traffic. */
  readonly gateway?: string;
}

/** Pure: nothing is asked or changed. */
export type Renderer = (spec: ApplicationSpec, place: RenderPlace) => readonly object[];
export type Renderers = Readonly<Record<string, Renderer>>;
