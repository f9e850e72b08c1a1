// Who is shown what, and who is asked: tools by what a principal may do, and a form only where the operator said that a person sits.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewToken } from '../../src/access/tokens.ts';
import { everything, read } from './kit.ts';
import { Served } from './served.ts';

let served: Served;
beforeEach(async () => {
  served = await Served.open();
});
afterEach(() => served.close());

const limits = { replicas: 3, services: 2, environments: ['test'] };
const agent: Partial<NewToken> = { kind: 'agent', grants: [{ role: 'agent', application: 'shop' }], limits };
const eras = { modern: { mode: { pin: '2026-07-28' } }, legacy: { mode: 'legacy' } } as const;

interface Connecting {
  readonly era?: keyof typeof eras;
  readonly path?: string;
  /** What somebody at the client does with a form; absent: it has none. */
  readonly form?: (message: string) => Promise<'accept' | 'decline'>;
}

async function connected(wish: Partial<NewToken>, { era = 'modern', path = '/mcp', form }: Connecting = {}): Promise<Client> {
  const { secret } = await served.house.door.tokens.create({ name: 'caller', effects: [], ...wish });
  const capabilities = form ? { elicitation: { form: {} } } : {};
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: eras[era], capabilities });
  if (form)
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const action = await form(params.message);
      return action === 'accept' ? { action, content: {} } : { action };
    });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(path, served.url), { requestInit: { headers: { authorization: `Bearer ${secret}` } } }),
  );
  return client;
}

const names = async (client: Client) => (await client.listTools()).tools.map((one) => one.name);

describe('a principal is shown', () => {
  it('only what it may ever do, the same each time and at each connection', async () => {
    const viewer = await connected({ grants: [{ role: 'viewer', application: 'shop' }] }, { path: '/mcp/all' });
    const shown = await names(viewer);
    expect(shown).toEqual(expect.arrayContaining(['apps_status', 'run_get', 'tool_search']));
    expect(shown.filter((name) => ['change_apply', 'run_abort', 'traffic_freeze', 'secrets_remove'].includes(name))).toEqual([]);
    expect(
      read(await viewer.callTool({ name: 'tool_read', arguments: { name: 'apps_status', arguments: { application: 'shop' } } })),
    ).toMatchObject({
      environments: [],
    });
    expect(await names(viewer)).toEqual(shown);
    const again = await connected(
      { name: 'other', grants: [{ role: 'viewer', application: 'shop' }] },
      { era: 'legacy', path: '/mcp/all' },
    );
    expect(await names(again)).toEqual(shown);
    for (const client of [viewer, again]) await client.close();
  });

  it('everything where it may do everything', async () => {
    const admin = await connected({ grants: [{ role: 'admin' }] }, { path: '/mcp/all' });
    expect(await names(admin)).toEqual([...everything.keys()]);
    await admin.close();
  });
});

describe.each(['modern', 'legacy'] as const)('a plan that waits for a person, with a client of the %s era', (era) => {
  const planned = async () =>
    (await served.house.plan(await served.house.bearer({ name: 'planner', ...agent }), { approval: 'required' })).plan_id;
  const apply = async (client: Client, plan_id: string) => read(await client.callTool({ name: 'change_apply', arguments: { plan_id } }));

  it('is asked about by form, and applied when somebody approved it where people do', async () => {
    const plan_id = await planned();
    const asked: string[] = [];
    const form = async (message: string) => {
      asked.push(message);
      const { digest } = (await served.house.ask('change.show', { plan_id })) as { readonly digest: string };
      await served.house.ask('approvals.approve', { plan_id, digest });
      return 'accept' as const;
    };
    const client = await connected({ ...agent, interactive: true }, { era, form });
    expect(await apply(client, plan_id)).toMatchObject({ application: 'shop', plan_id });
    expect(asked).toEqual([expect.stringContaining(`codectl approve ${plan_id}`)]);
    await client.close();
  });

  it.each(['accept', 'decline'] as const)('stays as it is when a client only says %s', async (action) => {
    const plan_id = await planned();
    const client = await connected({ ...agent, interactive: true }, { era, form: async () => action });
    expect(await apply(client, plan_id)).toMatchObject({
      error: { code: 'approval_required', try: expect.stringContaining('codectl approve') },
    });
    // Nobody has refused it either.
    expect(await served.house.ask('change.show', { plan_id })).toMatchObject({ approved_by: [], approvals_needed: 1 });
    await client.close();
  });

  it('is no question to a client at which nobody sits, or that has no form', async () => {
    const plan_id = await planned();
    let asked = 0;
    const form = async () => {
      asked += 1;
      return 'accept' as const;
    };
    const unmarked = await connected(agent, { era, form });
    expect(await apply(unmarked, plan_id)).toMatchObject({ error: { code: 'approval_required' } });
    const formless = await connected({ ...agent, name: 'formless', interactive: true }, { era });
    expect(await apply(formless, plan_id)).toMatchObject({ error: { code: 'approval_required' } });
    expect(asked).toBe(0);
    for (const client of [unmarked, formless]) await client.close();
  });
});
