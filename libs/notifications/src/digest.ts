import type { CivilDate } from '#domain/civil-date.js';
import type { Contact, Role } from '#domain/people.js';
import { type Deputy, inTheirStead, lookingAfter, toldOfWork } from '#domain/who-is-told.js';

import { type DigestTask, type MessageFacts, digestTasks } from './message-facts.js';

type Group = MessageFacts<'digest'>['groups'][number];
type Item = Group['items'][number];

/** What waits, by task: for those with its roles, or for whoever looks after the grant. */
export interface Waiting {
  readonly task: DigestTask;
  /** The grant's handler; null where it has none, or it is about no grant. */
  readonly handler: string | null;
  /** Who may not do it, by four eyes. */
  readonly barred: readonly string[];
  readonly count: number;
  /** The first few, those that wait longest first. */
  readonly items: readonly Item[];
}

/** Somebody of the agency. */
export interface Colleague extends Contact {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Items listed under a heading; the count says how many more there are. */
export const digestItems = 5;

/** Who does what, and where: null for whoever looks after the grant. */
const tasks: {
  readonly [T in DigestTask]: { readonly roles: readonly Role[] | null; readonly path: string };
} = {
  'review-report': { roles: null, path: 'grants' },
  'answer-extension': { roles: null, path: 'grants' },
  'chase-report': { roles: null, path: 'deadlines?state=overdue' },
  'recommend-evaluation': { roles: ['evaluator'], path: 'grants' },
  'decide-evaluation': { roles: ['approver'], path: 'grants' },
  'approve-tranche': { roles: ['approver'], path: 'grants' },
  'approve-tranche-second': { roles: ['approver'], path: 'grants' },
  'verify-account': { roles: ['administrator', 'finance'], path: 'beneficiaries' },
  'release-batch': { roles: ['approver', 'finance'], path: 'batches' },
  'confirm-payout': { roles: ['finance'], path: 'payouts' },
  'resolve-payout': { roles: ['finance'], path: 'payouts' },
  'match-bank-entry': { roles: ['finance'], path: 'bank-entries' },
  'notify-recovery': { roles: null, path: 'grants' },
  'correct-contact': { roles: ['administrator'], path: 'people' },
  'look-at-failure': { roles: ['administrator'], path: 'failures' },
};

/**
 * What waits on each colleague this morning, counted and listed by task; nobody with nothing is among them. Who is away
 * has theirs in their deputy's, and what somebody may not do by four eyes does not wait on them.
 */
export function digestsOf(
  waiting: readonly Waiting[],
  colleagues: readonly Colleague[],
  deputies: readonly Deputy[],
  day: CivilDate,
  publicUrl: string,
): Map<string, MessageFacts<'digest'>> {
  const byPerson = new Map<string, Map<DigestTask, Waiting[]>>();
  for (const one of waiting)
    for (const { id } of doersOf(one, colleagues, deputies, day)) {
      const theirs = byPerson.get(id) ?? new Map<DigestTask, Waiting[]>();
      byPerson.set(id, theirs.set(one.task, [...(theirs.get(one.task) ?? []), one]));
    }
  const names = new Map(colleagues.map(({ id, name }) => [id, name]));
  return new Map(
    [...byPerson].map(([id, theirs]) => {
      const groups = digestTasks.flatMap((task) => groupOf(task, theirs.get(task) ?? [], publicUrl));
      const total = groups.reduce((sum, { count }) => sum + count, 0);
      const recipient = names.get(id) ?? id;
      return [id, { kind: 'digest', recipient, audience: 'agency', link: publicUrl, on: day, total, groups }];
    }),
  );
}

function doersOf(
  { task, handler, barred }: Waiting,
  colleagues: readonly Colleague[],
  deputies: readonly Deputy[],
  day: CivilDate,
): readonly Contact[] {
  const holding = (...roles: readonly Role[]): readonly Contact[] =>
    colleagues.filter((person) => roles.some((role) => person.roles.includes(role)));
  const looking = lookingAfter(handler, holding('administrator'), deputies, day);
  const { roles } = tasks[task];
  return roles === null
    ? inTheirStead(looking, holding('administrator'), deputies, day)
    : toldOfWork(holding(...roles), new Set(barred), looking, deputies, day);
}

function groupOf(task: DigestTask, parts: readonly Waiting[], publicUrl: string): Group[] {
  if (parts.length === 0) return [];
  const items = parts
    .flatMap((part) => part.items)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, digestItems);
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return [{ task, count, link: `${publicUrl}/${tasks[task].path}`, items }];
}

/** What waits longest first. */
function keyOf({ since, about, what }: Item): string {
  return `${since ?? '9999-12-31'} ${about} ${what ?? ''}`;
}
