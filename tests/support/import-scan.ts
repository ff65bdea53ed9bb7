/** One import of a source file: what it names, and whether it is gone after compilation. */
export interface ScannedImport {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

const statement = /^(?:import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?(?:[^'"`;=()]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const call = /\bimport\(\s*['"`]([^'"`$]+)['"`]/g;
const comment = /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

/**
 * All imports of a formatted source text: static, re-exported, and `import()` of a literal. An `import { type A }` counts
 * as more than a type, because under verbatimModuleSyntax the file is still loaded.
 */
export function scanImports(source: string): ScannedImport[] {
  const code = source.replace(comment, '');
  const statements = [...code.matchAll(statement)].map(([, type, specifier = '']) => ({
    specifier,
    isTypeOnly: type !== undefined,
  }));
  const calls = [...code.matchAll(call)].map(([, specifier = '']) => ({ specifier, isTypeOnly: false }));
  return [...statements, ...calls];
}
