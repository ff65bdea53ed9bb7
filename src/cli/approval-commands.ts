import type { Approval, ApprovalDecision } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Cli } from './cli.js';
import { command } from './command-spec.js';
import { jsonValue, oneOf } from './option-values.js';
import type { Column } from './table.js';

const group = 'Approvals';
const id = { name: '<id>', text: 'as apr_12' } as const;
const remembers = ['turn', 'conversation'] as const;

const approvalColumns: readonly Column<Approval>[] = [
  { head: 'ID', of: (approval) => approval.id },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => (state === 'pending' ? 'yellow' : undefined) },
  { head: 'AGE', of: ({ requestedAt }) => ageText(requestedAt), isRight: true },
  { head: 'AGENT', of: ({ module }) => module },
  { head: 'TOOL', of: ({ toolName }) => toolName },
  { head: 'WOULD', of: ({ description, input }) => description ?? JSON.stringify(input), isWide: true },
];

const decide = async (cli: Cli, approval: string, decision: ApprovalDecision): Promise<void> => {
  const path = `/v1/approvals/${encodeURIComponent(approval)}`;
  const decided = await cli.hub.call<Approval>('POST', path, { body: decision });
  cli.out.one(decided, `${decided.id} (${decided.toolName}) is ${decided.state}.`);
};

export const approvalCommands = [
  command<{ state: string; module?: string }>({
    name: 'approvals',
    group,
    summary: 'What agents ask to be allowed, oldest first',
    options: [
      { flags: '--state <state>', text: 'pending, allowed, denied ...', fallback: 'pending' },
      { flags: '--module <name>', text: 'that this agent asks', completion: 'modules' },
    ],
    examples: ['granger approvals'],
    run: async (cli, _args, query) => {
      const approvals: Approval[] = [];
      for await (const approval of cli.hub.list<Approval>('/v1/approvals', { ...query })) approvals.push(approval);
      cli.out.list(approvals, approvalColumns, 'Nobody asks for anything.');
    },
  }),
  command<{ remember?: 'turn' | 'conversation'; input?: Record<string, unknown>; message?: string }>({
    name: 'approve',
    group,
    summary: 'Allow what an agent asks for',
    arguments: [id],
    options: [
      {
        flags: '--remember <how-long>',
        text: 'and the same again in this turn or conversation',
        parse: oneOf(...remembers),
        completion: remembers,
      },
      { flags: '--input <json>', text: 'with this input instead: JSON, or @file', parse: jsonValue },
      { flags: '--message <text>', text: 'to be kept with it' },
    ],
    examples: ['granger approve "$APPROVAL" --remember turn'],
    run: (cli, [approval = ''], { input, ...rest }) =>
      decide(cli, approval, { decision: 'allow', ...rest, ...(input === undefined ? {} : { updatedInput: input }) }),
  }),
  command<{ remember?: 'turn' | 'conversation'; message?: string }>({
    name: 'deny',
    group,
    summary: 'Deny what an agent asks for',
    arguments: [id],
    options: [
      { flags: '--message <text>', text: 'why; the agent is told' },
      {
        flags: '--remember <how-long>',
        text: 'and the same again in this turn or conversation',
        parse: oneOf(...remembers),
        completion: remembers,
      },
    ],
    examples: ['granger deny "$APPROVAL" --message "Not on a Friday"'],
    run: (cli, [approval = ''], options) => decide(cli, approval, { decision: 'deny', ...options }),
  }),
];
