import { cpSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The dashboard needs no build: its files go beside the compiled code as they are.

const source = fileURLToPath(new URL('../src/dashboard', import.meta.url));
const isServed = (path) => ['', '.html', '.css', '.js'].includes(extname(path));

/** @param {string} dist */
export const copyDashboard = (dist) => {
  const target = join(dist, 'dashboard');
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true, filter: isServed });
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  copyDashboard(fileURLToPath(new URL('../dist', import.meta.url)));
