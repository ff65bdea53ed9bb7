import Type, { type TSchema } from 'typebox';
import { HubError } from '../lib/errors.js';

export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Most items to answer with' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 128, description: 'nextCursor of the page before' })),
};

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
  });

/** A cursor is the number of the last item seen. @throws invalid_request */
export const numberCursor = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return undefined;
  const number = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  const errors = [{ pointer: '/cursor', message: 'must be the nextCursor of an earlier page' }];
  throw new HubError('invalid_request', 'The cursor is not one of this list.', { errors });
};

/** A page of a list that is in memory, in the order of `keyOf`; the cursor is the last key. */
export const pageOfSorted = <T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit = 100, cursor }: { limit?: number; cursor?: string },
) => {
  const start = cursor === undefined ? 0 : items.findIndex((item) => keyOf(item) > cursor);
  const page = start < 0 ? [] : items.slice(start, start + limit);
  const last = page.at(-1);
  const isMore = start >= 0 && start + limit < items.length;
  return { items: page, nextCursor: isMore && last !== undefined ? keyOf(last) : null };
};
