import { type ColumnDefinitionBuilder, type CreateTableBuilder, type RawBuilder, sql } from 'kysely';

/** An integer key that is never given twice, not even after its row was deleted. */
export const integerKey = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.primaryKey().autoIncrement();

/** STRICT: a column takes only values of its type. */
export const strict = <T extends string, C extends string>(table: CreateTableBuilder<T, C>): CreateTableBuilder<T, C> =>
  table.modifyEnd(sql`strict`);

/** `check (column in ('a', 'b'))`: the states once more, where no code can go round them. */
export const oneOf = (column: string, values: readonly string[]) =>
  sql<boolean>`${sql.ref(column)} in (${sql.join(values.map((value) => sql.lit(value)))})`;

/** The column holds one of the texts in a JSON array, however many there are: one statement for every length. */
export const isOneOf = (column: string, jsonArray: RawBuilder<string>): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} in (select value from json_each(${jsonArray}))`;
