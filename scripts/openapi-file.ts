import { eventsDocument } from './events-document.js';

const openApiModule: string = '../src/http/openapi-document.js';
const asyncApiModule: string = '../src/hub-frames.js';

/** A document that code makes and the repository keeps. */
export interface KeptDocument {
  readonly name: string;
  readonly file: URL;
  /** As the code gives it now, as plain JSON. */
  current(): Promise<unknown>;
}

const kept = (name: string, make: () => Promise<object>): KeptDocument => ({
  name,
  file: new URL(`../${name}`, import.meta.url),
  current: async () => JSON.parse(JSON.stringify(await make())),
});

export const keptDocuments: readonly KeptDocument[] = [
  kept('openapi/openapi.json', async () => {
    const { openApiDocument } = (await import(openApiModule)) as { openApiDocument: () => Promise<object> };
    return await openApiDocument();
  }),
  kept('openapi/asyncapi.json', async () => {
    const { streamDocument } = (await import(asyncApiModule)) as { streamDocument: object };
    return streamDocument;
  }),
];

/** Texts for people that code makes and the repository keeps. */
export const keptTexts = [
  { name: 'docs/events.md', file: new URL('../docs/events.md', import.meta.url), current: eventsDocument },
] as const;
