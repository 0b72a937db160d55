import type { CivilDate, Instant } from './civil-date.js';
import { addPeriod, civilDateOf, defaultTimeZone } from './civil-date.js';
import type { Command, CommandName, Input } from './commands.js';
import { shapeOf } from './commands.js';
import { reasonRequired } from './decision.js';
import { cents } from './event-values.js';
import type { BatchEvent, NewEvent } from './events.js';
import { by } from './facts.js';
import type { Decision } from './facts.js';
import type { Machine } from './machine.js';
import { allows, move, statesAllowing } from './machine.js';
import type { Cents } from './money.js';
import { formatAmount } from './money.js';
import { holds } from './people.js';
import { refuse, refuseInvalid } from './refusal.js';
import type { Refused } from './refusal.js';

/**
 * Life of a payout batch. Released it is sealed: from then on it goes to the bank whole or is discarded
 * whole. Exporting again gives the same bytes, also after it was handed over.
 */
export const batchMachine = {
  built: { 'batch.released': 'released', 'batch.discarded': 'discarded' },
  released: { 'batch.exported': 'exported', 'batch.discarded': 'discarded' },
  exported: {
    'batch.exported': 'exported',
    'batch.discarded': 'discarded',
    'batch.handed-over': 'handed-over',
  },
  'handed-over': { 'batch.exported': 'handed-over' },
  discarded: {},
} as const satisfies Machine<'built' | 'released' | 'exported' | 'handed-over' | 'discarded'>;
export type BatchStatus = keyof typeof batchMachine;
const machine: Machine<BatchStatus> = batchMachine;

/** The states in which a batch binds its payouts: none of them moves but with it. */
export const openBatchStatuses: readonly BatchStatus[] = ['built', 'released', 'exported'];

/** A payout batch without its lines: the third consistency boundary, with a stream of its own. */
export interface Batch {
  /** Counts from 1 within an installation. */
  readonly no: number;
  readonly status: BatchStatus;
  readonly profile: string;
  readonly profileVersion: number;
  readonly lines: number;
  readonly amountCents: Cents;
  /** Hex SHA-256 over its lines; with the sealed event it proves that none was changed. */
  readonly linesHash: string;
  /** The day on which the bank is asked to pay; null until released where nobody stated one. */
  readonly executeOn: CivilDate | null;
  readonly messageId: string | null;
  readonly builtBy: string;
  readonly builtAt: Instant;
  readonly releasedBy: string | null;
  readonly releasedAt: Instant | null;
  /** Its file as it was last exported. */
  readonly file: BatchFile | null;
  readonly handedOverBy: string | null;
  readonly handedOverAt: Instant | null;
  readonly sequence: number;
  readonly lastEventAt: Instant | null;
}

export interface BatchFile {
  readonly format: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly exportedBy: string;
  readonly exportedAt: Instant;
}

/** A payout that a batch binds, or that a batch took along and whose grant does not say so yet. */
export interface BatchedPayout {
  readonly endToEndId: string;
  readonly tranche: number;
  readonly batch: number;
  readonly status: BatchStatus;
  readonly handedOverBy: string | null;
  /** The batch's event that handed it over; names the command under which the grant records it. */
  readonly handedOverSequence: number | null;
}

/** A payout that cannot go into a batch, or a line that cannot go out, and why. */
export interface Exclusion {
  readonly endToEndId: string;
  readonly because: string;
}

/** What a decision on a batch may look at beside the batch. */
export interface BatchFacts {
  readonly now: Instant;
  /** Lines that could not be paid if they went out now; asked at release, export and hand-over. */
  readonly unfit: readonly Exclusion[];
}

/** What was gathered for a new batch. */
export interface Gathered {
  readonly lines: number;
  readonly amountCents: Cents;
  readonly linesHash: string;
  readonly profile: string;
  readonly profileVersion: number;
  readonly exclusions: readonly Exclusion[];
}

/** What was made of a sealed batch's file. */
export interface MadeFile {
  readonly format: string;
  readonly sha256: string;
  readonly bytes: number;
}

export type BatchCommandName = 'release-batch' | 'discard-batch' | 'export-batch' | 'hand-over-batch';
const eventOf = {
  'release-batch': 'batch.released',
  'discard-batch': 'batch.discarded',
  'export-batch': 'batch.exported',
  'hand-over-batch': 'batch.handed-over',
} as const satisfies Record<BatchCommandName, BatchEvent['type']>;

/** The most exclusions or lines that a refusal names. */
const MOST_NAMED = 20;

/** Builds a batch from what was gathered; refused where nothing can go, with what stands in the way. */
export function decideBuild(
  { actor }: Pick<Command, 'actor'>,
  input: Input<'build-batch'>,
  gathered: Gathered,
  now: Instant,
): Decision {
  const past = refuseDay(input.executeOn ?? null, now);
  if (past !== null) return past;
  const { lines, amountCents, exclusions, ...made } = gathered;
  if (lines === 0)
    return refuse('wrong-state', {
      message: 'no ordered payout can go into a batch',
      excluded: exclusions.slice(0, MOST_NAMED),
      needed: ['at least one ordered payout that nothing holds'],
    });
  const { programme, dueBy, atLeast, atMost, executeOn } = input;
  const filters = {
    ...(programme === undefined ? {} : { programme }),
    ...(dueBy === undefined ? {} : { dueBy }),
    ...(atLeast === undefined ? {} : { atLeast: formatAmount(atLeast) }),
    ...(atMost === undefined ? {} : { atMost: formatAmount(atMost) }),
  };
  return {
    events: [
      by(actor, 'batch.built', {
        lines,
        amount: formatAmount(amountCents),
        ...made,
        excluded: exclusions.length,
        ...(executeOn === undefined ? {} : { executeOn }),
        ...filters,
      }),
    ],
  };
}

/** Refuses, before anything is looked up, whoever may not give the command at all. */
export function refuseBatchStranger(name: CommandName, { actor }: Pick<Command, 'actor'>): Refused | null {
  const allowed = shapeOf(name).roles.some((role) => holds(actor, role));
  return allowed ? null : refuse('not-allowed', { command: name, by: actor.id });
}

/**
 * Decides what becomes of a batch. Releasing is not building, whatever the plan says of four eyes; release,
 * export and hand-over look at every line again, and a held one refuses the step and is named (domain.md,
 * "Four eyes", I8, I9). `file` is what an export made.
 */
export function decideBatch(
  batch: Batch,
  name: BatchCommandName,
  command: Pick<Command, 'actor'>,
  input: { readonly reason?: string },
  facts: BatchFacts,
  file: MadeFile | null = null,
): Decision {
  const stranger = refuseBatchStranger(name, command);
  if (stranger !== null) return stranger;
  const { actor } = command;
  const { no, status } = batch;
  const event = eventOf[name];
  if (!allows(machine, status, event))
    return refuse('wrong-state', { batch: no, state: status, needed: statesAllowing(machine, event) });
  switch (name) {
    case 'release-batch': {
      if (actor.id === batch.builtBy) return refuse('four-eyes', { who: batch.builtBy, did: 'build-batch' });
      const executeOn = batch.executeOn ?? civilDateOf(facts.now, defaultTimeZone);
      const refused = refuseUnfit(batch, facts) ?? refuseDay(executeOn, facts.now);
      return refused ?? one(by(actor, event as 'batch.released', { executeOn, messageId: messageIdOf(no) }));
    }
    case 'discard-batch':
      return (
        reasonRequired(input.reason) ?? one(by(actor, event as 'batch.discarded', {}, input.reason ?? null))
      );
    case 'export-batch': {
      if (file === null) throw new Error(`no file was made of batch ${no}`);
      // What has gone already is only looked at again.
      const refused = status === 'handed-over' ? null : refuseUnfit(batch, facts);
      return refused ?? one(by(actor, event as 'batch.exported', { ...file }));
    }
    default: {
      const { lines, amountCents } = batch;
      const data = { lines, amount: formatAmount(amountCents) };
      return refuseUnfit(batch, facts) ?? one(by(actor, event as 'batch.handed-over', data));
    }
  }
}

function one(event: NewEvent): Decision {
  return { events: [event] };
}

/** MsgId of a batch's file: unique for ever, because batches are numbered for ever. */
export function messageIdOf(no: number): string {
  return `SLUIS-${String(no).padStart(7, '0')}`;
}

/**
 * Whether a copy of the file may be given out: never of a batch that was discarded, whose payouts go another way;
 * until it was handed over only while no line is held; afterwards always, since it has gone. Null: it may.
 */
export function refuseCopy(batch: Batch, facts: BatchFacts): Refused | null {
  const { no, status, file } = batch;
  if (file === null || status === 'discarded')
    return refuse('wrong-state', { batch: no, state: status, needed: ['exported', 'handed-over'] });
  return status === 'handed-over' ? null : refuseUnfit(batch, facts);
}

/** Held lines by their state, so that the refusal is that of the single payout. */
function refuseUnfit({ no }: Batch, { unfit }: BatchFacts): Refused | null {
  const [first] = unfit;
  if (first === undefined) return null;
  const facts = { batch: no, payout: first.endToEndId, lines: unfit.slice(0, MOST_NAMED) };
  if (first.because === 'grant-suspended') return refuse('grant-suspended', facts);
  if (first.because === 'account-not-verified') return refuse('account-not-verified', facts);
  return refuse('wrong-state', {
    ...facts,
    state: first.because,
    needed: ['every line ordered and not held; else discard the batch and build another'],
  });
}

/** The bank pays today at the earliest, and takes no order for longer than a year ahead. */
function refuseDay(executeOn: CivilDate | null, now: Instant): Refused | null {
  const today = civilDateOf(now, defaultTimeZone);
  if (executeOn === null) return null;
  if (executeOn < today)
    return refuseInvalid(
      'executeOn',
      `${executeOn} is already past; the bank pays today (${today}) or later`,
    );
  const last = addPeriod(today, 'P1Y', 1);
  return executeOn > last
    ? refuseInvalid('executeOn', `${executeOn} is more than a year ahead; name a day up to ${last}`)
    : null;
}

/** The batch after an event of its stream (I6). */
export function evolveBatch(batch: Batch | null, event: BatchEvent): Batch {
  const stamp = { sequence: event.sequence, lastEventAt: event.occurredAt };
  if (event.type === 'batch.built') return { ...built(event), ...stamp };
  if (batch === null) throw new Error(`${event.stream} begins with ${event.type}, not with batch.built`);
  const moved = { ...batch, ...stamp, status: move(machine, batch.status, event.type) };
  const { actor, occurredAt } = event;
  switch (event.type) {
    case 'batch.released': {
      const { executeOn, messageId } = event.data;
      return { ...moved, executeOn, messageId, releasedBy: actor, releasedAt: occurredAt };
    }
    case 'batch.exported':
      return { ...moved, file: { ...event.data, exportedBy: actor, exportedAt: occurredAt } };
    case 'batch.handed-over':
      return { ...moved, handedOverBy: actor, handedOverAt: occurredAt };
    default:
      return moved;
  }
}

function built({ stream, data, actor, occurredAt }: Extract<BatchEvent, { type: 'batch.built' }>): Batch {
  return {
    no: Number(stream.slice('batch:'.length)),
    status: 'built',
    profile: data.profile,
    profileVersion: data.profileVersion,
    lines: data.lines,
    amountCents: cents(data.amount),
    linesHash: data.linesHash,
    executeOn: data.executeOn ?? null,
    messageId: null,
    builtBy: actor,
    builtAt: occurredAt,
    releasedBy: null,
    releasedAt: null,
    file: null,
    handedOverBy: null,
    handedOverAt: null,
    sequence: 0,
    lastEventAt: null,
  };
}
