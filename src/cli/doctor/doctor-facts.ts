import { constants, existsSync } from 'node:fs';
import { access, open, readFile, stat, statfs } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { request } from 'undici';
import type { ProbeClaude } from '../cli-io.js';
import type { DoctorFacts } from './doctor-findings.js';

const CONNECT_WITHIN_MS = 3000;
const SQLITE_HEAD = 'SQLite format 3\0';

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks, and changes nothing. */
export const gatherFacts = async (
  folder: string,
  environment: Environment,
  probeClaude: ProbeClaude,
): Promise<DoctorFacts> => {
  const hub = await hubFacts(folder);
  return {
    nodeVersion: process.versions.node,
    claude: await probeClaude(environment.GRANGER_CLAUDE || 'claude', withInstalled(environment)),
    hasCredentials: hasCredentials(environment),
    data: await dataFacts(resolve(folder)),
    database: await databaseFacts(folder, environment.GRANGER_DATABASE_URL),
    port: await portFacts(environment.GRANGER_HOST || '127.0.0.1', Number(environment.GRANGER_PORT || 7411)),
    ...(hub === undefined ? {} : { hub }),
  };
};

/** As `npm start` finds the one that `npm ci` has installed. */
const withInstalled = (environment: Environment): Environment => ({
  ...environment,
  PATH: [environment.PATH ?? '', resolve('node_modules/.bin')].join(delimiter),
});

const hasCredentials = ({
  ANTHROPIC_API_KEY: key,
  ANTHROPIC_AUTH_TOKEN: token,
  CLAUDE_CONFIG_DIR: dir,
  HOME: home,
}: Environment): boolean =>
  Boolean(key) || Boolean(token) || existsSync(join(dir || join(home || homedir(), '.claude'), '.credentials.json'));

/** Of what is not there yet, that which will hold it. */
const nearest = (folder: string): string => (existsSync(folder) ? folder : nearest(dirname(folder)));

const dataFacts = async (folder: string): Promise<DoctorFacts['data']> => {
  const holder = nearest(folder);
  const { bavail, bsize } = await statfs(holder);
  const key = await stat(join(folder, 'admin.key')).catch(() => undefined);
  const isWritable = await access(holder, constants.W_OK).then(
    () => true,
    () => false,
  );
  const isThere = existsSync(folder);
  return { folder, isThere, isWritable, freeBytes: bavail * bsize, ...(key && { keyMode: key.mode & 0o777 }) };
};

const databaseFacts = async (folder: string, url: string | undefined): Promise<DoctorFacts['database']> => {
  if (url) {
    const { hostname, port } = new URL(url);
    const problem = await connectProblem(hostname, Number(port || 5432));
    return { kind: 'postgres', address: `${hostname}:${port || 5432}`, ...(problem === undefined ? {} : { problem }) };
  }
  const file = await open(join(folder, 'hub.db')).catch(() => undefined);
  if (file === undefined) return { kind: 'sqlite', state: 'none' };
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SQLITE_HEAD.length), 0);
    // One that was never written to is empty.
    const isGood = bytesRead === 0 || buffer.toString('latin1') === SQLITE_HEAD;
    return { kind: 'sqlite', state: isGood ? 'good' : 'foreign' };
  } finally {
    await file.close();
  }
};

const connectProblem = (host: string, port: number): Promise<string | undefined> =>
  new Promise((done) => {
    const socket = createConnection({ host, port, timeout: CONNECT_WITHIN_MS });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      done(problem);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end('it says nothing'));
    socket.once('error', ({ message }) => end(message));
  });

const portFacts = (host: string, port: number): Promise<DoctorFacts['port']> =>
  new Promise((done) => {
    const address = `${host}:${port}`;
    const server = createServer();
    server.once('error', ({ message }) => done({ address, isFree: false, problem: message }));
    server.listen(port, host, () => server.close(() => done({ address, isFree: true })));
  });

const hubFacts = async (folder: string): Promise<DoctorFacts['hub']> => {
  const text = await readFile(join(folder, 'hub.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { url } = JSON.parse(text) as { url: string };
  const answers = async (path: string): Promise<boolean> => {
    const response = await request(`${url}${path}`, { headersTimeout: CONNECT_WITHIN_MS }).catch(() => undefined);
    await response?.body.dump();
    return response?.statusCode === 200;
  };
  return { url, isAlive: await answers('/livez'), isReady: await answers('/readyz') };
};
