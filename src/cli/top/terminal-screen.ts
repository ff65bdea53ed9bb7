import type { Writable } from 'node:stream';
import type { Terminal } from '../cli-io.js';

const ESC = '\u001b[';
const enterSequence = `${ESC}?1049h${ESC}?25l`;
const leaveSequence = `${ESC}?25h${ESC}?1049l`;

/** The whole terminal, taken and given back: also when the process ends in another way than it should. */
export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #stdout: Writable;
  #isEntered = false;
  readonly #atExit = (): void => this.leave();

  constructor(terminal: Terminal, stdout: Writable) {
    this.#terminal = terminal;
    this.#stdout = stdout;
  }

  enter(): void {
    this.#isEntered = true;
    process.on('exit', this.#atExit);
    this.#terminal.setRaw(true);
    this.#stdout.write(enterSequence);
  }

  /** Over what is there, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    this.#stdout.write(`${ESC}H${lines.map((line) => `${line}${ESC}K`).join('\r\n')}${ESC}J`);
  }

  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    process.removeListener('exit', this.#atExit);
    this.#stdout.write(leaveSequence);
    this.#terminal.setRaw(false);
  }
}
