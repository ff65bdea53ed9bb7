/** What is so on this machine. */
export interface DoctorFacts {
  readonly nodeVersion: string;
  /** What Claude Code is here; with advice where something is wrong with it. */
  readonly claude: { readonly says: string; readonly advice?: string };
  readonly hasCredentials: boolean;
  readonly data: {
    readonly folder: string;
    readonly isThere: boolean;
    readonly isWritable: boolean;
    readonly freeBytes: number;
    /** Of admin.key; undefined where there is none. */
    readonly keyMode?: number;
  };
  readonly database:
    | { readonly kind: 'sqlite'; readonly state: 'none' | 'good' | 'foreign' }
    | { readonly kind: 'postgres'; readonly address: string; readonly problem?: string };
  readonly port: { readonly address: string; readonly isFree: boolean; readonly problem?: string };
  /** Undefined where none says that it runs on the data folder. */
  readonly hub?: { readonly url: string; readonly isAlive: boolean; readonly isReady: boolean };
}

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string;
}

const NEEDED_NODE = [20, 19] as const;
const LITTLE_BYTES = 1024 ** 3;
const NO_BYTES = 100 * 1024 ** 2;

const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says });
const warning = (check: string, says: string, advice: string): Finding => ({ check, state: 'warning', says, advice });
const problem = (check: string, says: string, advice: string): Finding => ({ check, state: 'problem', says, advice });

/** One for each check, in the order in which they are best mended. */
export const findingsOf = (facts: DoctorFacts): readonly Finding[] => [
  nodeFinding(facts),
  claudeFinding(facts),
  credentialsFinding(facts),
  folderFinding(facts),
  keyFinding(facts),
  diskFinding(facts),
  databaseFinding(facts),
  hubFinding(facts),
  portFinding(facts),
];

const nodeFinding = ({ nodeVersion }: DoctorFacts): Finding => {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isNew = major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
  if (isNew) return ok('Node', nodeVersion);
  return problem('Node', `${nodeVersion} is too old`, `Install Node ${NEEDED_NODE.join('.')} or newer.`);
};

const claudeFinding = ({ claude: { says, advice } }: DoctorFacts): Finding =>
  advice === undefined
    ? ok('Claude Code', says)
    : warning('Claude Code', says, `${advice} Only agents need it; modules do without.`);

const credentialsFinding = ({ hasCredentials }: DoctorFacts): Finding =>
  hasCredentials
    ? ok('Credentials', 'there are some for Claude Code')
    : warning(
        'Credentials',
        'none are seen from here',
        'Where the hub is started, set ANTHROPIC_API_KEY or log in: claude /login',
      );

const folderFinding = ({ data: { folder, isThere, isWritable } }: DoctorFacts): Finding => {
  if (isWritable) return ok('Data folder', isThere ? folder : `${folder}, made by the first start`);
  return problem('Data folder', `${folder} cannot be written`, 'Give it to the user of the hub, or set GRANGER_DATA.');
};

const keyFinding = ({ data: { folder, keyMode } }: DoctorFacts): Finding => {
  if (keyMode === undefined) return ok('Admin key', 'made by the first start, or set in GRANGER_ADMIN_KEY');
  if ((keyMode & 0o077) === 0) return ok('Admin key', 'only its owner can read it');
  return problem('Admin key', `others can read it (mode ${keyMode.toString(8)})`, `chmod 600 ${folder}/admin.key`);
};

const diskFinding = ({ data: { freeBytes } }: DoctorFacts): Finding => {
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GB free`;
  if (freeBytes >= LITTLE_BYTES) return ok('Disk', free);
  const advice = 'Make room, or keep less: GRANGER_KEEP_MESSAGES_DAYS, GRANGER_KEEP_EVENTS_DAYS.';
  return freeBytes >= NO_BYTES ? warning('Disk', free, advice) : problem('Disk', free, advice);
};

const databaseFinding = ({ database }: DoctorFacts): Finding => {
  if (database.kind === 'postgres') {
    if (database.problem === undefined) return ok('Database', `PostgreSQL answers at ${database.address}`);
    const says = `PostgreSQL does not answer at ${database.address}: ${database.problem}`;
    return problem('Database', says, 'Start it, or mend GRANGER_DATABASE_URL.');
  }
  if (database.state === 'foreign')
    return problem('Database', 'hub.db is no SQLite database', 'Put back a backup of hub.db, or move it away.');
  return ok('Database', database.state === 'good' ? 'SQLite, hub.db' : 'SQLite, made by the first start');
};

const hubFinding = ({ hub }: DoctorFacts): Finding => {
  if (hub === undefined) return ok('Hub', 'none runs on the data folder');
  if (!hub.isAlive) {
    const advice = 'It ended without a goodbye; the next start clears that up: granger serve';
    return warning('Hub', `hub.json says ${hub.url}, and nobody answers there`, advice);
  }
  if (hub.isReady) return ok('Hub', `runs at ${hub.url}, and is ready`);
  return problem('Hub', `runs at ${hub.url}, and is not ready`, 'Its log says why; it may be stopping.');
};

const portFinding = ({ port: { address, isFree, problem: why }, hub }: DoctorFacts): Finding => {
  if (isFree) return ok('Port', `${address} is free`);
  if (hub?.isAlive === true && hub.url.endsWith(address)) return ok('Port', `${address} is the hub's`);
  return problem(
    'Port',
    `${address} cannot be used: ${why}`,
    'Stop who uses it, or set GRANGER_PORT (0: any free one).',
  );
};
