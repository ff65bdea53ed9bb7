import Type, { type TObject, type TProperties } from 'typebox';
import type { EventSubject } from './event-types.js';

type Member = Exclude<keyof EventSubject, 'sender'>;

/** What is known of every event of one type. */
export interface EventDescription {
  readonly when: string;
  /** Members of `subject`, in their order; one that may be missing has a question mark. */
  readonly subject: readonly (Member | `${Member}?`)[];
  readonly data: TObject;
}

/** `data` has these members and no others. */
export const describeEvent = (
  when: string,
  subject: EventDescription['subject'],
  data: TProperties = {},
): EventDescription => ({ when, subject, data: Type.Object(data, { additionalProperties: false }) });

export const Instant = Type.String({ format: 'date-time' });
export const Problem = Type.Object({ code: Type.String(), message: Type.String() });
