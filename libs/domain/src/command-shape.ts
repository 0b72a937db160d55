import type { FieldName } from './command-fields.js';
import type { Role } from './people.js';

/** The thing a command acts on: what its path over HTTP ends in, and which field names it in a file. */
export type Target =
  | 'grant'
  | 'tranche'
  | 'report'
  | 'evaluation'
  | 'recovery'
  | 'beneficiary'
  | 'batch'
  | 'bank-file'
  | 'bank-entry'
  | 'deadline-move';

/** What is acted on without a grant being named. */
export const grantlessTargets: readonly Target[] = ['batch', 'bank-file', 'bank-entry', 'deadline-move'];

export interface CommandShape {
  readonly on: Target;
  /** Who may give it; the service itself where `system` is named. */
  readonly roles: readonly (Role | 'system')[];
  readonly required: readonly FieldName[];
  readonly optional: readonly FieldName[];
  /** What it does, one line for help and OpenAPI. */
  readonly does: string;
  /** Given by the service alone, never over HTTP or in a file. */
  readonly internal?: true;
}
