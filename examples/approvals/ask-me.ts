// Asks you at the terminal what agents may do. npx tsx examples/approvals/ask-me.ts
import { createInterface } from 'node:readline';
import { GrangerClient, type HubEvent, isProblem } from '../../src/client/entry.js';

interface Approval {
  readonly id: string;
  readonly state: string;
  readonly module: string;
  readonly toolName: string;
  readonly input: unknown;
}

const hub = new GrangerClient();
const end = new AbortController();
const terminal = createInterface({
  input: process.stdin,
  output: process.stderr,
  prompt: '[y]es, [a]lways here, or no, and why: ',
});
const lines = terminal[Symbol.asyncIterator]();
terminal.once('close', () => end.abort());

/** What waits already, then what comes. The stream begins before the look, so that none is missed. */
async function* questions(): AsyncGenerator<Approval> {
  const { events } = await hub.call<{ events: { lastSeq: number } }>('GET', '/v1/stats');
  yield* hub.list<Approval>('/v1/approvals', { state: 'pending' });
  const asked = hub.events({ types: ['approval.requested'], after: events.lastSeq, signal: end.signal });
  for await (const event of asked) yield await questionOf(event);
}

const questionOf = ({ data }: HubEvent): Promise<Approval> =>
  hub.call<Approval>('GET', `/v1/approvals/${(data as { approvalId: string }).approvalId}`);

const decisionOf = (line: string): object => {
  const word = line.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return { decision: 'allow' };
  if (word === 'a' || word === 'always') return { decision: 'allow', remember: 'conversation' };
  const message = line.trim().replace(/^no?\b[\s,]*/i, '');
  return { decision: 'deny', ...(message === '' ? {} : { message }) };
};

const decide = async ({ id }: Approval, decision: object): Promise<void> => {
  try {
    const { state } = await hub.call<Approval>('POST', `/v1/approvals/${id}`, { body: decision });
    console.log(`${id} is ${state}.`);
  } catch (error) {
    if (!isProblem(error, 'approval_decided')) throw error;
    console.log(`${id} needs no answer any more.`);
  }
};

for await (const question of questions()) {
  if (question.state !== 'pending') continue;
  console.log(`${question.module} asks to use ${question.toolName}: ${JSON.stringify(question.input)}`);
  terminal.prompt();
  const { value: line, done } = await lines.next();
  if (done === true) break;
  await decide(question, decisionOf(line));
}
terminal.close();
await hub.close();
