import Type, { type Static } from 'typebox';
import { NewReply } from './message-schema.js';

const { payload, type } = NewReply.properties;

/** The reply that an endpoint or a program gives with its answer. */
export const ServedReply = Type.Object({ payload, type }, { additionalProperties: false, title: 'ServedReply' });
export type ServedReply = Static<typeof ServedReply>;
