import type { Static, TSchema } from 'typebox';
import { HubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import type { Problem } from './problem.js';

/** What a client sends on `granger.v1`, as far as all operations have it in common. */
export interface Frame {
  readonly op: string;
  readonly id?: string;
  readonly [field: string]: unknown;
}

/** A result that is written as JSON already. */
export class WrittenJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** @throws invalid_json, invalid_request */
export const parseFrame = (text: string): Frame => {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new HubError('invalid_json', 'A frame is one JSON object.');
  }
  const { op, id } = (frame ?? {}) as { op?: unknown; id?: unknown };
  if (typeof op !== 'string') throw new HubError('invalid_request', 'A frame names its operation in op.');
  if (id !== undefined && typeof id !== 'string') throw new HubError('invalid_request', 'The id of a frame is a text.');
  return frame as Frame;
};

/** @returns what checks a frame against the schema and throws invalid_request */
export const frameParser = <T extends TSchema>(schema: T): ((frame: Frame) => Static<T>) => {
  const problemsOf = bodyValidator(schema);
  return (frame) => {
    const errors = problemsOf(frame);
    const [first] = errors;
    if (first === undefined) return frame as Static<T>;
    const place = first.pointer === '' ? 'it' : first.pointer;
    throw new HubError('invalid_request', `The ${frame.op} frame is not valid: ${place} ${first.message}.`, { errors });
  };
};

/** The answer to a frame that was done; to `ping` it is `pong`. */
export const okFrame = ({ op, id }: Frame, result: unknown): string =>
  result instanceof WrittenJson
    ? `{"op":"ok","id":${JSON.stringify(id)},"result":${result.text}}`
    : JSON.stringify({ op: op === 'ping' ? 'pong' : 'ok', id, result });

/** HTTP says when to come back in a header; a socket has only the frame. */
export const errorFrame = (id: string | undefined, problem: Problem, retryAfterSeconds: number | undefined): string =>
  JSON.stringify({ op: 'error', id, problem, retryAfterSeconds });
