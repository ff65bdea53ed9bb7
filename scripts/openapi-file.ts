const documentModule: string = '../src/http/openapi-document.js';

export const openApiFile = new URL('../openapi/openapi.json', import.meta.url);

/** The document as the routes give it now, as plain JSON. */
export const currentOpenApi = async (): Promise<unknown> => {
  const { openApiDocument } = (await import(documentModule)) as { openApiDocument: () => Promise<object> };
  return JSON.parse(JSON.stringify(await openApiDocument()));
};
