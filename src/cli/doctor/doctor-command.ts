import { CliFailure, exitCodes } from '../cli-failure.js';
import { command } from '../command-spec.js';
import type { Column } from '../table.js';
import { gatherFacts } from './doctor-facts.js';
import { type Finding, findingsOf } from './doctor-findings.js';

const colors = { ok: 'green', warning: 'yellow', problem: 'red' } as const;

const columns: readonly Column<Finding>[] = [
  { head: 'CHECK', of: ({ check }) => check },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => colors[state] },
  { head: 'FOUND', of: ({ says }) => says, isWide: true },
];

export const doctorCommands = [
  command({
    name: 'doctor',
    group: 'Hub',
    summary: 'Look whether a hub can run here, and say what to do where something is wrong',
    examples: ['granger doctor'],
    run: async (cli) => {
      const findings = findingsOf(await gatherFacts(cli.dataFolder, cli.io.environment, cli.io.probeClaude));
      cli.out.list(findings, columns, '');
      if (cli.out.isForPeople)
        for (const { check, advice } of findings) if (advice !== undefined) cli.out.raw(`\n${check}: ${advice}\n`);
      const broken = findings.filter(({ state }) => state === 'problem').length;
      if (broken > 0) throw new CliFailure(exitCodes.failed, `${broken} of ${findings.length} checks found a problem.`);
    },
  }),
];
