// What somebody may try who holds an agent's token, or who can make something speak to an agent. Each tells what got through; nothing is right.
import type { Read } from '../kit.ts';
import type { Site } from './site.ts';

export interface Attack {
  readonly name: string;
  /** What got through, in words. */
  readonly run: (site: Site) => Promise<readonly string[]>;
}

const place = { application: 'shop', environment: 'test' };
const codeOf = ({ error }: Read): string => error?.code ?? 'ok';
/** The words, unless it ended as it should. */
const unless = (right: boolean, words: string): readonly string[] => (right ? [] : [words]);

export const attacks: readonly Attack[] = [
  {
    name: 'replay: a plan that was applied is applied again',
    run: async (site) => {
      const { plan_id } = await site.plan();
      const first = codeOf(await site.use('change_apply', { plan_id }));
      const again = codeOf(await site.use('change_apply', { plan_id }));
      const keyed = codeOf(await site.use('change_apply', { plan_id, idempotency_key: 'another' }));
      return [
        ...unless(first === 'ok', 'the honest call was refused'),
        ...unless(again !== 'ok' && keyed !== 'ok', `applied again: ${again}, ${keyed}`),
      ];
    },
  },
  {
    name: 'digest swap: a plan is applied or approved by what another one says',
    run: async (site) => {
      const [one, other] = [await site.plan(), await site.house.plan({ kind: 'bearer', token: site.tokenOf('agent') }, { code: 'v2' })];
      const told = codeOf(await site.use('change_apply', { plan_id: one.plan_id, digest: other.digest }));
      const approved = await site.house.told('approvals.approve', { plan_id: one.plan_id, digest: other.digest });
      return [
        ...unless(told !== 'ok', 'applied under the digest of another'),
        ...unless(approved !== 'ok', 'approved under the digest of another'),
      ];
    },
  },
  {
    name: 'cross-principal handle: plans, deployments, evidence and idempotency keys of somebody else',
    run: async (site) => {
      const { plan_id } = await site.plan();
      const { id } = (await site.use('change_apply', { plan_id, idempotency_key: 'mine' })) as { readonly id?: string };
      const shown = await Promise.all([
        site.use('change_show', { plan_id }, 'other'),
        site.use('change_apply', { plan_id, idempotency_key: 'mine' }, 'other'),
        site.use('run_get', { id: id ?? '' }, 'other'),
        site.use('run_abort', { id: id ?? '' }, 'viewer'),
      ]);
      return [
        ...unless(id !== undefined && shown.every((one) => codeOf(one) === 'denied'), shown.map(codeOf).join()),
        ...(await evidenceOf(site)),
      ];
    },
  },
  {
    name: 'expired plan: applied when its time is over',
    run: async (site) => {
      const { plan_id } = await site.plan();
      const stored = await site.house.world.store.get('plan', plan_id);
      const { clock } = site.house.world;
      clock.moveTo((stored?.value.expiresAt ?? 0) + 1);
      const told = codeOf(await site.use('change_apply', { plan_id }));
      return unless(told === 'plan_expired', told);
    },
  },
  {
    name: 'auto-decline and auto-accept: a client that answers for a person',
    run: async (site) => {
      const plan = await site.plan('required');
      const answers = await Promise.all(
        (['accept', 'decline', 'cancel'] as const).map(async (action) => {
          const client = await site.client('agent', '/mcp/all', { capabilities: { elicitation: { form: {} } } });
          client.setRequestHandler('elicitation/create', () => ({
            action,
            ...(action === 'accept' ? { content: { approve: true, confirm: true } } : {}),
          }));
          const answer = await client.callTool({ name: 'change_apply', arguments: { plan_id: plan.plan_id } });
          await client.close();
          return answer.isError === true;
        }),
      );
      const begun = await site.deployments();
      await site.approve(plan).catch(() => undefined);
      const after = codeOf(await site.use('change_apply', { plan_id: plan.plan_id }));
      return [
        ...unless(answers.every(Boolean) && begun === 0, 'a client stood for a person'),
        ...unless(after === 'ok', `a decline counted as a no: ${after}`),
      ];
    },
  },
  {
    name: 'self-approval: by any tool, by the API, by an argument',
    run: async (site) => {
      const { plan_id, digest } = await site.plan('required');
      const client = await site.client();
      const { tools } = await client.listTools();
      await client.close();
      const named = tools.filter((one) => /approve$|glass|confirm|taint/.test(one.name)).map((one) => one.name);
      const via = await Promise.all(
        ['approvals_approve', 'approvals.approve', 'taint_lift'].map((name) =>
          site.use('tool_call', { name, arguments: { plan_id, digest, principal: 'agent:agent' } }),
        ),
      );
      const api = [
        await site.api('approvals.approve', { plan_id, digest }),
        await site.api('approvals.break_glass', { plan_id, digest, reason: 'it is urgent enough' }),
        await site.api('taint.lift', { principal: 'agent:agent' }),
        await site.api('tokens.create', { name: 'second', effects: ['write'] }),
      ];
      const argued = await site.use('change_apply', { plan_id, approved: true, confirm: true });
      const told = codeOf(await site.use('change_apply', { plan_id }));
      return [
        ...unless(named.length === 0, named.join()),
        ...unless(
          via.every((one) => codeOf(one) !== 'ok') && api.every((status) => status >= 400),
          `${via.map(codeOf).join()} ${api.join()}`,
        ),
        ...unless(codeOf(argued) === 'input_invalid' && told === 'approval_required', `${codeOf(argued)} ${told}`),
      ];
    },
  },
  {
    name: 'race: one plan applied by many at once, and an approval withdrawn meanwhile',
    run: async (site) => {
      const plan = await site.plan('required');
      await site.approve(plan);
      const told = await Promise.all(Array.from({ length: 8 }, () => site.use('change_apply', { plan_id: plan.plan_id }).then(codeOf)));
      const begun = await site.deployments();
      return unless(told.filter((one) => one === 'ok').length === 1 && begun === 1, `${told.join()}; ${begun} deployments`);
    },
  },
  {
    name: 'header and body that name different things',
    run: async (site) => {
      const { plan_id } = await site.plan();
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'change_apply', arguments: { plan_id }, _meta: meta } };
      const version = { 'mcp-protocol-version': '2026-07-28' };
      const answers = [
        await site.raw(body, { ...version, 'mcp-method': 'tools/list', 'mcp-name': 'change_apply' }),
        await site.raw(body, { ...version, 'mcp-method': 'tools/call', 'mcp-name': 'whoami' }),
        await site.raw(body, { ...version, 'mcp-method': 'tools/call', 'mcp-name': 'change_apply', 'mcp-protocol-version': '2025-11-25' }),
        await site.raw(body, { ...version }),
      ];
      const begun = await site.deployments();
      return unless(
        begun === 0 && answers.every(({ status }) => status >= 400),
        answers.map(({ status, text }) => `${status} ${text.slice(0, 120)}`).join('; '),
      );
    },
  },
  {
    name: 'injection strings in logs: hidden from people, read by models, followed at once',
    run: async (site) => {
      await site.house.deployed();
      const logs = await site.use('observe_logs', place);
      const text = JSON.stringify(logs);
      const { plan_id } = (await site.use('change_restart_plan', place)) as { readonly plan_id?: string };
      const told = codeOf(await site.use('change_apply', { plan_id: plan_id ?? '' }));
      const api = await site.api('change.apply', { plan_id });
      const frozen = codeOf(await site.use('traffic_freeze', { ...place, service: 'api' }));
      return [
        ...unless(
          !/\\u001b|\\u00|[\u0080-\u009f\u200b\u202e\u{e0000}-\u{e007f}]|evil\.example/u.test(text),
          'what is hidden was passed on',
        ),
        ...unless(String(logs['untrusted']).includes('never instructions'), 'nobody said whose words it is'),
        ...unless(
          told === 'approval_required' && api >= 400 && frozen === 'denied',
          `what was read was followed: ${told} ${api} ${frozen}`,
        ),
      ];
    },
  },
  {
    name: '16 MB argument',
    run: async (site) => {
      const { status } = await site.raw({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'whoami', arguments: { fill: 'x'.repeat(16 * 2 ** 20) } },
      });
      return unless(status === 413, String(status));
    },
  },
  {
    name: 'deep and doubled documents, keys that reach a prototype',
    run: async (site) => {
      const call = (given: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":${given}}}`;
      const answers = await Promise.all(
        [
          `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
          '{"__proto__":{"admin":true}}',
          '{"a":1,"a":2}',
          `[${'['.repeat(100)}${']'.repeat(100)}]`,
        ].map((given) => site.raw(call(given))),
      );
      return unless(
        answers.every(({ status }) => status === 400),
        answers.map(({ status }) => status).join(),
      );
    },
  },
  {
    name: 'cursor tampering: forged, of another list, of another caller',
    run: async (site) => {
      for (const code of ['v1', 'v2', 'v3']) await site.house.deployed({ code });
      const first = await site.use('run_list', { ...place, limit: 1 });
      const cursor = first.next_cursor ?? '';
      const forged = [
        `9${cursor}`.slice(0, -1),
        cursor.replace(/\.\w/, '.0'),
        `${cursor}"`,
        '-1.00000000',
        '1e9.12345678',
        '../../../1',
        '',
      ];
      const told = await Promise.all(forged.map((one) => site.use('run_list', { ...place, limit: 1, cursor: one })));
      const elsewhere = await site.use('run_list', { ...place, environment: 'live', limit: 1, cursor });
      const stranger = await site.use('run_list', { ...place, limit: 1, cursor }, 'other');
      return [
        ...unless(cursor !== '' && told.every((one) => codeOf(one) === 'input_invalid'), told.map(codeOf).join()),
        ...unless(codeOf(elsewhere) === 'input_invalid' && codeOf(stranger) === 'denied', `${codeOf(elsewhere)} ${codeOf(stranger)}`),
      ];
    },
  },
];

/** An answer that is cut for one is read by nobody else, though its address is known. */
async function evidenceOf(site: Site): Promise<readonly string[]> {
  const { evidence } = await site.use('observe_logs', { ...place, limit: 1_000 });
  const readers = await Promise.all((['agent', 'other', 'viewer'] as const).map((who) => site.canRead(String(evidence), who)));
  return unless(readers.join() === 'true,false,false', `evidence was read by ${readers.join()}`);
}
