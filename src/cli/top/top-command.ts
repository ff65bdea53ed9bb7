import { setTimeout as pause } from 'node:timers/promises';
import { isPassing } from '../../client/comeback.js';
import { isProblem } from '../../client/hub-errors.js';
import type { HubEvent } from '../../client/hub-types.js';
import type { Cli } from '../cli.js';
import { CliFailure, exitCodes } from '../cli-failure.js';
import type { Terminal } from '../cli-io.js';
import { command } from '../command-spec.js';
import { wordsOf } from '../query-commands.js';
import { TerminalScreen } from './terminal-screen.js';
import { type Key, onKeys } from './top-keys.js';
import { actionKeys, actionOf, moved, startState, type TopState, withSnapshot, withWords } from './top-model.js';
import { screenLines } from './top-screen.js';
import { act, takeSnapshot } from './top-source.js';

const LOOK_EVERY_MS = 2000;
/** What happens in a bunch is looked at once. */
const AFTER_EVENT_MS = 150;

/** The screen that is redrawn: news in, keys in, lines out. */
class Top {
  readonly #cli: Cli;
  readonly #terminal: Terminal;
  readonly #screen: TerminalScreen;
  readonly #quit = new AbortController();
  readonly #signal: AbortSignal;
  #state: TopState = startState;
  #look = (): void => undefined;

  constructor(cli: Cli, terminal: Terminal) {
    this.#cli = cli;
    this.#terminal = terminal;
    this.#screen = new TerminalScreen(terminal, cli.io.stdout);
    this.#signal = AbortSignal.any([this.#quit.signal, cli.signal]);
  }

  async run(): Promise<void> {
    // What is wrong from the beginning is told on an ordinary screen.
    this.#state = withSnapshot(this.#state, await takeSnapshot(this.#cli.hub));
    this.#screen.enter();
    const stopKeys = onKeys(this.#cli.io.stdin, (key) => void this.#press(key));
    this.#terminal.onResize(() => this.#draw());
    try {
      this.#draw();
      await Promise.all([this.#lookAgainAndAgain(), this.#follow()]);
    } finally {
      this.#quit.abort();
      stopKeys();
      this.#screen.leave();
    }
  }

  #update(state: TopState): void {
    this.#state = state;
    this.#draw();
  }

  #draw(): void {
    this.#screen.draw(screenLines(this.#state, this.#terminal.size(), this.#cli.out.colors));
  }

  async #press(key: Key): Promise<void> {
    if (key === 'quit') return this.#quit.abort();
    if (key === 'up' || key === 'down') return this.#update(moved(this.#state, key === 'up' ? -1 : 1));
    if (!Object.hasOwn(actionKeys, key)) return;
    const action = actionOf(this.#state, key as keyof typeof actionKeys);
    if (action === undefined) return this.#notice(`${actionKeys[key as keyof typeof actionKeys]}: not here`);
    try {
      await act(this.#cli.hub, action);
      this.#notice(`${action.verb} ${action.id}: done`);
    } catch (error) {
      this.#notice(`${action.verb} ${action.id}: ${(error as Error).message}`);
    }
    this.#look();
  }

  #notice(notice: string): void {
    this.#update({ ...this.#state, notice });
  }

  async #lookAgainAndAgain(): Promise<void> {
    while (!this.#signal.aborted) {
      await this.#untilLooked();
      if (this.#signal.aborted) return;
      try {
        this.#update(withSnapshot(this.#state, await takeSnapshot(this.#cli.hub)));
      } catch (error) {
        if (isProblem(error, 'unauthenticated', 'forbidden')) throw error;
        this.#update({ ...this.#state, isConnected: false });
      }
    }
  }

  /** Until it is time, or something has happened. */
  async #untilLooked(): Promise<void> {
    const woken = new AbortController();
    this.#look = () => woken.abort();
    const signal = AbortSignal.any([woken.signal, this.#signal]);
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (woken.signal.aborted) await pause(AFTER_EVENT_MS, undefined, { signal: this.#signal }).catch(() => undefined);
  }

  async #follow(): Promise<void> {
    const types = ['turn.*', 'instance.*', 'approval.*', 'delivery.died', 'delivery.redriven'];
    const onReset = (): void => this.#look();
    while (!this.#signal.aborted) {
      try {
        for await (const event of this.#cli.hub.events({ types, signal: this.#signal, onReset })) this.#hear(event);
      } catch (error) {
        // The hub went away between the first look and the first event; the looks say so.
        if (!isPassing(error)) throw error;
        await pause(LOOK_EVERY_MS, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }

  #hear(event: HubEvent): void {
    const words = wordsOf(event);
    if (words !== undefined) this.#update(withWords(this.#state, event.subject.turnId ?? '', words));
    else if (event.type !== 'turn.output') this.#look();
  }
}

export const topCommands = [
  command({
    name: 'top',
    group: 'Hub',
    summary: 'The hub on one screen, live: what needs attention, the pool, queues, running turns',
    examples: ['granger top'],
    run: async (cli) => {
      const { terminal } = cli.io;
      if (terminal === undefined)
        throw new CliFailure(
          exitCodes.usage,
          'top draws on a terminal, and this is none.',
          '`granger stats` does not.',
        );
      await new Top(cli, terminal).run();
    },
  }),
];
