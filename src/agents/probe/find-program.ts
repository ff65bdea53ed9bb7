import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

export interface FoundProgram {
  readonly path: string;
  /** Another one when the program was replaced. */
  readonly stamp: string;
}

/** As the system finds it: a path as it is, a name on the PATH of the environment. Undefined where there is none that may be run. */
export const findProgram = async (
  program: string,
  { PATH = '' }: Readonly<Record<string, string | undefined>>,
): Promise<FoundProgram | undefined> => {
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const paths = program.includes('/') ? [resolve(program)] : folders.map((folder) => join(folder, program));
  for (const path of paths) {
    const stamp = await stampOf(path);
    if (stamp !== undefined) return { path, stamp };
  }
  return undefined;
};

const stampOf = async (path: string): Promise<string | undefined> => {
  try {
    await access(path, constants.X_OK);
    const file = await stat(path);
    return file.isFile() ? `${file.mtimeMs} ${file.size} ${file.ino}` : undefined;
  } catch {
    return undefined;
  }
};
