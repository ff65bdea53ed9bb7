import Type, { type Static } from 'typebox';
import { EventFilterView } from '../events/event-schema.js';
import { pauseReasons, webhookStates } from './webhook-state.js';

const url = {
  format: 'uri',
  maxLength: 2048,
  description: 'http or https, at a host that GRANGER_WEBHOOK_HOSTS allows',
  examples: ['http://127.0.0.1:8080/granger'],
};
const description = { maxLength: 256, description: 'What it is for' };
const Instant = Type.String({ format: 'date-time' });

export const NewWebhook = Type.Object(
  {
    url: Type.String(url),
    description: Type.Optional(Type.String(description)),
    filter: Type.Optional(EventFilterView),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Begin with the event that follows this number; without it, with what comes next',
      }),
    ),
    secret: Type.Optional(
      Type.String({
        pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
        description: 'whsec_ and base64 of 24 to 64 bytes; one is made where none is given',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'NewWebhook',
    examples: [
      { url: 'http://127.0.0.1:8080/granger', filter: { types: ['delivery.died', 'turn.*'], module: 'Processor' } },
    ],
  },
);
export type NewWebhook = Static<typeof NewWebhook>;

const Reason = Type.Enum([...pauseReasons], {
  description:
    'Why it is paused. asked: by a request; failing: too many failures in a row; gone: it answered 410; not_allowed: its host',
});

const webhookFields = {
  id: Type.String({ examples: ['hook_3'] }),
  url: Type.String(),
  description: Type.Optional(Type.String(description)),
  filter: EventFilterView,
  state: Type.Enum([...webhookStates]),
  reason: Type.Optional(Reason),
  handledTo: Type.Integer({ description: 'Number of the last event that was delivered, or that it does not want' }),
  failures: Type.Integer({ description: 'In a row, of what is to be delivered next' }),
  createdBy: Type.Optional(Type.String({ description: 'Id of a key', examples: ['key_7'] })),
  createdAt: Instant,
  changedAt: Instant,
};

export const WebhookView = Type.Object(webhookFields, { title: 'Webhook' });
export type WebhookView = Static<typeof WebhookView>;

export const CreatedWebhook = Type.Object(
  {
    ...webhookFields,
    secret: Type.String({
      description: 'What its posts are signed with, as Standard Webhooks says; shown this once',
      examples: ['whsec_8f3c…'],
    }),
  },
  { title: 'CreatedWebhook' },
);
export type CreatedWebhook = Static<typeof CreatedWebhook>;

export const WebhookDeliveryView = Type.Object(
  {
    at: Instant,
    outcome: Type.Enum(['delivered', 'failed', 'missed'], {
      description:
        'missed: some events were not kept any more when their turn came; lastSeq is the oldest that was, and it went on from there',
    }),
    firstSeq: Type.Integer({ description: 'Number of its first event' }),
    lastSeq: Type.Integer({ description: 'Number of its last event' }),
    events: Type.Integer({ description: 'How many were posted' }),
    attempt: Type.Integer(),
    tookMs: Type.Optional(Type.Integer()),
    status: Type.Optional(Type.Integer({ description: 'Of the answer; missing where none came' })),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  },
  { title: 'WebhookDelivery' },
);
export type WebhookDeliveryView = Static<typeof WebhookDeliveryView>;
