import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { envSchema } from 'env-schema';
import Type, { type Static } from 'typebox';

const Environment = Type.Object({
  GRANGER_HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  GRANGER_PORT: Type.Integer({ default: 7411, minimum: 0, maximum: 65_535 }),
  GRANGER_DATA: Type.String({ default: './data', minLength: 1 }),
  GRANGER_DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  GRANGER_NOTIFY: Type.Union([Type.Literal('on'), Type.Literal('off')], { default: 'on' }),
  GRANGER_MODULES: Type.Optional(Type.String()),
  GRANGER_TEMPLATES: Type.Optional(Type.String()),
  GRANGER_CONTEXT_TOKENS: Type.Integer({ default: 20_000, minimum: 500, maximum: 1_000_000 }),
  GRANGER_CONTEXT_FULL_PERCENT: Type.Integer({ default: 85, minimum: 1, maximum: 100 }),
  GRANGER_CLAUDE: Type.String({ default: 'claude', minLength: 1 }),
  GRANGER_CLAUDE_PROFILES: Type.String({
    default: '',
    pattern: '^ *([A-Za-z][A-Za-z0-9_.-]{0,63}(=[^,]+)?( *, *[A-Za-z][A-Za-z0-9_.-]{0,63}(=[^,]+)?)*)? *$',
  }),
  GRANGER_AGENTS_MAX: Type.Integer({ default: 4, minimum: 0, maximum: 256 }),
  GRANGER_AGENTS_MEMORY_MB: Type.Integer({ default: 0, minimum: 0 }),
  GRANGER_DURABILITY: Type.Union([Type.Literal('full'), Type.Literal('normal')], { default: 'full' }),
  GRANGER_ADMIN_KEY: Type.Optional(Type.String({ minLength: 16 })),
  GRANGER_ALLOW_BYPASS_PERMISSIONS: Type.Boolean({ default: false }),
  GRANGER_APPROVAL_SECONDS: Type.Integer({ default: 300, minimum: 1, maximum: 604_800 }),
  GRANGER_ALLOW_REMOTE: Type.Boolean({ default: false }),
  GRANGER_ALLOWED_HOSTS: Type.String({ default: '' }),
  GRANGER_WEBHOOK_HOSTS: Type.String({ default: 'localhost,127.0.0.1,[::1]', pattern: '^[A-Za-z0-9.:_,\\[\\] -]*$' }),
  GRANGER_STALE_SECONDS: Type.Integer({ default: 60, minimum: 1 }),
  GRANGER_OFFLINE_SECONDS: Type.Integer({ default: 300, minimum: 1 }),
  GRANGER_KEEP_MESSAGES_DAYS: Type.Number({ default: 7, exclusiveMinimum: 0 }),
  GRANGER_KEEP_MESSAGES: Type.Integer({ default: 10_000_000, minimum: 1000 }),
  GRANGER_KEEP_EVENTS_DAYS: Type.Number({ default: 7, exclusiveMinimum: 0 }),
  GRANGER_KEEP_EVENTS: Type.Integer({ default: 10_000_000, minimum: 1000 }),
  GRANGER_AGEING_SECONDS: Type.Number({ default: 60, exclusiveMinimum: 0 }),
  GRANGER_DRAIN_SECONDS: Type.Integer({ default: 20, minimum: 0, maximum: 3600 }),
  GRANGER_SLOW_STATEMENT_MS: Type.Integer({ default: 50, minimum: 1 }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  GRANGER_LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
});

export const settingNames: readonly string[] = Object.keys(Environment.properties);

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  /** Of PostgreSQL; undefined for the embedded SQLite. */
  readonly databaseUrl: string | undefined;
  /** Whether hubs on one PostgreSQL wake each other with NOTIFY. */
  readonly isNotified: boolean;
  readonly modulesFolder: string | undefined;
  readonly templatesFolder: string | undefined;
  /** What an agent is told with its system prompt and the words of a turn, at most. */
  readonly contextTokens: number;
  /** A conversation whose session fills so much of its context moves to a new one. */
  readonly contextFullPercent: number;
  readonly claudeProgram: string;
  /** Credentials of Claude Code, each with its folder; one without a folder is what the hub itself was started with. */
  readonly claudeProfiles: readonly { readonly name: string; readonly folder: string | undefined }[];
  readonly agentsMax: number;
  /** Most that all agent processes may hold before another is started; 0 for no such limit. */
  readonly agentsMemoryMb: number;
  readonly durability: 'full' | 'normal';
  readonly adminKey: string | undefined;
  readonly allowBypassPermissions: boolean;
  /** How long a question of an agent waits for a decision. */
  readonly approvalTimeoutMs: number;
  readonly allowedHosts: readonly string[];
  /** Where webhooks may be posted to: each `host` with any port, or `host:port`. */
  readonly webhookHosts: readonly string[];
  readonly staleAfterMs: number;
  readonly offlineAfterMs: number;
  readonly keepMessagesMs: number;
  readonly keepMessages: number;
  readonly keepEventsMs: number;
  readonly keepEvents: number;
  readonly ageingMs: number;
  readonly drainMs: number;
  /** Statements of the database that take longer are logged. */
  readonly slowStatementMs: number;
  /** Where traces are sent, over OTLP/HTTP; undefined for no traces. */
  readonly tracesEndpoint: string | undefined;
  readonly logLevel: string;
  /** Names that look like settings and are none: mistyped, or of another version. */
  readonly unknownSettings: readonly string[];
  /** What agents inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** All that is wrong with the settings, one sentence each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

const DAY_MS = 86_400_000;

const loopback = new Set(['127.0.0.1', '::1', 'localhost']);

/** The environment, with what `.env` in the working folder adds to it. The only reader of process.env. */
export const readEnvironment = (): Readonly<Record<string, string | undefined>> => {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
};

/** Texts left empty count as not given. @throws ConfigError with every problem at once */
export const loadConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { settings, problems } = parse(given);
  problems.push(...contradictions(given));
  if (settings === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    host: settings.GRANGER_HOST,
    port: settings.GRANGER_PORT,
    dataFolder: resolve(settings.GRANGER_DATA),
    databaseUrl: settings.GRANGER_DATABASE_URL,
    isNotified: settings.GRANGER_NOTIFY === 'on',
    modulesFolder: settings.GRANGER_MODULES === undefined ? undefined : resolve(settings.GRANGER_MODULES),
    templatesFolder: settings.GRANGER_TEMPLATES === undefined ? undefined : resolve(settings.GRANGER_TEMPLATES),
    contextTokens: settings.GRANGER_CONTEXT_TOKENS,
    contextFullPercent: settings.GRANGER_CONTEXT_FULL_PERCENT,
    claudeProgram: settings.GRANGER_CLAUDE,
    claudeProfiles: profileList(settings.GRANGER_CLAUDE_PROFILES, resolve(settings.GRANGER_DATA)),
    agentsMax: settings.GRANGER_AGENTS_MAX,
    agentsMemoryMb: settings.GRANGER_AGENTS_MEMORY_MB,
    durability: settings.GRANGER_DURABILITY,
    adminKey: settings.GRANGER_ADMIN_KEY,
    allowBypassPermissions: settings.GRANGER_ALLOW_BYPASS_PERMISSIONS,
    approvalTimeoutMs: settings.GRANGER_APPROVAL_SECONDS * 1000,
    allowedHosts: hostList(settings.GRANGER_ALLOWED_HOSTS),
    webhookHosts: hostList(settings.GRANGER_WEBHOOK_HOSTS),
    staleAfterMs: settings.GRANGER_STALE_SECONDS * 1000,
    offlineAfterMs: settings.GRANGER_OFFLINE_SECONDS * 1000,
    keepMessagesMs: settings.GRANGER_KEEP_MESSAGES_DAYS * DAY_MS,
    keepMessages: settings.GRANGER_KEEP_MESSAGES,
    keepEventsMs: settings.GRANGER_KEEP_EVENTS_DAYS * DAY_MS,
    keepEvents: settings.GRANGER_KEEP_EVENTS,
    ageingMs: settings.GRANGER_AGEING_SECONDS * 1000,
    drainMs: settings.GRANGER_DRAIN_SECONDS * 1000,
    slowStatementMs: settings.GRANGER_SLOW_STATEMENT_MS,
    tracesEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    logLevel: settings.GRANGER_LOG_LEVEL,
    environment,
    unknownSettings: unknownSettings(given),
  };
};

const hostList = (text: string): string[] =>
  text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');

/** `work, private=/srv/claude`: a folder below the data folder unless one is named. */
const profileList = (text: string, dataFolder: string): Config['claudeProfiles'] => {
  const profiles = text.split(',').flatMap((part) => {
    const [name = '', folder] = part.trim().split('=', 2);
    return name === '' ? [] : [{ name, folder: resolve(folder ?? join(dataFolder, 'claude-profiles', name)) }];
  });
  return profiles.length > 0 ? profiles : [{ name: 'default', folder: undefined }];
};

type Settings = Static<typeof Environment>;

interface SettingError {
  readonly instancePath: string;
  readonly message?: string;
  readonly params: { readonly missingProperty?: string; readonly allowedValue?: unknown };
}

/** The settings, or a sentence for each that does not fit the schema. */
const parse = (given: Record<string, unknown>): { settings?: Settings; problems: string[] } => {
  try {
    return {
      settings: envSchema<Settings>({ schema: Environment, data: given, env: false, dotenv: false }),
      problems: [],
    };
  } catch (error) {
    const { errors = [] } = error as { errors?: SettingError[] };
    if (errors.length === 0) throw error;
    const byName = new Map<string, string[]>();
    for (const { instancePath, message = 'is not valid', params } of errors) {
      const name = instancePath.slice(1);
      const text = params.allowedValue === undefined ? message : `may be ${JSON.stringify(params.allowedValue)}`;
      if (!text.includes('anyOf')) byName.set(name, [...(byName.get(name) ?? []), text]);
    }
    return {
      problems: [...byName].map(
        ([name, texts]) => `${name}: ${texts.join(', ')} (it is ${JSON.stringify(given[name])})`,
      ),
    };
  }
};

const unknownSettings = (given: Record<string, unknown>): string[] =>
  Object.keys(given).filter(
    (name) => name.startsWith('GRANGER_') && !(name in Environment.properties) && !outside.has(name),
  );

/** Set for others: the hub's clients, and the processes that it tags. */
const outside: ReadonlySet<string> = new Set(['GRANGER_URL', 'GRANGER_KEY', 'GRANGER_INSTANCE']);

/** Looks at the texts as they were given, so that it can speak beside the schema. */
const contradictions = (given: Record<string, unknown>): string[] => {
  const problems: string[] = [];
  const {
    GRANGER_HOST: host = '127.0.0.1',
    GRANGER_STALE_SECONDS: stale = 60,
    GRANGER_OFFLINE_SECONDS: offline = 300,
  } = given;
  if (!loopback.has(String(host)) && given.GRANGER_ALLOW_REMOTE !== 'true') {
    problems.push(
      `GRANGER_HOST: ${host} is not loopback; keys would travel in the open. Put TLS in front and set GRANGER_ALLOW_REMOTE=true`,
    );
  }
  if (Number(offline) < Number(stale))
    problems.push('GRANGER_OFFLINE_SECONDS: must not be less than GRANGER_STALE_SECONDS');
  return problems;
};
