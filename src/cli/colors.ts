import picocolors from 'picocolors';

export type Colors = Omit<ReturnType<typeof picocolors.createColors>, 'isColorSupported'>;

export interface ColorWishes {
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--no-color` makes it false. */
  readonly color?: boolean | undefined;
}

/** Colours on a terminal, unless NO_COLOR (https://no-color.org) or `--no-color` says otherwise. */
export const colorsFor = ({ isTerminal, environment, color = true }: ColorWishes): Colors => {
  const isUnwanted = !color || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return picocolors.createColors(isTerminal && !isUnwanted);
};
