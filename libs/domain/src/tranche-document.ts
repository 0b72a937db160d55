/** Reads the tranches of a plan with their gates. */
import { gate, readDue } from './due-document.js';
import { type Given, type Reading, codeUpTo, fieldPath, flag, textUpTo, wholeWithin } from './faults.js';
import { parseAmount, parseShare } from './money.js';
import { type Parsed, fault, isFault, quoted, value } from './parsed.js';
import type { Requirement, RequirementKind, TrancheAmount } from './plan.js';
import type { ReadTranche } from './plan-checks.js';

export const requirementKinds: readonly RequirementKind[] = [
  'report',
  'evaluation',
  'tranche',
  'document',
  'approval',
];

const LONGEST_NAME = 64;
/** Twenty years of monthly instalments; a bound, so that no plan makes its checks run long. */
const MOST_TRANCHES = 240;

/** Reads the `tranches` of a plan, each for itself; `checkTranches` sees to what lies between them. */
export function readTranches(reading: Reading, path: string, given: Given): ReadTranche[] {
  const items = reading.list(path, given, 'tranches', 'tranches');
  const at = fieldPath(path, 'tranches');
  if (Array.isArray(given['tranches']) && items.length === 0)
    reading.add(at, 'a plan has at least one tranche');
  if (items.length > MOST_TRANCHES)
    reading.add(at, `${items.length} are too many; a plan has at most ${MOST_TRANCHES} tranches`);
  return items.slice(0, MOST_TRANCHES).map((item) => readTranche(reading, item.path, item.input));
}

function readTranche(reading: Reading, path: string, input: unknown): ReadTranche {
  const given = reading.object(path, input, {
    what: 'a tranche',
    required: ['no'],
    optional: ['share', 'amount', 'remainder', 'due', 'requires', 'settles'],
  });
  if (given === undefined)
    return { path, no: undefined, amount: undefined, due: gate, requires: [], settles: false };
  const dueGiven = given['due'];
  return {
    path,
    no: reading.field(path, given, 'no', wholeWithin(1, MOST_TRANCHES)),
    amount: readTrancheAmount(reading, path, given),
    due:
      (dueGiven === undefined ? gate : readDue(reading, fieldPath(path, 'due'), dueGiven, 'tranche')) ?? gate,
    requires: readRequirements(reading, path, given),
    settles: reading.field(path, given, 'settles', flag) ?? false,
  };
}

function readTrancheAmount(reading: Reading, path: string, given: Given): TrancheAmount | undefined {
  const share = reading.field(path, given, 'share', parseShare);
  const amountCents = reading.field(path, given, 'amount', parseAmount);
  const remainder = reading.field(path, given, 'remainder', parseRemainder);
  const stated = ['share', 'amount', 'remainder'].filter((name) => given[name] !== undefined);
  if (stated.length !== 1) {
    const has = stated.length === 0 ? 'none of them' : stated.join(' and ');
    reading.add(path, `a tranche has one of share, amount and remainder; this one has ${has}`);
    return undefined;
  }
  if (share !== undefined) return { kind: 'share', share };
  if (amountCents !== undefined) return { kind: 'amount', amountCents };
  return remainder === undefined ? undefined : { kind: 'remainder' };
}

function parseRemainder(input: unknown): Parsed<true> {
  return input === true
    ? value(true)
    : fault(`${quoted(input)} is not possible; write remainder: true, or a share or amount instead`);
}

function readRequirements(reading: Reading, path: string, given: Given): ReadTranche['requires'] {
  return reading
    .list(path, given, 'requires', 'conditions, for example ["report:interim"]')
    .flatMap((item) => {
      const requirement = reading.take(item.path, parseRequirement(item.input));
      return requirement === undefined ? [] : { path: item.path, requirement };
    });
}

/** Reads one condition of a gate: `report:interim`, `tranche:2`, `document:permit`. */
export function parseRequirement(input: unknown): Parsed<Requirement> {
  const right = `write ${requirementKinds.slice(0, -1).join(', ')} or approval, a colon and a name, without a space, for example "report:interim"`;
  if (typeof input !== 'string') return fault(`${quoted(input)} is no condition; ${right}`);
  const colon = input.indexOf(':');
  const kind = requirementKinds.find((known) => known === input.slice(0, colon));
  if (colon < 0 || kind === undefined) return fault(`${quoted(input)} is no condition; ${right}`);
  const ref = input.slice(colon + 1);
  if (kind === 'tranche' && !/^[1-9]\d{0,3}$/.test(ref))
    return fault(`${quoted(input)} names no tranche; write its number, for example "tranche:2"`);
  const name =
    kind === 'document' || kind === 'approval' ? parseReceiptName(ref) : codeUpTo(LONGEST_NAME)(ref);
  return isFault(name) ? name : value({ kind, ref });
}

function parseReceiptName(name: string): Parsed<string> {
  if (name === name.trim() && !/\p{Cc}/u.test(name)) return textUpTo(LONGEST_NAME)(name);
  return fault(`${quoted(name)} has spaces around it or a line break in it; write the name alone`);
}
