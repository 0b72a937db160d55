/** What a plan must hold to beyond its single fields: numbering, sums, gates, and an order to pay in. */
import type { Reading } from './faults.js';
import { fieldPath } from './faults.js';
import { formatShare } from './money.js';
import type { PlannedTranche, Requirement, TrancheAmount } from './plan.js';
import { requirementText } from './plan.js';
import { type PlanNames, faultOfEvaluation, faultOfReport, faultOfTranche } from './plan-names.js';

const WHOLE = 1_000_000;

/** A tranche as far as it could be read: what was faulty is undefined, or left out of `requires`. */
export interface ReadTranche {
  readonly path: string;
  readonly no: number | undefined;
  readonly amount: TrancheAmount | undefined;
  readonly due: PlannedTranche['due'];
  readonly requires: readonly { readonly path: string; readonly requirement: Requirement }[];
  readonly settles: boolean;
}

/** Adds every fault that lies between the tranches of a plan (domain.md, "Plan"). */
export function checkTranches(
  reading: Reading,
  path: string,
  tranches: readonly ReadTranche[],
  names: PlanNames,
): void {
  checkNumbers(reading, tranches);
  checkRemainder(reading, tranches);
  checkSums(reading, path, tranches);
  for (const tranche of tranches) checkGate(reading, tranche, names);
  checkSettles(reading, tranches);
  checkOrder(reading, tranches);
}

function checkNumbers(reading: Reading, tranches: readonly ReadTranche[]): void {
  tranches.forEach(({ no, path }, index) => {
    if (no === undefined || no === index + 1) return;
    const twice = tranches.slice(0, index).some((earlier) => earlier.no === no);
    reading.add(
      fieldPath(path, 'no'),
      `${twice ? `tranche ${no} is given twice` : `this tranche has the number ${no}`}; tranches are numbered from 1 in their order, so this one is ${index + 1}`,
    );
  });
}

function checkRemainder(reading: Reading, tranches: readonly ReadTranche[]): void {
  const [first, ...others] = tranches.filter(({ amount }) => amount?.kind === 'remainder');
  for (const { path } of others)
    reading.add(
      fieldPath(path, 'remainder'),
      `a plan has one remainder, and ${first?.path} is one; give this tranche a share or an amount`,
    );
  if (first !== undefined && others.length === 0 && first !== tranches.at(-1))
    reading.add(
      fieldPath(first.path, 'remainder'),
      'the remainder is the last tranche; give this one a share or an amount, or move it to the end',
    );
}

/** Without a remainder the shares make 100; whether amounts make the award is seen at the award. */
function checkSums(reading: Reading, path: string, tranches: readonly ReadTranche[]): void {
  const amounts = tranches.flatMap((tranche) => tranche.amount ?? []);
  const shares = amounts.flatMap((amount) => (amount.kind === 'share' ? amount.share : []));
  const sum = shares.reduce((together, share) => together + share, 0);
  const at = fieldPath(path, 'tranches');
  const makes = `the shares make ${sum > WHOLE ? excessText(sum) : formatShare(sum)} percent together`;
  if (sum > WHOLE) return reading.add(at, `${makes}; they make at most 100`);
  if (amounts.length < tranches.length || amounts.some((amount) => amount.kind === 'remainder')) return;
  if (shares.length === 0) return;
  if (shares.length < amounts.length)
    reading.add(
      at,
      'shares and fixed amounts together need a last tranche {remainder: true}, for they only make the award by chance',
    );
  else if (sum !== WHOLE) reading.add(at, `${makes}; without a tranche {remainder: true} they make 100`);
}

function excessText(sum: number): string {
  return `${Math.floor(sum / WHOLE) * 100 + Number(formatShare(sum % WHOLE))}`;
}

function checkGate(reading: Reading, tranche: ReadTranche, names: PlanNames): void {
  const seen = new Map<string, string>();
  for (const { path, requirement } of tranche.requires) {
    reading.once(seen, path, 'the condition', requirementText(requirement));
    const wrong = faultOfRequirement(reading, names, requirement);
    if (wrong !== null) reading.add(path, wrong);
  }
}

function faultOfRequirement(reading: Reading, names: PlanNames, { kind, ref }: Requirement): string | null {
  if (kind === 'report') return faultOfReport(reading, names, ref);
  if (kind === 'evaluation') return faultOfEvaluation(reading, names, ref);
  return kind === 'tranche' ? faultOfTranche(names, ref) : null;
}

function checkSettles(reading: Reading, tranches: readonly ReadTranche[]): void {
  for (const { settles, path } of tranches.slice(0, -1))
    if (settles)
      reading.add(fieldPath(path, 'settles'), 'only the last tranche settles; move this to the last one');
}

/**
 * Adds a fault for each ring of tranches that wait for one another. A settling tranche waits for all
 * others, so one of those that names it closes a ring.
 */
function checkOrder(reading: Reading, tranches: readonly ReadTranche[]): void {
  const done = new Set<number>();
  const visit = (no: number, waiting: readonly number[]): void => {
    if (done.has(no)) return;
    for (const { to, path } of waitsFor(tranches, no)) {
      const chain = [...waiting, no];
      const start = chain.indexOf(to);
      if (start >= 0) reading.add(path, ringSentence(chain.slice(start), tranches));
      else visit(to, chain);
    }
    done.add(no);
  };
  tranches.forEach((_, index) => visit(index + 1, []));
}

function waitsFor(tranches: readonly ReadTranche[], no: number): { to: number; path: string }[] {
  const tranche = tranches[no - 1];
  if (tranche === undefined) return [];
  const named = tranche.requires
    .filter(({ requirement }) => requirement.kind === 'tranche')
    .map(({ path, requirement }) => ({ to: Number(requirement.ref), path }))
    .filter(({ to }) => to >= 1 && to <= tranches.length);
  if (!settlesLast(tranches, no)) return named;
  const implied = tranches
    .map((_, index) => index + 1)
    .filter((other) => other !== no && !named.some(({ to }) => to === other));
  return [...named, ...implied.map((to) => ({ to, path: fieldPath(tranche.path, 'settles') }))];
}

function settlesLast(tranches: readonly ReadTranche[], no: number): boolean {
  return no === tranches.length && tranches[no - 1]?.settles === true;
}

function ringSentence(ring: readonly number[], tranches: readonly ReadTranche[]): string {
  const [first = 0, ...others] = ring;
  if (others.length === 0) return `tranche ${first} waits for itself; it can only wait for others`;
  const settling = ring.find((no) => settlesLast(tranches, no));
  const why = settling === undefined ? '' : ` (tranche ${settling} settles, so it waits for all others)`;
  const links = [...others, first]
    .map((no) => `which waits for tranche ${no}`)
    .join(', ')
    .replace('which ', '');
  return `tranche ${first} ${links}${why}; none of them could ever be paid: take one of these conditions away`;
}
