import type { Actor, Role } from '#domain/people.js';
import type { Signed } from '#persistence/views/person.view.js';

/** Who reads what: everything of it, or only their own. Whoever is not named may not read it at all. */
type Readers = Partial<Readonly<Record<Role, 'all' | 'own'>>>;

const agency = { administrator: 'all', evaluator: 'all', approver: 'all', finance: 'all' } as const;
/** Whoever looks after the money. */
const finance = { administrator: 'all', approver: 'all', finance: 'all', auditor: 'all' } as const;
const files = { ...agency, auditor: 'all', beneficiary: 'own' } as const;

/**
 * The table of read permissions (domain.md, "Who may do what"; I10). An operator looks after people, tokens
 * and operations and reads no files; what fails is operations. A beneficiary's own: its grants with their
 * deadlines, payouts and schedule, the programmes those are under, its accounts and its own people; of messages, everyone's
 * own are those to them; of refusals, those of the person's own commands on its grants and account.
 */
export const reads = {
  programmes: files,
  beneficiaries: files,
  grants: files,
  events: files,
  deadlines: files,
  'deadline-moves': { ...agency, auditor: 'all' },
  envelopes: { ...agency, auditor: 'all' },
  payouts: files,
  schedule: { ...finance, beneficiary: 'own' },
  'payouts-done': { ...finance, beneficiary: 'own' },
  forecast: finance,
  commitments: finance,
  ageing: finance,
  batches: { ...agency, auditor: 'all' },
  // Their files show the account numbers anyway; to the others of the agency they are shortened.
  'payment-accounts': { finance: 'all', approver: 'all', auditor: 'all' },
  'payment-files': { finance: 'all', auditor: 'all' },
  'bank-profiles': { ...agency, auditor: 'all' },
  'bank-files': { administrator: 'all', finance: 'all', auditor: 'all' },
  'mail-templates': { ...agency, auditor: 'all' },
  messages: { ...files, operator: 'own' },
  // Of a beneficiary's people only those to themselves.
  mails: {
    administrator: 'all',
    auditor: 'all',
    operator: 'all',
    evaluator: 'own',
    approver: 'own',
    finance: 'own',
    beneficiary: 'own',
  },
  refusals: files,
  // Where events go and whether they arrive; what they say is of files, which an operator does not read.
  webhooks: { administrator: 'all', auditor: 'all', operator: 'all' },
  'webhook-payloads': { administrator: 'all', auditor: 'all' },
  failures: { administrator: 'all', finance: 'all', auditor: 'all', operator: 'all' },
  people: { ...agency, auditor: 'all', operator: 'all', beneficiary: 'own' },
  tokens: {
    operator: 'all',
    administrator: 'own',
    evaluator: 'own',
    approver: 'own',
    finance: 'own',
    auditor: 'own',
    beneficiary: 'own',
  },
  'calendar-feeds': {
    operator: 'all',
    administrator: 'own',
    evaluator: 'own',
    approver: 'own',
    finance: 'own',
    beneficiary: 'own',
  },
} as const satisfies Record<string, Readers>;
export type Readable = keyof typeof reads;

/** Who keeps which register. Commands on grants and accounts have their roles in the catalogue of the domain. */
export const keeps = {
  programmes: ['administrator'],
  beneficiaries: ['administrator'],
  envelopes: ['administrator'],
  'bank-profiles': ['administrator', 'finance'],
  'mail-templates': ['administrator'],
  mails: ['administrator', 'operator'],
  people: ['operator'],
  contacts: ['administrator'],
  deputies: ['operator', 'administrator'],
  tokens: ['operator'],
  webhooks: ['administrator'],
} as const satisfies Record<string, readonly Role[]>;
export type Register = keyof typeof keeps;

/** Who says where a person's mail goes and who stands in for them: they themselves, whatever their role. */
export function mayFor(by: Signed, person: string): readonly Role[] {
  return by.id === person ? by.roles : keeps.deputies;
}

/** How much of it this person reads; null: none. */
export function scopeOf(person: Actor, what: Readable): 'all' | 'own' | null {
  const readers: Readers = reads[what];
  const scopes = person.roles.map((role) => (role === 'system' ? undefined : readers[role]));
  if (scopes.includes('all')) return 'all';
  return scopes.includes('own') ? 'own' : null;
}

/** May a simulation be run: everyone who is someone, but whoever answers for a beneficiary. */
export function maySimulate(person: Actor): boolean {
  return !person.roles.includes('beneficiary');
}
