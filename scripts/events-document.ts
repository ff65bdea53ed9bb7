import type { TSchema } from 'typebox';
import type { EventDescription } from '../src/events/event-description-schema.js';
import { eventTable, requestedEvents } from '../src/events/event-table-schema.js';
import type { EventType } from '../src/events/event-types.js';

// docs/events.md, made from the table in the code.

const head = `# Events

Everything that happens in a hub is an event: numbered, written in the transaction of what happened, and never changed. This table is made
from the code by \`npm run openapi\`; a test compares the two, and another one the table with what the hub writes.

\`\`\`json
{
  "seq": 48230,
  "type": "delivery.completed",
  "at": "2026-01-01T00:00:01.000Z",
  "subject": { "module": "Processor", "messageId": "msg_48213", "deliveryId": "dlv_48220" },
  "by": "key_7",
  "data": { "attempt": 1, "tookMs": 950 }
}
\`\`\`

- **\`seq\`** rises and is never given twice. A reader that knows the last one it saw misses nothing: \`?after=\`, \`Last-Event-ID\`, or \`after\` of
  a \`subscribe\` frame. Where that is older than what is kept (\`GRANGER_KEEP_EVENTS_DAYS\`, \`GRANGER_KEEP_EVENTS\`), or from another database,
  it is told so: 410 \`cursor_expired\` with \`oldestSeq\`, or a \`reset\` frame on a WebSocket.
- **\`subject\`** says what it is about, and filters go by it: \`module\`, \`conversation\`, \`message\`, \`turn\`, \`task\`. A member with a question
  mark may be missing.
- **\`by\`** is the key whose request caused it. It is missing where the hub did it by itself: a lease that ran out, the work of an agent.
- **\`types\`** of a filter are exact (\`message.sent\`), a noun with all its events (\`message.*\`), or \`*\`; several with commas between.
- \`POST /v1/webhooks\` has those that fit posted to an address, in their order, signed and tried again.
- \`GET /v1/events/export\` streams the log as JSON lines or CSV. Nothing in the API changes or deletes an event; only retention does.
`;

const typeOf = (schema: TSchema): string => {
  const { type, items, anyOf, properties } = schema as {
    type?: string;
    items?: TSchema;
    anyOf?: readonly TSchema[];
    properties?: Readonly<Record<string, TSchema>>;
  };
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (properties !== undefined) return `{${Object.keys(properties).join(', ')}}`;
  return (schema as { format?: string }).format === 'date-time' ? 'instant' : (type ?? 'any');
};

const dataOf = ({ data }: EventDescription): string => {
  const { properties, required = [] } = data as {
    properties: Readonly<Record<string, TSchema>>;
    required?: readonly string[];
  };
  return Object.entries(properties)
    .map(([name, schema]) => {
      const { description } = schema as { description?: string };
      const more = description === undefined ? typeOf(schema) : `${typeOf(schema)}: ${description}`;
      return `\`${name}${required.includes(name) ? '' : '?'}\` (${more})`;
    })
    .join(', ');
};

const rowOf = ([name, description]: readonly [string, EventDescription]): string => {
  const subject = description.subject.map((member) => `\`${member}\``).join(', ');
  const by = requestedEvents.has(name as EventType) ? 'always' : '';
  return `| \`${name}\` | ${description.when} | ${subject} | ${dataOf(description)} | ${by} |`;
};

const nounOf = (type: string): string => type.slice(0, type.indexOf('.'));

export const eventsDocument = (): string => {
  const rows = Object.entries(eventTable);
  const nouns = [...new Set(rows.map(([name]) => nounOf(name)))];
  const sections = nouns.map((noun) => {
    const own = rows.filter(([name]) => nounOf(name) === noun).map(rowOf);
    return `## ${noun}\n\n| event | when | subject | data | by |\n| --- | --- | --- | --- | --- |\n${own.join('\n')}\n`;
  });
  return [head, ...sections].join('\n');
};
