/**
 * The life of a message as steps on a line of time.
 * @typedef {import('./shapes.js').HubEvent} HubEvent
 * @typedef {{ key: string, at: number, sinceMs: number, tone: 'plain' | 'good' | 'bad' | 'warn' | 'live', title: string, detail: string,
 *   turnId: string | undefined }} Step
 */

/** @type {Readonly<Record<string, (event: HubEvent) => { title: string, detail?: string, tone?: Step['tone'] }>>} */
const tellers = {
  'message.sent': ({ data }) => ({ title: `${data.from} sent it`, detail: `${data.type}, priority ${data.priority}` }),
  'message.cancelled': () => ({ title: 'Cancelled', tone: 'warn' }),
  'delivery.claimed': ({ subject }) => ({ title: `${subject.module ?? 'A module'} claimed it` }),
  'delivery.completed': ({ subject, data }) => ({
    title: `${subject.module} completed it`,
    detail: `attempt ${data.attempt}, ${data.tookMs} ms`,
    tone: 'good',
  }),
  'delivery.retried': ({ data }) => ({
    title: `Attempt ${data.attempt ?? ''} failed`.replace('  ', ' '),
    detail: faultOf(data),
    tone: 'warn',
  }),
  'delivery.released': ({ subject }) => ({ title: `${subject.module} gave it back` }),
  'delivery.died': ({ subject, data }) => ({
    title: `It became a dead letter of ${subject.module ?? 'the channel'}`,
    detail: faultOf(data),
    tone: 'bad',
  }),
  'delivery.expired': () => ({ title: 'Its time was over', tone: 'warn' }),
  'delivery.cancelled': () => ({ title: 'The delivery was cancelled', tone: 'warn' }),
  'delivery.redriven': () => ({ title: 'Redriven: it stands in line again' }),
  'delivery.deleted': () => ({ title: 'The dead letter was deleted' }),
  'turn.started': ({ subject, data }) => ({
    title: `${subject.module} began a turn`,
    detail: `attempt ${data.attempt}`,
    tone: 'live',
  }),
  'turn.retrying': ({ data }) => ({
    title: 'The model did not answer; the agent tries again',
    detail: `${data.retry} of ${data.maxRetries}`,
    tone: 'warn',
  }),
  'turn.succeeded': ({ data }) => ({
    title: 'The turn succeeded',
    detail: typeof data.costUsd === 'number' ? `$${data.costUsd.toFixed(4)}` : '',
    tone: 'good',
  }),
  'turn.failed': ({ data }) => ({ title: 'The turn failed', detail: faultOf(data), tone: 'bad' }),
  'turn.timed_out': ({ data }) => ({ title: 'The turn took too long', detail: faultOf(data), tone: 'bad' }),
  'turn.interrupted': ({ data }) => ({
    title: 'The turn was interrupted',
    detail: data.reason ?? faultOf(data),
    tone: 'warn',
  }),
  'approval.requested': ({ data }) => ({ title: `It asks to run ${data.toolName ?? 'a tool'}`, tone: 'warn' }),
  'approval.decided': ({ data }) => ({
    title: data.decision === 'deny' ? 'Denied' : 'Allowed',
    detail: data.decidedBy === undefined ? '' : `by ${data.decidedBy}`,
    tone: data.decision === 'deny' ? 'bad' : 'good',
  }),
  'approval.timed_out': () => ({ title: 'Denied: nobody answered in time', tone: 'bad' }),
};

/** @param {any} data */
const faultOf = (data) => data.error?.message ?? data.error?.code ?? '';

/** @type {Readonly<Record<string, string>>} */
const outputs = {
  text: 'It speaks',
  thinking: 'It thinks',
  tool_use: 'It uses a tool',
  tool_result: 'The tool answered',
};

/** @param {readonly HubEvent[]} events in their order @returns {Step[]} */
export const stepsOf = (events) => {
  /** @type {Step[]} */
  const steps = [];
  const start = Date.parse(events[0]?.at ?? '');
  // Its own task goes the way of the message: that would be said twice.
  for (const event of events.filter(({ type }) => !type.startsWith('task.'))) {
    const at = Date.parse(event.at);
    const told =
      event.type === 'turn.output' ? toldOutput(event) : (tellers[event.type]?.(event) ?? { title: event.type });
    const last = steps.at(-1);
    // Words come in many pieces: one step until something else happens.
    if (event.type === 'turn.output' && last?.title === told.title) continue;
    const {
      title,
      detail = '',
      tone = 'plain',
    } = /** @type {{ title: string, detail?: string, tone?: Step['tone'] }} */ (told);
    steps.push({ key: String(event.seq), at, sinceMs: at - start, tone, title, detail, turnId: event.subject.turnId });
  }
  return steps;
};

/** @param {HubEvent} event */
const toldOutput = ({ data }) => {
  const title = outputs[data.kind] ?? 'It does something';
  if (data.kind !== 'tool_use') return { title };
  const name = /"name":"([^"]+)"/.exec(data.text)?.[1];
  return { title: name === undefined ? title : `It uses ${name}` };
};
