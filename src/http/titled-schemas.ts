type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Every schema with a title stands once, in `components.schemas` under its title, and is referred to elsewhere. Two different schemas
 * of one title would be a mistake. @throws Error
 */
export const nameTitledSchemas = <T extends object>(document: T): T => {
  const named: { [name: string]: Json } = {};
  const visit = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, visit(part)]));
    const { title, description } = inner;
    if (typeof title !== 'string' || inner.type === undefined) return inner;
    const { description: _said, ...bare } = inner;
    const known = named[title];
    if (known === undefined) named[title] = bare;
    else if (JSON.stringify(known) !== JSON.stringify(bare))
      throw new Error(`Two different schemas are called ${title}.`);
    const ref = { $ref: `#/components/schemas/${title}` };
    return description === undefined ? ref : { ...ref, description };
  };
  const paths = visit((document as { paths: Json }).paths);
  const { components = {} } = document as { components?: object };
  return { ...document, paths, components: { ...components, schemas: named } };
};
