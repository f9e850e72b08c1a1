// What the CLI asks of whoever puts the product together: what a runtime would be asked for, by the runtime's name.
import type { ApplicationSpec } from '../../model/service.ts';

/** `home`: the engine's directory, which is part of every name. Pure: nothing is asked or changed. */
export type Renderer = (spec: ApplicationSpec, home: string) => readonly object[];
export type Renderers = Readonly<Record<string, Renderer>>;
