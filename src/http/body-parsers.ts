import type { FastifyInstance } from 'fastify';
import { HubError } from '../lib/errors.js';
import { isDeeperThan, MOST_LEVELS } from '../lib/nesting.js';

/** Bodies are JSON (also under the name that RFC 7396 gives a merge patch) or YAML; everything else is 415. @throws invalid_json, invalid_request, and what `parseYaml` throws */
export const addBodyParsers = (app: FastifyInstance, parseYaml: (text: string) => unknown): void => {
  app.removeAllContentTypeParsers();
  // A payload is any JSON, and nothing here copies foreign names onto objects.
  const parseJson = app.getDefaultJsonParser('ignore', 'ignore');
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, text: string, done) =>
      parseJson(request, text, (error, value) => done(error ?? depthProblem(value), value)),
  );
  app.addContentTypeParser(
    ['application/yaml', 'text/yaml'],
    { parseAs: 'string' },
    async (_request: unknown, text: string) => parseYaml(text),
  );
};

const depthProblem = (value: unknown): HubError | null =>
  isDeeperThan(MOST_LEVELS, value)
    ? new HubError('invalid_request', `The body is nested over ${MOST_LEVELS} levels.`)
    : null;
