/** What the installed Claude Code was found to be. */
export type ClaudeFinding =
  | { readonly kind: 'good'; readonly version: string; readonly flags: number; readonly controls: number }
  /** It runs, and does not know all that the hub asks of it. */
  | {
      readonly kind: 'lacking';
      readonly version: string;
      readonly flags: readonly string[];
      readonly controls: readonly string[];
      /** What it said where it ended for another reason. */
      readonly why?: string;
    }
  | { readonly kind: 'not_installed' }
  /** Another program of that name. */
  | { readonly kind: 'not_claude'; readonly says: string }
  | { readonly kind: 'silent'; readonly seconds: number }
  | { readonly kind: 'broken'; readonly why: string };

export interface ToldFinding {
  readonly says: string;
  /** What to do about it; undefined where nothing is wrong. */
  readonly advice?: string;
}

/** What the hub is tested with, and what its notes on the CLI were taken from. */
export const KNOWN_VERSION = '2.1.197';

const INSTALL = 'npm install -g @anthropic-ai/claude-code, or name the program in GRANGER_CLAUDE';

/** For people. `program` is as it was asked for. */
export const tellFinding = (program: string, finding: ClaudeFinding): ToldFinding => {
  switch (finding.kind) {
    case 'good': {
      const { version, flags, controls } = finding;
      return { says: `${version}, which knows the ${flags} flags and ${controls} control messages that the hub uses` };
    }
    case 'lacking':
      return tellLacking(finding);
    case 'not_installed':
      return { says: `${program} is not installed`, advice: `Agents need it: ${INSTALL}.` };
    case 'not_claude':
      return {
        says: `${program} is not Claude Code: asked for its version it says ${JSON.stringify(finding.says)}`,
        advice: `Install Claude Code: ${INSTALL}.`,
      };
    case 'silent':
      return {
        says: `${program} does not answer within ${finding.seconds} s`,
        advice: `Run ${program} --version by hand; put a working one in its place: ${INSTALL}.`,
      };
    case 'broken':
      return {
        says: `${program} cannot be used: ${finding.why}`,
        advice: `Put a working one in its place: ${INSTALL}.`,
      };
  }
};

const tellLacking = ({ version, flags, controls, why }: Extract<ClaudeFinding, { kind: 'lacking' }>): ToldFinding => {
  const missing = [...flags, ...controls.map((control) => `the control message ${control}`)].join(', ');
  const faults = [missing && `it does not know ${missing}`, why && `it says ${JSON.stringify(why)}`].filter(Boolean);
  return isOlder(version, KNOWN_VERSION)
    ? {
        says: `${version} is too old: ${faults.join('; ')}`,
        advice: 'Update it: npm install -g @anthropic-ai/claude-code.',
      }
    : {
        says: `${version} is another one than the hub knows: ${faults.join('; ')}`,
        advice: `This hub is tested with ${KNOWN_VERSION}: npm install -g @anthropic-ai/claude-code@${KNOWN_VERSION}, or update the hub.`,
      };
};

const isOlder = (version: string, than: string): boolean => {
  const [left, right] = [numbersOf(version), numbersOf(than)];
  const place = left.findIndex((number, index) => number !== right[index]);
  return place >= 0 && left[place]! < right[place]!;
};

const numbersOf = (version: string): number[] => (/^\d+\.\d+\.\d+/.exec(version)?.[0] ?? '0').split('.').map(Number);
