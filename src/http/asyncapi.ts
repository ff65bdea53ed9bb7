import type { TSchema } from 'typebox';
import type { ClientFrame, DescribedFrame } from './asyncapi-frames.js';
import { API_VERSION } from './openapi.js';
import { nameTitledSchemas } from './titled-schemas.js';

const description = `One JSON object a frame, each way. A client's frame has an \`id\` of its choice; the \`ok\` or \`error\` that answers bears it.
What \`subscribe\` and \`consume\` begin goes on under that id, and frames of it name it in \`sub\`; an \`error\` with it says that it has ended.

Close codes: 1001 the hub is stopping, 1008 not a text frame, 1009 a frame over 1 MiB, 1013 the reader is too slow, 4401 no key or one that is not known any more.`;

const CHANNEL = { $ref: '#/channels/stream' };
const inChannel = (message: string) => ({ $ref: `#/channels/stream/messages/${message}` });

export interface StreamFrames {
  readonly client: readonly ClientFrame[];
  /** What the hub says by itself. */
  readonly server: readonly DescribedFrame[];
}

interface Frame {
  readonly name: string;
  readonly summary: string;
  readonly payload: TSchema;
  readonly correlationId?: object;
}

const framesOf = ({ client, server }: StreamFrames): readonly Frame[] => {
  const correlationId = { location: '$message.payload#/id' };
  return [
    ...client.map(({ name, summary, payload }) => ({ name, summary, payload, correlationId })),
    ...client.map(({ name, answer }) => ({ ...answer, summary: `The answer to ${name}`, correlationId })),
    ...server.map(({ name, summary, payload }) => ({ name, summary, payload })),
  ];
};

/** The examples of a frame stand with its message, where tools look for them. */
const withoutExamples = (payload: TSchema): object => {
  const { examples: _, ...schema } = payload as { examples?: unknown };
  return schema;
};
const examplesOf = (payload: TSchema): object => {
  const { examples } = payload as { examples?: readonly object[] };
  return examples === undefined ? {} : { examples: examples.map((example) => ({ payload: example })) };
};

/** Every frame as a message, and the schemas that their payloads refer to. */
const componentsOf = (frames: readonly Frame[]) => {
  const payloads = Object.fromEntries(frames.map(({ name, payload }) => [name, withoutExamples(payload)]));
  // As in openapi.json, whose schemas stand below `paths`.
  const named = nameTitledSchemas({ paths: payloads }) as unknown as {
    paths: Readonly<Record<string, object>>;
    components: { schemas: object };
  };
  const messages = frames.map(({ payload, ...frame }) => [
    frame.name,
    { ...frame, payload: named.paths[frame.name], ...examplesOf(payload) },
  ]);
  return { messages: Object.fromEntries(messages) as Record<string, object>, schemas: named.components.schemas };
};

/** From where the hub stands: it receives what clients send. */
const operationsOf = ({ client, server }: StreamFrames): Record<string, object> => {
  const operation = (action: 'receive' | 'send', { name, summary, description: more }: DescribedFrame) => ({
    action,
    channel: CHANNEL,
    summary,
    ...(more === undefined ? {} : { description: more }),
    messages: [inChannel(name)],
  });
  const received = client.map((frame) => {
    const reply = { channel: CHANNEL, messages: [inChannel(frame.answer.name), inChannel('error')] };
    return [frame.name, { ...operation('receive', frame), reply }];
  });
  return Object.fromEntries([...received, ...server.map((frame) => [frame.name, operation('send', frame)])]);
};

/** asyncapi.json: what `GET /v1/stream` speaks, made from the schemas that check its frames. */
export const asyncApiDocument = (frames: StreamFrames): object => {
  const { messages, schemas } = componentsOf(framesOf(frames));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Granger Hub', version: API_VERSION, description, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      local: {
        host: '127.0.0.1:7411',
        protocol: 'ws',
        security: [{ $ref: '#/components/securitySchemes/key' }],
      },
    },
    channels: {
      stream: {
        address: '/v1/stream',
        summary: 'Events and deliveries as they come, and everything a module does with messages',
        servers: [{ $ref: '#/servers/local' }],
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              properties: { ticket: { type: 'string', description: 'Of POST /v1/stream-tickets, instead of a key' } },
            },
            headers: {
              type: 'object',
              properties: { 'Sec-WebSocket-Protocol': { type: 'string', const: 'granger.v1' } },
            },
            bindingVersion: '0.1.0',
          },
        },
      },
    },
    operations: operationsOf(frames),
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An admin, module or observer key' } },
      messages,
      schemas,
    },
  };
};
