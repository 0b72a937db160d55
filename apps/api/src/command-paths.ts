import { type CommandName, type Target, commandNames, shapeOf } from '#domain/commands.js';
import { type FieldName } from '#domain/command-fields.js';
import type { CommandRequest } from '#lifecycle/run-commands.js';

export const v1 = 'api/v1';

/** Where a thing lies, and which field of its commands the address names. */
const places: {
  readonly [T in Target]: { readonly path: string; readonly named: FieldName | null; readonly word: string };
} = {
  grant: { path: 'grants/:grant', named: null, word: 'Grant' },
  tranche: { path: 'grants/:grant/tranches/:tranche', named: 'tranche', word: 'Tranche' },
  report: { path: 'grants/:grant/reports/:report', named: 'report', word: 'Report' },
  evaluation: { path: 'grants/:grant/evaluations/:evaluation', named: 'evaluation', word: 'Evaluation' },
  recovery: { path: 'grants/:grant/recoveries/:recovery', named: 'recovery', word: 'Recovery' },
  beneficiary: { path: 'beneficiaries/:beneficiary', named: null, word: 'The account of beneficiary' },
};

/** Fields that are numbers, so that their text in an address is read as one. */
const numbers: readonly FieldName[] = ['tranche', 'recovery'];

/** Commands that people may give: what is internal has no address. */
export const publicCommands: readonly CommandName[] = commandNames.filter(
  (name) => shapeOf(name).internal !== true && shapeOf(name).roles.some((role) => role !== 'system'),
);

/** The address of a command below /api/v1; drafting a grant is a POST on all of them. */
export function pathOfCommand(name: CommandName): string {
  return name === 'draft-grant' ? 'grants' : `${places[shapeOf(name).on].path}/${name}`;
}

/** The field of a command that its address names; null where the address names no field. */
export function namedByPath(name: CommandName): FieldName | null {
  return places[shapeOf(name).on].named;
}

/** The fields of a command's body. */
export function bodyFields(name: CommandName): {
  readonly required: readonly FieldName[];
  readonly optional: readonly FieldName[];
} {
  const { required, optional } = shapeOf(name);
  const named = namedByPath(name);
  return { required: required.filter((field) => field !== named), optional };
}

export interface Asked {
  readonly request: Pick<CommandRequest, 'grant' | 'beneficiary' | 'input'>;
  /** What it acts on, as a sentence begins: `Tranche 2 of REN-ANT`. */
  readonly subject: string;
}

/**
 * Puts a command together from its address and its body. Faults of the input are the rules' to find; here
 * only a field that the address names already is one.
 */
export function readAsked(
  name: CommandName,
  parameters: Readonly<Record<string, string>>,
  body: Readonly<Record<string, unknown>>,
): Asked | { readonly faults: readonly { readonly path: string; readonly message: string }[] } {
  const { grant, beneficiary } = parameters;
  if (name === 'draft-grant') {
    const { code, ...input } = body;
    const text = typeof code === 'string' ? code : '';
    return { request: { grant: text, input }, subject: text === '' ? 'The grant' : `Grant ${text}` };
  }
  const named = namedByPath(name);
  if (named !== null && Object.hasOwn(body, named))
    return {
      faults: [{ path: named, message: `the address names the ${named} already; leave it out here` }],
    };
  const which = named === null ? undefined : parameters[named];
  const input = named === null || which === undefined ? body : { ...body, [named]: read(named, which) };
  const { word } = places[shapeOf(name).on];
  if (beneficiary !== undefined)
    return { request: { grant: null, beneficiary, input }, subject: `${word} ${beneficiary}` };
  const subject = which === undefined ? `${word} ${grant}` : `${word} ${which} of ${grant}`;
  return { request: { grant: grant ?? '', input }, subject };
}

function read(field: FieldName, text: string): unknown {
  return numbers.includes(field) && /^\d{1,9}$/.test(text) ? Number(text) : text;
}
