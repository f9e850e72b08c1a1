// What a protocol server may offer besides the operations, told to it from outside.
import type {
  CallToolResult,
  GetPromptResult,
  InputRequiredResult,
  ReadResourceResult,
  Server,
  ServerCapabilities,
  ServerContext,
  ServerOptions,
} from '@modelcontextprotocol/server';
import type { Begun, TaskBook } from './protocol/task.ts';
import type { Json } from './schema.ts';
import type { Described } from './tool.ts';

export interface ExtraTool {
  readonly described: Described;
  call(given: Json, context: ServerContext): Promise<CallToolResult | InputRequiredResult | Begun>;
}

export interface ExtraPrompt {
  readonly described: { readonly name: string; readonly description: string; readonly arguments?: { name: string; required: boolean }[] };
  get(given: Readonly<Record<string, string>>, context: ServerContext): Promise<GetPromptResult | InputRequiredResult>;
}

export interface Extras {
  readonly capabilities: ServerCapabilities;
  readonly tools: ReadonlyMap<string, ExtraTool>;
  readonly prompts: ReadonlyMap<string, ExtraPrompt>;
  readonly resources: readonly { readonly uri: string; readonly name: string; readonly mimeType: string }[];
  readonly templates: readonly { readonly uriTemplate: string; readonly name: string; readonly mimeType: string }[];
  /** `undefined`: none of these. */
  read(uri: string): ReadResourceResult['contents'][number] | undefined;
  readonly tasks: TaskBook;
  readonly requestState?: NonNullable<ServerOptions['requestState']>;
  /** Adds what is no tool, prompt or resource; called before the server is connected. */
  attach(server: Server): void;
}
