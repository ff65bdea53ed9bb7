import type { RoutePlugin } from './server.js';

/** `GET /asyncapi.json`, with any key. */
export const asyncApiRoutes =
  (document: object): RoutePlugin =>
  (app) => {
    app.get('/asyncapi.json', { schema: { hide: true } }, async () => document);
  };
