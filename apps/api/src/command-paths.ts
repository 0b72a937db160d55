import { type CommandName, type Target, commandNames, grantlessTargets, shapeOf } from '#domain/commands.js';
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
  batch: { path: 'batches/:batch', named: 'batch', word: 'Batch' },
  'bank-file': { path: 'bank-files', named: null, word: 'The bank file' },
  'bank-entry': { path: 'bank-files/:bankFile/entries/:entry', named: 'entry', word: 'Entry' },
  'deadline-move': { path: 'deadline-moves/:move', named: 'move', word: 'Deadline move' },
  beneficiary: { path: 'beneficiaries/:beneficiary', named: null, word: 'The account of beneficiary' },
};

/** Fields that are numbers, so that their text in an address is read as one. */
const numbers: readonly FieldName[] = ['tranche', 'recovery', 'batch', 'bankFile', 'entry', 'move'];

/** Commands that make what they act on: a POST on all of its kind. */
const makers: Partial<Readonly<Record<CommandName, string>>> = {
  'draft-grant': 'grants',
  'build-batch': 'batches',
  'move-deadlines': 'deadline-moves',
};

/** Commands with an address: what is internal has none, and a bank file has a body that is no JSON. */
export const publicCommands: readonly CommandName[] = commandNames.filter(
  (name) =>
    shapeOf(name).internal !== true &&
    shapeOf(name).on !== 'bank-file' &&
    shapeOf(name).roles.some((role) => role !== 'system'),
);

/** The address of a command below /api/v1. */
export function pathOfCommand(name: CommandName): string {
  return makers[name] ?? `${places[shapeOf(name).on].path}/${name}`;
}

/** Whether the command makes what it acts on, so that it is answered with 201. */
export function makes(name: CommandName): boolean {
  return makers[name] !== undefined;
}

/** The field of a command that its address names last; null where the address names no field. */
export function namedByPath(name: CommandName): FieldName | null {
  return makes(name) ? null : places[shapeOf(name).on].named;
}

/** Every field of a command that its address names. */
function fieldsOfPath(name: CommandName): FieldName[] {
  const { required, optional } = shapeOf(name);
  return [...required, ...optional].filter((field) => pathOfCommand(name).includes(`/:${field}`));
}

/** The fields of a command's body. */
export function bodyFields(name: CommandName): {
  readonly required: readonly FieldName[];
  readonly optional: readonly FieldName[];
} {
  const { required, optional } = shapeOf(name);
  const named = fieldsOfPath(name);
  const own = (field: FieldName): boolean => !named.includes(field);
  return { required: required.filter(own), optional: optional.filter(own) };
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
  const twice = fieldsOfPath(name).filter((field) => Object.hasOwn(body, field));
  if (twice.length > 0)
    return {
      faults: twice.map((path) => ({
        path,
        message: `the address names the ${path} already; leave it out here`,
      })),
    };
  const named = namedByPath(name);
  const which = named === null ? undefined : parameters[named];
  const inPath = fieldsOfPath(name).map((field) => [field, read(field, parameters[field] ?? '')]);
  const input = { ...body, ...Object.fromEntries(inPath) };
  const { word } = places[shapeOf(name).on];
  if (grantlessTargets.includes(shapeOf(name).on)) {
    const { bankFile } = parameters;
    const of = bankFile === undefined ? '' : ` of bank file ${bankFile}`;
    const subject = makes(name)
      ? `The ${word.toLowerCase()}`
      : which === undefined
        ? word
        : `${word} ${which}${of}`;
    return { request: { grant: null, input }, subject };
  }
  if (beneficiary !== undefined)
    return { request: { grant: null, beneficiary, input }, subject: `${word} ${beneficiary}` };
  const subject = which === undefined ? `${word} ${grant}` : `${word} ${which} of ${grant}`;
  return { request: { grant: grant ?? '', input }, subject };
}

function read(field: FieldName, text: string): unknown {
  return numbers.includes(field) && /^\d{1,9}$/.test(text) ? Number(text) : text;
}
