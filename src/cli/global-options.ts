import type { OptionSpec } from './command-spec.js';
import { oneOf } from './option-values.js';
import { formats } from './output.js';

/** Every command takes them, before its name and after. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: '--url <url>', text: 'the hub (GRANGER_URL, or hub.json in its data folder)' },
  { flags: '--key <key>', text: 'the key (GRANGER_KEY, or admin.key in the data folder)' },
  {
    flags: '--data <folder>',
    text: 'the data folder of a hub on this machine (GRANGER_DATA, ./data)',
    completion: 'files',
  },
  { flags: '-o, --output <form>', text: formats.join(', '), completion: formats, parse: oneOf(...formats) },
  { flags: '--no-color', text: 'no colours (NO_COLOR)' },
];
