import type { Approval, HubModule, HubStats, Instance, Queue, Turn } from '../../client/hub-types.js';
import { durationText } from '../age.js';
import type { DeadLetter } from '../message-columns.js';

/** What the hub says at one time. */
export interface Snapshot {
  readonly stats: HubStats;
  readonly approvals: readonly Approval[];
  readonly deadLetters: readonly DeadLetter[];
  readonly modules: readonly HubModule[];
  readonly queues: readonly Queue[];
  readonly instances: readonly Instance[];
  readonly turns: readonly Turn[];
}

export interface TopState {
  readonly snapshot: Snapshot | undefined;
  /** The end of what each turn has said. */
  readonly words: ReadonlyMap<string, string>;
  /** Key of a row. */
  readonly selected: string | undefined;
  /** What was done last, or what went wrong. */
  readonly notice: string;
  readonly isConnected: boolean;
}

export const startState: TopState = {
  snapshot: undefined,
  words: new Map(),
  selected: undefined,
  notice: '',
  isConnected: true,
};

export const sections = ['NEEDS ATTENTION', 'POOL', 'QUEUES', 'RUNNING TURNS'] as const;
export type Section = (typeof sections)[number];

export interface Row {
  readonly key: string;
  readonly section: Section;
  readonly cells: readonly string[];
  readonly isAlarming?: boolean;
  /** What keys can be about. */
  readonly approvalId?: string;
  readonly deliveryId?: string;
  readonly instance?: Pick<Instance, 'id' | 'state'> | undefined;
}

export const actionKeys = { a: 'approve', d: 'deny', p: 'pause', i: 'interrupt', r: 'redrive' } as const;
export type Verb = (typeof actionKeys)[keyof typeof actionKeys] | 'resume';
export interface TopAction {
  readonly verb: Verb;
  readonly id: string;
}

const LONGEST_WORDS = 400;

/** What can be pointed at, section by section. */
export const rowsOf = ({ snapshot, words }: TopState): readonly Row[] => {
  if (snapshot === undefined) return [];
  return [...attentionRows(snapshot), ...poolRows(snapshot), ...queueRows(snapshot), ...turnRows(snapshot, words)];
};

const attentionRows = ({ approvals, deadLetters, modules, queues, instances, turns }: Snapshot): Row[] => {
  const section = 'NEEDS ATTENTION';
  const waiting = new Map(queues.filter(({ kind }) => kind === 'module').map(({ name, pending }) => [name, pending]));
  return [
    ...approvals.map(({ id, module, toolName, turnId, description, input }) => ({
      key: id,
      section,
      isAlarming: true,
      cells: ['approve?', id, module, toolName, description ?? JSON.stringify(input)],
      approvalId: id,
      instance: instanceOf(
        instances,
        turns.find((turn) => turn.id === turnId),
      ),
    })),
    ...instances
      .filter(({ state }) => state === 'crashed')
      .map((instance) => ({
        key: `crashed ${instance.id}`,
        section,
        cells: ['crashed', instance.id, instance.module],
        instance,
      })),
    ...modules
      .filter(({ name, status }) => status === 'offline' && (waiting.get(name) ?? 0) > 0)
      .map(({ name }) => ({
        key: `offline ${name}`,
        section,
        cells: ['offline', name, `${waiting.get(name)} wait for it`],
      })),
    ...deadLetters.map(({ delivery: { id, module = '', error }, message, attempts }) => {
      const { code = '', message: text = '' } = error ?? attempts.at(-1)?.error ?? {};
      return { key: id, section, cells: ['dead', id, module, message.type, `${code}: ${text}`], deliveryId: id };
    }),
  ] as Row[];
};

const poolRows = ({ instances }: Snapshot): Row[] =>
  instances
    .filter(({ state }) => state !== 'crashed' && state !== 'stopped')
    .map((instance) => {
      const { id, state, module, conversationId = 'spare', turns, memoryMb, costUsd, name = '' } = instance;
      const used = [
        `${turns} turns`,
        memoryMb === undefined ? '' : `${Math.round(memoryMb)} MB`,
        `$${costUsd.toFixed(4)}`,
      ];
      return { key: id, section: 'POOL', cells: [id, state, module, conversationId, ...used, name], instance };
    });

const queueRows = ({ queues, modules }: Snapshot): Row[] => {
  const statuses = new Map(modules.map(({ name, status }) => [name, status]));
  return queues
    .filter(({ pending, leased, dead }) => pending + leased + dead > 0)
    .map(({ name, kind, pending, leased, dead, processed, oldestAgeSeconds }) => ({
      key: `${kind === 'channel' ? 'channel' : 'queue'} ${name}`,
      section: 'QUEUES',
      cells: [
        kind === 'channel' ? `#${name}` : name,
        kind === 'channel' ? 'channel' : (statuses.get(name) ?? ''),
        `${pending} wait`,
        `${leased} leased`,
        `${dead} dead`,
        `${processed} done`,
        oldestAgeSeconds === null ? '' : `oldest ${durationText(oldestAgeSeconds)}`,
      ],
    }));
};

const turnRows = ({ turns, instances }: Snapshot, words: TopState['words']): Row[] =>
  turns.map((turn) => ({
    key: turn.id,
    section: 'RUNNING TURNS',
    cells: [turn.id, turn.state, turn.module, lastLine(words.get(turn.id) ?? '')],
    instance: instanceOf(instances, turn),
  }));

const instanceOf = (instances: readonly Instance[], turn: Turn | undefined): Instance | undefined =>
  instances.find(({ id, turnId }) => turn !== undefined && (turnId === turn.id || id === turn.instanceId));

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/** The row that is pointed at: the first one where nothing else is. */
export const selectedRow = (state: TopState): Row | undefined => {
  const rows = rowsOf(state);
  return rows.find(({ key }) => key === state.selected) ?? rows[0];
};

export const withSnapshot = (state: TopState, snapshot: Snapshot): TopState => {
  const running = new Set(snapshot.turns.map(({ id }) => id));
  const words = new Map([...state.words].filter(([id]) => running.has(id)));
  return { ...state, snapshot, words, isConnected: true };
};

export const withWords = (state: TopState, turnId: string, text: string): TopState => {
  const words = new Map(state.words);
  words.set(turnId, `${words.get(turnId) ?? ''}${text}`.slice(-LONGEST_WORDS));
  return { ...state, words };
};

export const moved = (state: TopState, by: number): TopState => {
  const rows = rowsOf(state);
  const at = rows.findIndex(({ key }) => key === selectedRow(state)?.key);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  return { ...state, selected: next?.key };
};

/** What a key asks for, of the row that is pointed at; undefined where it means nothing there. */
export const actionOf = (state: TopState, key: keyof typeof actionKeys): TopAction | undefined => {
  const row = selectedRow(state);
  if (row === undefined) return undefined;
  const verb = actionKeys[key];
  if (verb === 'approve' || verb === 'deny') return about(verb, row.approvalId);
  if (verb === 'redrive') return about(verb, row.deliveryId);
  const isPaused = verb === 'pause' && row.instance?.state === 'paused';
  return about(isPaused ? 'resume' : verb, row.instance?.id);
};

const about = (verb: Verb, id: string | undefined): TopAction | undefined =>
  id === undefined ? undefined : { verb, id };
