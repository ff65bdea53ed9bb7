import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { eventTable, requestedEvents } from '../../src/events/event-table-schema.js';
import type { EventType } from '../../src/events/event-types.js';
import type { Hub } from '../../src/hub.js';

const ajv = addFormats.default(new Ajv({ allErrors: true, strictTypes: false }));
const validators = new Map(Object.entries(eventTable).map(([type, { data }]) => [type, ajv.compile(data)]));

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly data: object;
  readonly by?: string;
}

/** What the table of events does not say of the newest thousand events of a running hub: a sentence for each. */
export const eventProblems = async ({ app, adminKey }: Hub): Promise<string[]> => {
  const headers = { authorization: `Bearer ${adminKey.key}` };
  const ask = async (path: string) => (await app.inject({ method: 'GET', url: path, headers })).json();
  const { events } = await ask('/v1/stats');
  const { items = [] } = await ask(`/v1/events?limit=1000&after=${Math.max(0, (events?.lastSeq ?? 0) - 1000)}`);
  return (items as Event[]).flatMap((event) => problemsOf(event).map((problem) => `${event.type}: ${problem}`));
};

const problemsOf = ({ type, subject, data, by }: Event): string[] => {
  const description = eventTable[type as keyof typeof eventTable];
  const validate = validators.get(type);
  if (description === undefined || validate === undefined) return ['is not in the table'];
  const known = description.subject.map((member) => member.replace('?', ''));
  const missing = description.subject.filter((member) => !member.endsWith('?') && !(member in subject));
  return [
    ...Object.keys(subject)
      .filter((member) => !known.includes(member))
      .map((member) => `subject.${member} is not in the table`),
    ...(by === undefined && requestedEvents.has(type as EventType)
      ? ['does not say whose request caused it: see lib/acting-key.ts']
      : []),
    ...missing.map((member) => `subject.${member} is missing`),
    ...(validate(data)
      ? []
      : (validate.errors ?? []).map(
          (each) => `data${each.instancePath} ${each.message} ${JSON.stringify(each.params)}`,
        )),
  ];
};
