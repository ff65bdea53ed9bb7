import Type, { type TSchema } from 'typebox';
import { Problem } from './problem.js';

/** A kind of frame, for the document. */
export interface DescribedFrame {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly payload: TSchema;
}

/** A frame of clients, and the one that answers it when it is done. */
export interface ClientFrame extends DescribedFrame {
  readonly answer: { readonly name: string; readonly payload: TSchema };
}

const FrameId = Type.String({ minLength: 1, maxLength: 64 });

export const PingFrame = Type.Object(
  { op: Type.Literal('ping'), id: Type.Optional(Type.String()) },
  { additionalProperties: false, title: 'PingFrame', examples: [{ op: 'ping', id: 'p' }] },
);
export const PongFrame = Type.Object(
  { op: Type.Literal('pong'), id: Type.Optional(Type.String()) },
  { title: 'PongFrame', examples: [{ op: 'pong', id: 'p' }] },
);
export const UnsubscribeFrame = Type.Object(
  { op: Type.Literal('unsubscribe'), id: Type.String({ description: 'As in the subscribe or consume frame' }) },
  { additionalProperties: false, title: 'UnsubscribeFrame', examples: [{ op: 'unsubscribe', id: 'c' }] },
);
export const WelcomeFrame = Type.Object(
  {
    op: Type.Literal('welcome'),
    epoch: Type.String({ description: 'Changes when the database is another one: numbers of events start anew' }),
    seq: Type.Integer({ description: 'Of the newest event' }),
  },
  { title: 'WelcomeFrame', examples: [{ op: 'welcome', epoch: 'k3v9q2', seq: 48230 }] },
);
export const ErrorFrame = Type.Object(
  {
    op: Type.Literal('error'),
    id: Type.Optional(Type.String({ description: 'Of the frame that was refused, or of what has ended' })),
    problem: Problem,
    retryAfterSeconds: Type.Optional(
      Type.Number({ description: 'With rate_limited and queue_full: when to come back' }),
    ),
  },
  {
    title: 'ErrorFrame',
    examples: [
      {
        op: 'error',
        id: 's1',
        problem: {
          type: 'urn:granger:problem:module_not_found',
          title: 'There is no such module',
          status: 404,
          detail: 'There is no module named "Processor".',
          code: 'module_not_found',
        },
      },
    ],
  },
);

/** A frame that is answered by `ok` with this result. */
export const answeredByOk = (frame: DescribedFrame & { readonly result: TSchema }): ClientFrame => {
  const { result, ...described } = frame;
  const payload = Type.Object({ op: Type.Literal('ok'), id: FrameId, result });
  return { ...described, answer: { name: `${frame.name}Ok`, payload } };
};
