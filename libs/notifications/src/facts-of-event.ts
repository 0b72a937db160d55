import { civilDateOf, daysBetween } from '#domain/civil-date.js';
import type { CivilDate, Instant, TimeZone } from '#domain/civil-date.js';
import type { EventType, NewEvent } from '#domain/events.js';

import { messageKinds } from './message-facts.js';
import type { MessageFacts, MessageKind } from './message-facts.js';

/** Kinds of messages that tell of an event. */
export type ToldType = Extract<EventType, MessageKind>;

interface TrancheAmount {
  readonly tranche: number;
  readonly amount: string;
}

/** Who is written to. */
export interface Reader {
  readonly name: string;
  readonly audience: 'beneficiary' | 'agency';
}

/** What is known, beside the event itself, of what it is about; names and titles as they are now. */
export interface ToldAbout {
  /** Address of the service, without a slash at its end. */
  readonly publicUrl: string;
  readonly timeZone: TimeZone;
  readonly occurredAt: Instant;
  /** Name of whoever did it; null where the service did. */
  readonly by: string | null;
  readonly beneficiary: { readonly id: string; readonly name: string };
  /** Null where it is about the beneficiary itself. */
  readonly grant: GrantTold | null;
  /** Whose address it is about, with the name of the beneficiary they answer for; null for anything else. */
  readonly person: { readonly id: string; readonly name: string; readonly of: string | null } | null;
  /** The account of that version, its middle hidden. */
  accountOf(version: number): { readonly account: string; readonly holder: string | null } | null;
}

export interface GrantTold {
  readonly code: string;
  readonly programme: string;
  readonly amount: string;
  readonly start: CivilDate;
  readonly end: CivilDate;
  readonly handler: { readonly name: string; readonly mail: string | null } | null;
  readonly tranches: readonly TrancheAmount[];
  readonly deadlines: readonly { readonly report: string; readonly dueOn: CivilDate }[];
  /** Title of a report, else its code. */
  titleOf(report: string): string;
  dueOn(report: string): CivilDate;
  /** The tranches that rest on it and are neither paid nor cancelled. */
  waitingOn(report: string): readonly TrancheAmount[];
  /** The report that an evaluation judges, and the last day of its window. */
  judged(evaluation: string): { readonly report: string; readonly until: CivilDate | null };
}

/** Everything a message says of an event, to any reader: `messageFor` adds whom it is written to. */
export type SharedFacts = Readonly<Record<string, unknown>>;

/** The facts of an event that people are told of; null where nobody is. Fixed when the message is recorded. */
export function factsOfEvent(event: NewEvent, about: ToldAbout): SharedFacts | null {
  if (!(messageKinds as readonly string[]).includes(event.type)) return null;
  const write = writers[event.type as ToldType] as (event: NewEvent, about: ToldAbout) => SharedFacts;
  return write(event, about);
}

/** The facts of one message to one reader. */
export function messageFor(reader: Reader, kind: string, shared: SharedFacts): MessageFacts {
  return { kind, recipient: reader.name, audience: reader.audience, ...shared } as MessageFacts;
}

/** An account number with its middle hidden: `BE68 •••• •••• 7034`. */
export function hiddenAccount(iban: string): string {
  return `${iban.slice(0, 4)} •••• •••• ${iban.slice(-4)}`;
}

type Writers = {
  readonly [T in ToldType]: (
    event: Extract<NewEvent, { type: T }>,
    about: ToldAbout,
  ) => Omit<MessageFacts<T>, 'kind' | 'recipient' | 'audience'>;
};

const writers: Writers = {
  'grant.awarded': ({ data }, about) => {
    const grant = grantOf(about);
    const { amount, start, end, decision } = data;
    const { tranches, deadlines } = grant;
    return { ...ofGrant(about), amount, start, end, ...decided(decision), tranches, deadlines };
  },
  'grant.suspended': ({ reason }, about) => ({ ...ofGrant(about), ...because(reason) }),
  'grant.resumed': ({ reason }, about) => ({ ...ofGrant(about), ...because(reason) }),
  'grant.terminated': ({ data, reason }, about) => {
    const spared = grantOf(about).tranches.find(({ tranche }) => tranche === data.tranche);
    return { ...ofGrant(about), ...because(reason), ...decided(data.decision), ...spared };
  },
  'grant.closed': (_, about) => ofGrant(about),
  'grant.reopened': ({ data, reason }, about) => ({
    ...ofGrant(about),
    ...because(reason),
    ...decided(data.decision),
  }),
  'deadline.extended': ({ data, reason }, about) => ({
    ...ofReport(data.report, about),
    dueOn: data.dueOn,
    previousDueOn: data.previousDueOn,
    ...because(reason),
  }),
  'deadline.restored': ({ data, reason }, about) => ({
    ...ofReport(data.report, about),
    dueOn: data.dueOn,
    previousDueOn: data.previousDueOn,
    ...because(reason),
  }),
  'extension.asked': ({ data, reason }, about) => ({
    ...ofDueReport(data.report, about),
    until: data.until,
    ...because(reason),
  }),
  'extension.refused': ({ data, reason }, about) => ({
    ...ofDueReport(data.report, about),
    until: data.until,
    ...because(reason),
  }),
  'reminder.sent': ({ data }, about) => {
    const facts = ofReport(data.report, about);
    const days = daysBetween(facts.on, data.dueOn);
    return { ...facts, dueOn: data.dueOn, overdue: days < 0, days: Math.abs(days) };
  },
  'report.escalated': ({ data }, about) => {
    const facts = ofReport(data.report, about);
    return { ...facts, dueOn: data.dueOn, days: Math.max(0, daysBetween(data.dueOn, facts.on)) };
  },
  'report.submitted': ({ data }, about) => ({
    ...ofReport(data.report, about),
    dueOn: data.dueOn,
    late: data.late,
    ...costs(data.costs),
  }),
  'report.returned': ({ data, reason }, about) => ({
    ...ofReport(data.report, about),
    dueOn: data.dueOn,
    ...because(reason),
  }),
  'report.accepted': ({ data }, about) => ({ ...ofReport(data.report, about), ...costs(data.costs) }),
  'report.reopened': ({ data, reason }, about) => ({ ...ofReport(data.report, about), ...because(reason) }),
  'report.waived': ({ data, reason }, about) => ({ ...ofReport(data.report, about), ...because(reason) }),
  'evaluation.opened': ({ data }, about) => ofEvaluation(data.evaluation, about),
  'evaluation.recommended': ({ data, reason }, about) => ({
    ...ofEvaluation(data.evaluation, about),
    ...outcome(data),
    ...because(reason),
  }),
  'evaluation.decided': ({ data, reason }, about) => ({
    ...ofEvaluation(data.evaluation, about),
    ...outcome(data),
    ...because(reason),
  }),
  'evaluation.reopened': ({ data, reason }, about) => ({
    ...ofEvaluation(data.evaluation, about),
    ...because(reason),
  }),
  'tranche.payable': ({ data }, about) => ofTranche(data, about),
  'tranche.first-approved': ({ data }, about) => ofTranche(data, about),
  'tranche.withheld': ({ data, reason }, about) => ({
    ...ofTranche(data, about),
    ...(data.because === undefined ? {} : { evaluation: data.because.replace(/^evaluation:/, '') }),
    ...because(reason),
  }),
  'tranche.restored': ({ data, reason }, about) => ({
    ...ofTranche(data, about),
    withheld: data.stays === 'withheld',
    ...because(reason),
  }),
  'tranche.reduced': ({ data, reason }, about) => ({
    ...ofTranche(data, about),
    released: data.released,
    ...cause(data.because),
    ...settlement(data),
    ...because(reason),
  }),
  'tranche.cancelled': ({ data, reason }, about) => ({
    ...ofTranche(data, about),
    ...cancelledBecause(data.because),
    ...settlement(data),
    ...because(reason),
  }),
  'payout.settled': ({ data, reason }, about) => ofPayout(data, reason, about),
  'payout.marked-executed': ({ data, reason }, about) => ({
    ...ofPayout(data, reason, about),
    evidence: data.evidence,
  }),
  'payout.rejected': ({ data, reason }, about) => ofPayout(data, reason, about),
  'payout.returned': ({ data, reason }, about) => ofPayout(data, reason, about),
  'payout.unknown': ({ data, reason }, about) => ofPayout(data, reason, about),
  'recovery.proposed': ({ data, reason }, about) => ({
    ...ofRecovery(data, reason, about),
    ...(data.tranche === undefined ? {} : { tranche: data.tranche }),
    ...(data.ground === undefined ? {} : { ground: data.ground }),
  }),
  'recovery.notified': ({ data, reason }, about) => ofRecovery(data, reason, about),
  'recovery.settled': ({ data, reason }, about) => ofRecovery(data, reason, about),
  'recovery.offset': ({ data, reason }, about) => ({
    ...ofRecovery(data, reason, about),
    tranche: data.tranche,
    ...(data.against === undefined ? {} : { against: data.against }),
  }),
  'recovery.waived': ({ data, reason }, about) => ofRecovery(data, reason, about),
  'account.changed': ({ data }, about) => ({
    ...anyone(about),
    beneficiary: about.beneficiary.name,
    account: hiddenAccount(data.iban),
    ...(data.holder === undefined ? {} : { holder: data.holder }),
    ...(data.validFrom === undefined ? {} : { validFrom: data.validFrom }),
    ...(data.validUntil === undefined ? {} : { validUntil: data.validUntil }),
  }),
  'account.payee-checked': ({ data }, about) => {
    const account = about.accountOf(data.version);
    return {
      ...anyone(about),
      beneficiary: about.beneficiary.name,
      account: account?.account ?? `version ${data.version}`,
      ...(account?.holder == null ? {} : { holder: account.holder }),
      result: data.result,
      ...(data.suggested === undefined ? {} : { suggested: data.suggested }),
    };
  },
  'contact.bounced': ({ data }, about) => {
    const { person, publicUrl } = about;
    if (person === null) throw new Error('an address that bounced is that of a person');
    return {
      ...anyone(about),
      link: `${publicUrl}/people/${encodeURIComponent(person.id)}`,
      person: person.name,
      mail: data.mail,
      ...(person.of === null ? {} : { beneficiary: person.of }),
      ...(data.response === '' ? {} : { response: data.response }),
    };
  },
};

function anyone(about: ToldAbout) {
  const { grant, beneficiary, publicUrl } = about;
  const path = grant === null ? `beneficiaries/${beneficiary.id}` : `grants/${grant.code}`;
  return {
    link: `${publicUrl}/${encodeURI(path)}`,
    on: civilDateOf(about.occurredAt, about.timeZone),
    ...(about.by === null ? {} : { by: about.by }),
    ...(grant?.handler == null ? {} : { contact: grant.handler.name }),
    ...(grant?.handler?.mail == null ? {} : { contactMail: grant.handler.mail }),
  };
}

function grantOf({ grant }: ToldAbout): GrantTold {
  if (grant === null) throw new Error('an event of a grant has no grant');
  return grant;
}

function ofGrant(about: ToldAbout) {
  const { code, programme } = grantOf(about);
  return { ...anyone(about), grant: code, programme, beneficiary: about.beneficiary.name };
}

function ofReport(report: string, about: ToldAbout) {
  const grant = grantOf(about);
  return { ...ofGrant(about), report: grant.titleOf(report), waiting: grant.waitingOn(report) };
}

function ofDueReport(report: string, about: ToldAbout) {
  return { ...ofReport(report, about), dueOn: grantOf(about).dueOn(report) };
}

function ofEvaluation(evaluation: string, about: ToldAbout) {
  const { report, until } = grantOf(about).judged(evaluation);
  return { ...ofReport(report, about), evaluation, ...(until === null ? {} : { until }) };
}

function ofTranche(data: TrancheAmount, about: ToldAbout) {
  return { ...ofGrant(about), tranche: data.tranche, amount: data.amount };
}

function ofPayout(
  data: TrancheAmount & { readonly endToEndId: string },
  reason: string | null,
  about: ToldAbout,
) {
  return { ...ofTranche(data, about), reference: data.endToEndId, ...because(reason) };
}

function ofRecovery(
  data: {
    readonly recovery: number;
    readonly amount: string;
    readonly open: string;
    readonly ground?: string;
  },
  reason: string | null,
  about: ToldAbout,
) {
  const { recovery, amount, open, ground } = data;
  return {
    ...ofGrant(about),
    recovery,
    amount,
    open,
    ...(ground === undefined ? {} : { ground }),
    ...because(reason),
  };
}

function because(reason: string | null): { reason?: string } {
  return reason === null ? {} : { reason };
}

function costs(given: string | undefined): { costs?: string } {
  return given === undefined ? {} : { costs: given };
}

function decided(decision: { readonly reference: string; readonly date: string } | undefined) {
  return decision === undefined ? {} : { decisionReference: decision.reference, decisionDate: decision.date };
}

function outcome<T extends { readonly outcome: string; readonly share?: string }>(data: T) {
  return {
    outcome: data.outcome as T['outcome'],
    ...(data.share === undefined ? {} : { share: data.share }),
  };
}

/** `evaluation:<code>`, `recovery:<no>`, `recovery:<grant>:<no>` or `settlement`. */
function cause(text: string) {
  const [kind, first = '', second] = text.split(':');
  if (kind === 'evaluation') return { because: 'evaluation' as const, evaluation: first };
  if (kind !== 'recovery') return { because: 'settlement' as const };
  return second === undefined
    ? { because: 'recovery' as const, recovery: Number(first) }
    : { because: 'recovery' as const, recovery: Number(second), recoveryOf: first };
}

function cancelledBecause(text: string | undefined) {
  if (text === undefined) return { because: 'person' as const };
  if (text.startsWith('evaluation:'))
    return { because: 'evaluation' as const, evaluation: text.slice('evaluation:'.length) };
  return { because: text as 'zero' | 'settlement' | 'terminated' };
}

interface SettlementTerms {
  readonly accepted?: string;
  readonly paid?: string;
  readonly recovered?: string;
  readonly compensated?: string;
}

function settlement({ accepted, paid, recovered, compensated }: SettlementTerms): SettlementTerms {
  return {
    ...(accepted === undefined ? {} : { accepted }),
    ...(paid === undefined ? {} : { paid }),
    ...(recovered === undefined ? {} : { recovered }),
    ...(compensated === undefined ? {} : { compensated }),
  };
}
