import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCycles } from './support/import-cycles.js';
import { folderOf, readSourceTree, type SourceFile, type SourceImport } from './support/source-tree.js';

// The rules of the README's architecture page. Imports of types count, except for cycles.

/** They put the parts together, so they see them all; the document of the API is asked of a hub that is put together. */
const isCompositionRoot = (path: string): boolean =>
  /^(main|hub|hub-[a-z-]+)\.ts$/.test(path) || path === 'http/openapi-document.ts';

/** Calls go left. Routes see `http/` and `keys/` besides, as the rule for routes says. */
const order = [
  'lib',
  'db',
  'events',
  'nodes',
  'modules',
  'keys',
  'channels',
  'messages',
  'conversations',
  'tasks',
  'agents',
];
const leftOf = (folder: string): readonly string[] => order.slice(0, order.indexOf(folder));
const domain = [...order, 'webhooks'].filter((folder) => folder !== 'lib' && folder !== 'db');

/** What each folder may import besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  db: ['lib'],
  migrations: ['db', 'lib'],
  events: leftOf('events'),
  nodes: leftOf('nodes'),
  modules: leftOf('modules'),
  keys: leftOf('keys'),
  channels: leftOf('keys'),
  messages: ['channels', ...leftOf('keys')],
  conversations: ['channels', 'messages', ...leftOf('keys')],
  tasks: ['channels', 'messages', 'conversations', ...leftOf('keys')],
  // Pushes what pull modules would claim: beside the agents, not among them.
  webhooks: ['channels', 'messages', ...leftOf('keys')],
  agents: leftOf('agents'),
  http: ['keys', 'lib'],
  mcp: ['http', 'lib', ...domain],
  // Counts what is published; what else it shows, it is told.
  metrics: ['events', 'lib'],
  tracing: ['events', 'messages', 'lib'],
  sweeps: ['lib', ...domain],
  cli: ['client', ...domain],
  client: domain,
  dashboard: domain,
};

const tree = readSourceTree();
const parts = tree.filter(({ path }) => !isCompositionRoot(path));

type Rule = (imported: SourceImport, file: SourceFile) => boolean;

/** Every import of the files that breaks the rule, as `who -> what`. */
const breaches = (files: readonly SourceFile[], isAllowed: Rule): string[] =>
  files.flatMap((file) =>
    file.imports
      .filter((imported) => !isAllowed(imported, file))
      .map((imported) => `${file.path} -> ${imported.file ?? imported.package}${imported.isTypeOnly ? ' (type)' : ''}`),
  );

const endsWith = (...endings: string[]) => {
  return (path: string): boolean => endings.some((ending) => path.endsWith(ending));
};
const isRoutes = endsWith('-routes.ts');
const isStore = endsWith('-store.ts');
const isPure = endsWith('-state.ts', '-plan.ts');
const isService = endsWith('-service.ts');
const isSchema = endsWith('-schema.ts');

/** The package is imported only by files that `isHome` names. */
const packageBreaches = (isPackage: (name: string) => boolean, isHome: (file: SourceFile) => boolean): string[] =>
  breaches(tree, (imported, file) => imported.package === undefined || !isPackage(imported.package) || isHome(file));

/** No file of `files` imports a file of src that `isAllowed` does not name. */
const fileBreaches = (files: readonly SourceFile[], isAllowed: (path: string, file: SourceFile) => boolean): string[] =>
  breaches(files, (imported, file) => imported.file === undefined || isAllowed(imported.file, file));

const isIn = (path: string, ...folders: string[]): boolean => folders.includes(folderOf(path));

test('fastify and ws are known only to http/, mcp/ and routes', () => {
  const isHttp = (name: string) => name === 'fastify' || name === 'ws' || name.startsWith('@fastify/');
  const isHome = ({ path }: SourceFile) => isIn(path, 'http', 'mcp') || isRoutes(path);
  assert.deepEqual(packageBreaches(isHttp, isHome), []);
});

test('kysely is known only to stores, db/ and migrations/, and better-sqlite3 and pg only to db/', () => {
  const knowsKysely = ({ path }: SourceFile) => isIn(path, 'db', 'migrations') || isStore(path);
  assert.deepEqual(
    packageBreaches((name) => name === 'kysely', knowsKysely),
    [],
  );
  assert.deepEqual(
    packageBreaches(
      (name) => name === 'better-sqlite3' || name === 'pg',
      ({ folder }) => folder === 'db',
    ),
    [],
  );
});

test('ajv is known only to lib/ and to the schemas of users', () => {
  const isHome = ({ path }: SourceFile) => isIn(path, 'lib') || path === 'modules/user-schema.ts';
  assert.deepEqual(
    packageBreaches((name) => name.startsWith('ajv'), isHome),
    [],
  );
});

test('states and plans are pure: they import only lib/', () => {
  const pure = parts.filter(({ path }) => isPure(path));
  assert.deepEqual(
    breaches(pure, ({ file }) => file !== undefined && isIn(file, 'lib')),
    [],
  );
});

test('routes see services, schemas, the feed, http/ and lib/, and never a store', () => {
  const routes = parts.filter(({ path }) => isRoutes(path));
  const isEdge = (path: string) => isIn(path, 'http', 'lib') || path === 'keys/principal.ts' || path === 'version.ts';
  const isFront = (path: string) => isService(path) || isSchema(path) || path === 'events/event-feed.ts';
  const isOwn = (path: string, { folder }: SourceFile) => folderOf(path) === folder && !isStore(path);
  const isSeen = (path: string, file: SourceFile) => isEdge(path) || isFront(path) || isOwn(path, file);
  assert.deepEqual(fileBreaches(routes, isSeen), []);
});

test('stores see db/, lib/ and the states and types of their own folder', () => {
  const stores = parts.filter(({ path }) => isStore(path));
  const isOwn = (path: string, { folder }: SourceFile) =>
    folderOf(path) === folder && endsWith('-state.ts', '-types.ts')(path);
  assert.deepEqual(
    fileBreaches(stores, (path, file) => isIn(path, 'db', 'lib') || isOwn(path, file)),
    [],
  );
});

test('a store is private to its folder, except for the store of events', () => {
  const isSeen = (path: string, { folder }: SourceFile) =>
    !isStore(path) || folderOf(path) === folder || path === 'events/event-store.ts';
  assert.deepEqual(fileBreaches(parts, isSeen), []);
});

test('programs are started only in agents/', () => {
  const isProgramStarter = (name: string) => name === 'node:child_process' || name === 'child_process';
  assert.deepEqual(
    packageBreaches(isProgramStarter, ({ folder }) => folder === 'agents'),
    [],
  );
});

test('sweeps see services', () => {
  const sweeps = parts.filter(({ folder }) => folder === 'sweeps');
  assert.deepEqual(
    fileBreaches(sweeps, (path) => isIn(path, 'sweeps', 'lib') || isService(path)),
    [],
  );
});

test('the command line, the client and the dashboard see no code of the server but its schemas', () => {
  const clients = ['cli', 'client', 'dashboard'];
  const outside = parts.filter(({ folder }) => clients.includes(folder));
  assert.deepEqual(
    fileBreaches(outside, (path) => isIn(path, ...clients) || isSchema(path)),
    [],
  );
});

test('no file imports itself by way of others, types left aside', () => {
  const loaded = tree.map(({ path, imports }): [string, string[]] => [
    path,
    imports.flatMap(({ file, isTypeOnly }) => (file === undefined || isTypeOnly ? [] : [file])),
  ]);
  assert.deepEqual(findCycles(new Map(loaded)), []);
});

test('the environment is read only in config.ts, and by who speaks to a hub in cli/main.ts and client/find-hub.ts', () => {
  const readsEnvironment =
    /\bprocess\s*\??\.\s*env\b|\benv\b[^;]*from 'node:process'|\{[^}]*\benv\b[^}]*\} = process\b/;
  const readers = tree.filter(({ text }) => readsEnvironment.test(text)).map(({ path }) => path);
  assert.deepEqual(readers.sort(), ['cli/main.ts', 'client/find-hub.ts', 'config.ts']);
});

test('calls go left: modules, then channels and messages, conversations, tasks, agents', () => {
  const edges = ['http', 'keys'];
  const isLeft = (path: string, file: SourceFile) => {
    const folder = folderOf(path);
    const allowed = mayImport[file.folder] ?? [];
    return (
      path === 'version.ts' ||
      folder === file.folder ||
      allowed.includes(folder) ||
      (isRoutes(file.path) && edges.includes(folder))
    );
  };
  const inFolders = parts.filter(({ folder }) => folder !== '');
  assert.deepEqual(fileBreaches(inFolders, isLeft), []);
});

test('the files of src itself are the process, the composition root, the settings and the version', () => {
  const top = tree.filter(({ folder }) => folder === '').map(({ path }) => path);
  assert.deepEqual(
    top.filter((path) => !isCompositionRoot(path) && path !== 'config.ts' && path !== 'version.ts'),
    [],
  );
});

test('every folder of src has its place in the order of calls', () => {
  const folders = new Set(tree.map(({ folder }) => folder).filter((folder) => folder !== ''));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in mayImport)),
    [],
  );
});

test('every import of a file names a file that is there', () => {
  const paths = new Set(tree.map(({ path }) => path));
  assert.deepEqual(
    fileBreaches(tree, (path) => paths.has(path)),
    [],
  );
});

test('no file is longer than 300 lines', () => {
  const lines = ({ text }: SourceFile) => text.trimEnd().split('\n').length;
  const long = tree.filter((file) => lines(file) > 300).map((file) => `${file.path}: ${lines(file)} lines`);
  assert.deepEqual(long, []);
});

test('no file has a name that says nothing', () => {
  const sayNothing = /(^|[-/])(utils?|helpers?|managers?|misc|common)(\.ts$|[-/])/;
  assert.deepEqual(
    tree.map(({ path }) => path).filter((path) => sayNothing.test(path)),
    [],
  );
});
