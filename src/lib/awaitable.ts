/** A value now or later. Embedded SQLite answers at once; `await` costs a plain value only a microtask. */
export type Awaitable<T> = T | PromiseLike<T>;
