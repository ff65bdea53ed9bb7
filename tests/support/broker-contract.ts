import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from './test-hub.js';

interface Operation {
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, unknown>> }>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface KnownOperation {
  readonly method: string;
  readonly path: string;
  readonly address: RegExp;
  readonly operation: Operation;
}

const DOCUMENT = 'openapi.json';

/** Holds answers against an OpenAPI document: the operation, its status, and the schema of the body. */
export class BrokerContract {
  readonly #operations: readonly KnownOperation[];
  readonly #ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  readonly #validators = new Map<string, ValidateFunction | undefined>();
  /** Every operation that answered with success so far. */
  readonly driven = new Set<string>();

  constructor(document: OpenApiDocument) {
    this.#ajv.addSchema(document, DOCUMENT);
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        address: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        operation,
      })),
    );
  }

  /** Ids of the operations that bear one of the tags. */
  operationsOf(tags: readonly string[]): string[] {
    return this.#operations
      .filter(({ operation }) => operation.tags?.some((tag) => tags.includes(tag)) === true)
      .map(({ operation }) => operation.operationId);
  }

  /** @throws AssertionError where the document does not promise this answer */
  check(method: string, address: string, { status, body }: Pick<Answer, 'status' | 'body'>): void {
    const { pathname } = new URL(address, 'http://hub');
    const known = this.#operations.find((each) => each.method === method && each.address.test(pathname));
    assert.ok(known, `${method} ${pathname} is not in the document`);
    const { operation } = known;
    const what = `${operation.operationId} answered ${status}`;
    assert.ok(operation.responses[status], `${what}, which the document does not name: ${JSON.stringify(body)}`);
    const validate = this.#validatorOf(known, status);
    if (validate === undefined) assert.equal(body, '', `${what} with a body`);
    else assert.ok(validate(body), `${what}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
    if (status < 300) this.driven.add(operation.operationId);
  }

  #validatorOf({ method, path, operation }: KnownOperation, status: number): ValidateFunction | undefined {
    const place = `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${status}`;
    if (!this.#validators.has(place)) {
      const [type] = Object.keys(operation.responses[status]?.content ?? {});
      const schema = type === undefined ? undefined : `${DOCUMENT}${place}/content/${escaped(type)}/schema`;
      this.#validators.set(place, schema === undefined ? undefined : this.#ajv.compile({ $ref: schema }));
    }
    return this.#validators.get(place);
  }
}

/** As part of a JSON pointer in a URI. */
const escaped = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
