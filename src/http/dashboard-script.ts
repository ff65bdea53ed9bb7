import { posix } from 'node:path';

const importLine = /^import \{([^}]*)\} from '(\.[^']+)';$/gm;
const exportLine = /^export (const|class|let) (\w+)/gm;

/** Reads a module by its name below the folder, `parts/list.js`; undefined for one that the browser loads by itself. */
export type ReadModule = (name: string) => string | undefined;

/**
 * A module and all it imports as one script: one request instead of fifty, and less than half to send, for small files compress badly.
 * Each module becomes a function that gives what it exports, after those it imports. This knows the two forms that the dashboard is
 * written in, `import { a } from './b.js'` and `export const`, and refuses any other. @throws where it meets one, or a cycle
 */
export const joinModules = (entry: string, read: ReadModule): string => {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const add = (module: string): string => {
    const known = names.get(module);
    if (known === '') throw new Error(`${module} imports itself by way of others.`);
    if (known !== undefined) return known;
    names.set(module, '');
    const text = read(module);
    const part = text === undefined ? undefined : body(text, (path) => add(posix.join(posix.dirname(module), path)));
    const name = `m${parts.length}`;
    names.set(module, name);
    if (part === undefined) parts.push(`import * as ${name} from './${module}';`);
    else parts.push(`// ${module}\nconst ${name} = (() => {\n${part}})();`);
    return name;
  };
  add(entry);
  return parts.join('\n');
};

/** The inside of the function. @param nameOf what stands for an imported module */
const body = (text: string, nameOf: (path: string) => string): string => {
  const exported = Array.from(text.matchAll(exportLine), ([, , name]) => name);
  const code = text
    .replace(importLine, (_line, imported: string, path: string) => {
      return `const {${imported.replaceAll(' as ', ': ')}} = ${nameOf(path)};`;
    })
    .replace(exportLine, '$1 $2');
  const other = /^(import|export)\b.*/m.exec(code);
  if (other !== null) throw new Error(`The dashboard's modules cannot be joined: ${other[0]}`);
  return `${code}return { ${exported.join(', ')} };\n`;
};
