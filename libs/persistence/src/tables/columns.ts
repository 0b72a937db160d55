import type { EntitySchemaColumnOptions, ValueTransformer } from 'typeorm';

import { instantOf } from '../database-values.js';

/** Column kinds of the tables; the name is the column's in SQL. TypeORM adds nothing to what migrations made. */

const amounts: ValueTransformer = {
  to: (value: bigint | null | undefined) => value?.toString() ?? value,
  from: (value: string | null) => (value === null ? null : BigInt(value)),
};
const instants: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: Date | null) => (value === null ? null : instantOf(value)),
};

export const text = (name: string): EntitySchemaColumnOptions => ({ type: 'text', name });
export const texts = (name: string): EntitySchemaColumnOptions => ({ type: 'text', name, array: true });
export const integer = (name: string): EntitySchemaColumnOptions => ({ type: 'integer', name });
export const flag = (name: string): EntitySchemaColumnOptions => ({ type: 'boolean', name });
export const json = (name: string): EntitySchemaColumnOptions => ({ type: 'jsonb', name });
export const bytes = (name: string): EntitySchemaColumnOptions => ({ type: 'bytea', name });
/** A civil date, text 'YYYY-MM-DD'. */
export const date = (name: string): EntitySchemaColumnOptions => ({ type: 'date', name });
/** A moment, text in UTC with milliseconds. */
export const instant = (name: string): EntitySchemaColumnOptions => ({
  type: 'timestamptz',
  name,
  transformer: instants,
});
/** Whole cents, bigint. */
export const cents = (name: string): EntitySchemaColumnOptions => ({
  type: 'bigint',
  name,
  transformer: amounts,
});
/** A number given out by the database; bigint in SQL and in code. */
export const identity = (name: string): EntitySchemaColumnOptions => ({
  type: 'bigint',
  name,
  generated: 'increment',
  primary: true,
  transformer: amounts,
});

export const key = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  primary: true,
});
export const optional = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  nullable: true,
});
