// A grant on stage: built and moved by real commands only, so that no test rests on a state that cannot arise.
import { decideAccount } from '#domain/account-decisions.js';
import type { BeneficiaryFile } from '#domain/account.js';
import { draftGrant } from '#domain/award.js';
import type { BusinessCalendar } from '#domain/business-calendar.js';
import { formatLocal, parseMoment } from '#domain/civil-date.js';
import { parseInput } from '#domain/commands.js';
import type { CommandName, Input } from '#domain/commands.js';
import { decideMove, decideUndo, evolveDeadlineMove } from '#domain/deadline-move.js';
import { refuseMoveStranger, refusePastMove, refuseUndone } from '#domain/deadline-move.js';
import type { DeadlineMove, Gathered } from '#domain/deadline-move.js';
import { decideGrant, isGrantCommand } from '#domain/decide.js';
import { dueEvents, nextDueAt } from '#domain/due.js';
import type { Envelope } from '#domain/envelope.js';
import type { AccountEvent, DeadlineMoveEvent, GrantEvent, NewEvent } from '#domain/events.js';
import { evolveAccount } from '#domain/evolve-account.js';
import { evolve } from '#domain/evolve.js';
import type { Decision, Facts } from '#domain/facts.js';
import type { Grant } from '#domain/grant.js';
import { findEvaluation, findReport, findTranche } from '#domain/grant.js';
import type { History } from '#domain/invariants.js';
import { moveDeadline, undoMove } from '#domain/moved-grant.js';
import type { MovedOrNot } from '#domain/moved-grant.js';
import { isFault } from '#domain/parsed.js';
import type { Actor, Contact } from '#domain/people.js';
import { system } from '#domain/people.js';
import type { Plan, PlannedReport, PlannedTranche, Requirement } from '#domain/plan.js';
import { defaultExtensions, defaultReminders } from '#domain/plan.js';
import { refuse } from '#domain/refusal.js';
import type { Refusal } from '#domain/refusal.js';
import { accountFactsOf } from '#domain/usable-account.js';
import type { Deputy } from '#domain/who-is-told.js';

const person = (id: string, roles: Actor['roles'], of: string | null = null): Actor => ({ id, roles, of });

/** The cast: one person per role, a second of those who check each other, and `omni`, who holds four roles. */
export const people = {
  an: person('an', ['administrator']),
  ada: person('ada', ['administrator']),
  els: person('els', ['evaluator']),
  bart: person('bart', ['approver']),
  bea: person('bea', ['approver']),
  fien: person('fien', ['finance']),
  omni: person('omni', ['administrator', 'evaluator', 'approver', 'finance']),
  stad: person('stad', ['beneficiary'], 'antwerpen'),
  gent: person('gent', ['beneficiary'], 'gent'),
  rek: person('rek', ['auditor']),
  op: person('op', ['operator']),
  system,
} as const;
export type PersonId = keyof typeof people;

/** New Year and the first of May of each year are enough holidays to see a shift by. */
export const calendar: BusinessCalendar = {
  code: 'BE',
  fromYear: 2010,
  toYear: 2040,
  holidays: new Map(
    Array.from({ length: 31 }, (_, index) => 2010 + index).flatMap((year) => [
      [`${year}-01-01`, 'Nieuwjaar'] as const,
      [`${year}-05-01`, 'Dag van de Arbeid'] as const,
    ]),
  ),
};

/** `report:interim` and the like as the plan holds them. */
export function requires(...texts: readonly string[]): Requirement[] {
  return texts.map((text) => {
    const [kind, ref] = text.split(':') as [Requirement['kind'], string];
    return { kind, ref };
  });
}

export function tranche(no: number, part: Partial<Omit<PlannedTranche, 'no'>>): PlannedTranche {
  const due = { kind: 'relative', on: 'gate', sign: 1, period: null } as const;
  return { no, amount: { kind: 'remainder' }, due, requires: [], settles: false, ...part };
}

export function report(code: string, part: Partial<Omit<PlannedReport, 'code'>>): PlannedReport {
  const due = { kind: 'relative', on: 'grant-end', sign: 1, period: 'P2M' } as const;
  const rest = { title: null, kind: 'both', shift: 'none', escalate: 'P14D' } as const;
  return { code, due, ...rest, reminders: defaultReminders, extensions: defaultExtensions, ...part };
}

export const percent = (share: number) => ({ kind: 'share', share: share * 10_000 }) as const;
export const euros = (amount: number) =>
  ({ kind: 'amount', amountCents: BigInt(Math.round(amount * 100)) }) as const;
export const atStart = { kind: 'relative', on: 'grant-start', sign: 1, period: null } as const;

/** F1 with a settling last tranche that also asks for a document and an approval. */
export const examplePlan: Plan = {
  timeZone: 'Europe/Brussels',
  calendar: 'BE',
  closingDays: [],
  monthRule: 'same-date',
  tranches: [
    tranche(1, { amount: percent(40), due: atStart }),
    tranche(2, { amount: percent(40), requires: requires('report:interim', 'evaluation:interim') }),
    tranche(3, {
      settles: true,
      requires: requires('report:final', 'evaluation:final', 'document:accounts', 'approval:minister'),
    }),
  ],
  reports: [report('interim', { due: { kind: 'date', on: '2024-02-28' } }), report('final', {})],
  evaluations: [
    {
      code: 'interim',
      report: 'interim',
      window: { from: '2024-03-01', to: '2024-05-31' },
      questions: [],
    },
    { code: 'final', report: 'final', window: null, questions: [] },
  ],
  approval: { fourEyes: true, secondApproverAboveCents: null, coolingOff: null },
};

export interface StageOptions {
  readonly plan?: Plan;
  readonly amount?: string;
  readonly start?: string;
  readonly end?: string;
  readonly handler?: string;
  readonly account?: 'none' | 'unverified' | 'verified';
  readonly contacts?: readonly Contact[];
  readonly administrators?: readonly Contact[];
  /** Code of the grant, where a test has several. */
  readonly code?: string;
  /** Whether approving orders the payout at once, as the service does. */
  readonly orders?: boolean;
  /** The envelopes of its programme, as they stand when a command is decided. */
  readonly envelopes?: () => readonly Envelope[];
  readonly at?: string;
}

/** What a command came to: the events it caused, reactions included, or its refusal. */
export interface Outcome {
  readonly types: readonly string[];
  readonly events: readonly NewEvent[];
  readonly refused: Refusal | null;
}

const longAgo = '2000-01-01T00:00:00.000Z';
const beneficiary = 'antwerpen';

interface DecidedMove {
  readonly no: number;
  readonly decision: Decision;
  /** What happens to the grant where the decision stands. */
  readonly events: readonly NewEvent[];
}

function gatheredOf(found: MovedOrNot): Gathered {
  const obstacles = 'obstacle' in found ? [found.obstacle] : [];
  const windows = 'moved' in found ? found.moved.windows.length : 0;
  const deadlines = 'moved' in found ? 1 : 0;
  return { deadlines, windows, linesHash: '0'.repeat(64), inTheWay: obstacles.length, obstacles };
}

function eventsOf(found: MovedOrNot): readonly NewEvent[] {
  return 'moved' in found ? found.moved.events : [];
}

export class Stage {
  grant: Grant;
  readonly plan: Plan;
  readonly events: GrantEvent[] = [];
  readonly accountEvents: AccountEvent[] = [];
  file: BeneficiaryFile = { id: beneficiary, accounts: [], sequence: 0, lastEventAt: null };
  contacts: readonly Contact[];
  administrators: readonly Contact[];
  deputies: readonly Deputy[] = [];
  now: string;
  #commands = 0;
  readonly #orders: boolean;
  readonly #code: string;
  readonly #envelopes: () => readonly Envelope[];
  /** Bulk moves that looked at this grant, by number. */
  readonly moves = new Map<number, DeadlineMove>();
  /** Further grants of the beneficiary, which commands on this one may name by `against`. */
  readonly others = new Map<string, Stage>();

  constructor(options: StageOptions = {}) {
    this.plan = options.plan ?? examplePlan;
    this.contacts = options.contacts ?? [{ id: 'stad', since: longAgo }];
    this.administrators = options.administrators ?? [{ id: 'an', since: longAgo }];
    this.#orders = options.orders ?? true;
    this.#code = options.code ?? 'REN-ANT';
    this.#envelopes = options.envelopes ?? (() => []);
    this.now = this.#moment(options.at ?? '2022-12-15T10:00');
    const account = options.account ?? 'verified';
    if (account !== 'none') this.account('system', 'change-account', { iban: ibans[0] });
    if (account === 'verified') this.account('system', 'verify-account', {});
    const { amount = '56000.00', start = '2023-01-01', end = '2024-12-31', handler } = options;
    const raw = {
      beneficiary,
      programme: 'REN',
      amount,
      start,
      end,
      ...(handler === undefined ? {} : { handler }),
    };
    const parsed = parseInput('draft-grant', raw);
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    const drafted = draftGrant(null, system, parsed.input, 1);
    if ('refused' in drafted) throw new Error(drafted.refused.code);
    this.grant = null as unknown as Grant;
    this.#record(drafted.events);
  }

  /** Moves the clock to a local moment; nothing falls due before the next command or `sweep`. */
  at(moment: string): this {
    this.now = this.#moment(moment);
    return this;
  }

  local(): string {
    return formatLocal(this.now, this.plan.timeZone);
  }

  facts(): Facts {
    const current = this.file.accounts.at(-1);
    return {
      plan: this.plan,
      calendar,
      account: current === undefined ? null : accountFactsOf(current),
      contacts: this.contacts,
      administrators: this.administrators,
      deputies: this.deputies,
      batched: [],
      envelopes: this.#envelopes(),
      now: this.now,
    };
  }

  /** What a checker of invariants knows of this stage; everything due was swept up to now. */
  history(): History {
    const reminded = { contacts: this.contacts, sweptUntil: this.now };
    return { plan: this.plan, accounts: this.accountEvents, reminded };
  }

  /** Lays what fell due by now. */
  sweep(): Outcome {
    const events = dueEvents(this.grant, this.facts());
    this.#record(events);
    return outcome(events);
  }

  nextDueAt(): string | null {
    return nextDueAt(this.grant, this.facts());
  }

  /** Sweeps at every due moment up to a local moment, then stands there. */
  until(moment: string): Outcome {
    return this.sweepTo(this.#moment(moment));
  }

  /** As `until`, to an instant; `also` names instants in between at which nothing should be due. */
  sweepTo(end: string, also: readonly string[] = []): Outcome {
    const events: NewEvent[] = [...this.sweep().events];
    const between = [...also].sort();
    for (;;) {
      const due = this.nextDueAt();
      const extra = between.find((at) => at > this.now);
      const next = due !== null && (extra === undefined || due < extra) ? due : extra;
      if (next === undefined || next > end) break;
      this.now = next;
      events.push(...this.sweep().events);
    }
    if (end > this.now) this.now = end;
    events.push(...this.sweep().events);
    return outcome(events);
  }

  /** Gives a command as it would be written; what fell due comes first, reactions after. */
  give(by: PersonId | Actor, name: CommandName, raw: Readonly<Record<string, unknown>> = {}): Outcome {
    const actor = typeof by === 'string' ? people[by] : by;
    if (name === 'move-deadlines' || name === 'undo-move') return this.#move(name, actor, raw);
    if (!isGrantCommand(name)) return this.account(by, name, raw);
    this.sweep();
    const parsed = parseInput(name, raw);
    if ('faults' in parsed)
      return outcome([], { code: 'invalid', facts: { faults: parsed.faults, ...parsed.faults[0] } });
    this.#commands += 1;
    const id = `c${this.#commands}`;
    const command = { id, name, actor, grant: this.grant.code, input: raw };
    const other = this.#other(raw);
    const decision: Decision = decideGrant(this.grant, command, parsed.input, this.#factsBeside(other));
    if ('refused' in decision) return outcome([], decision.refused);
    this.#record(decision.events, id);
    if (other !== undefined) other.#record(decision.elsewhere ?? [], id);
    return outcome([...decision.events, ...this.#react(decision.events)]);
  }

  #other({ against }: Readonly<Record<string, unknown>>): Stage | undefined {
    const other = typeof against === 'string' ? this.others.get(against) : undefined;
    other?.sweepTo(this.now);
    return other;
  }

  #factsBeside(other: Stage | undefined): Facts {
    if (other === undefined) return this.facts();
    return { ...this.facts(), other: { grant: other.grant, facts: other.facts() } };
  }

  /** As `give`, and fails the test where it is refused. */
  must(by: PersonId | Actor, name: CommandName, raw: Readonly<Record<string, unknown>> = {}): this {
    const { refused } = this.give(by, name, raw);
    if (refused !== null) throw new Error(`${name} ${JSON.stringify(raw)}: ${JSON.stringify(refused)}`);
    return this;
  }

  /** A bulk move that looks at this grant alone, or its undoing; decided as over many. */
  #move(name: 'move-deadlines' | 'undo-move', actor: Actor, raw: Readonly<Record<string, unknown>>): Outcome {
    this.sweep();
    const parsed = parseInput(name, raw);
    if ('faults' in parsed)
      return outcome([], { code: 'invalid', facts: { faults: parsed.faults, ...parsed.faults[0] } });
    const stranger = refuseMoveStranger(name, actor);
    if (stranger !== null) return outcome([], stranger.refused);
    const decided =
      name === 'move-deadlines'
        ? this.#moveOn(actor, parsed.input as Input<'move-deadlines'>)
        : this.#undo(actor, parsed.input as Input<'undo-move'>);
    if ('refused' in decided.decision) return outcome([], decided.decision.refused);
    this.#record(decided.events, `m${this.#commands}`);
    const [event] = decided.decision.events;
    const sequence = name === 'undo-move' ? 2 : 1;
    const recorded = this.#stamp(event as NewEvent, `deadline-move:${decided.no}`, sequence, 'm');
    const before = this.moves.get(decided.no) ?? null;
    this.moves.set(decided.no, evolveDeadlineMove(before, recorded as unknown as DeadlineMoveEvent));
    return outcome([...decided.events, ...decided.decision.events]);
  }

  #moveOn(actor: Actor, input: Input<'move-deadlines'>): DecidedMove {
    const no = this.moves.size + 1;
    const past = refusePastMove(input.until, this.now, this.plan.timeZone);
    if (past !== null) return { no, decision: past, events: [] };
    const found = moveDeadline(this.grant, actor, input, this.facts(), no);
    return { no, decision: decideMove(actor, input, gatheredOf(found)), events: eventsOf(found) };
  }

  #undo(actor: Actor, { move: no = this.moves.size, reason }: Input<'undo-move'>): DecidedMove {
    const move = this.moves.get(no);
    if (move === undefined) return { no, decision: refuse('not-found', { move: no }), events: [] };
    const early = refuseUndone(move);
    if (early !== null) return { no, decision: early, events: [] };
    const found = undoMove(this.grant, actor, reason ?? null, move, this.facts());
    const input = reason === undefined ? { move: no } : { move: no, reason };
    return { no, decision: decideUndo(move, actor, input, gatheredOf(found)), events: eventsOf(found) };
  }

  /** A command on the beneficiary's stream; its grants look at once at the account in force. */
  account(by: PersonId | Actor, name: CommandName, raw: Readonly<Record<string, unknown>> = {}): Outcome {
    const actor = typeof by === 'string' ? people[by] : by;
    if (this.grant != null) this.sweep();
    const parsed = parseInput(name, raw);
    if ('faults' in parsed)
      return outcome([], { code: 'invalid', facts: { faults: parsed.faults, ...parsed.faults[0] } });
    const command = { id: 'a', name, actor, grant: null, beneficiary, input: raw };
    const decision = decideAccount(this.file, command, parsed.input);
    if ('refused' in decision) return outcome([], decision.refused);
    for (const event of decision.events) {
      const recorded = this.#stamp(event, `beneficiary:${beneficiary}`, this.file.sequence + 1, 'a');
      this.accountEvents.push(recorded as AccountEvent);
      this.file = evolveAccount(this.file, recorded as AccountEvent);
    }
    const followed = this.grant == null ? [] : this.sweep().events;
    return outcome([...decision.events, ...followed]);
  }

  status(no: number): string | undefined {
    return findTranche(this.grant, no)?.status;
  }

  amount(no: number): bigint | undefined {
    return findTranche(this.grant, no)?.amountCents;
  }

  report(code: string): string | undefined {
    return findReport(this.grant, code)?.status;
  }

  evaluation(code: string): string | undefined {
    return findEvaluation(this.grant, code)?.status;
  }

  /** Report in, accepted, recommended by els, decided by bart. */
  judged(code: string, outcomeOf: Readonly<Record<string, unknown>> = {}, costs?: string): this {
    if (this.report(code) === 'expected' || this.report(code) === 'returned')
      this.must('stad', 'submit-report', { report: code, ...(costs === undefined ? {} : { costs }) });
    if (this.report(code) === 'submitted')
      this.must('an', 'accept-report', { report: code, ...(costs === undefined ? {} : { costs }) });
    const judgement = { evaluation: code, outcome: 'favourable', reason: 'as found', ...outcomeOf };
    this.must('els', 'recommend-evaluation', judgement);
    return this.must('bart', 'decide-evaluation', judgement);
  }

  /** Approved by bart, paid by fien. */
  paid(no: number): this {
    this.must('bart', 'approve-tranche', { tranche: no });
    if (this.status(no) === 'approved') this.must('system', 'order-payout', { tranche: no });
    return this.must('fien', 'confirm-payout', { tranche: no });
  }

  /** The service's own reaction: it orders what is approved and not held. */
  #react(events: readonly NewEvent[]): NewEvent[] {
    const stirring = ['tranche.approved', 'grant.resumed', 'grant.terminated'];
    if (!this.#orders || !events.some(({ type }) => stirring.includes(type))) return [];
    return this.grant.tranches
      .filter(({ status }) => status === 'approved')
      .flatMap(({ no }) => this.give('system', 'order-payout', { tranche: no }).events);
  }

  #record(events: readonly NewEvent[], commandId = ''): void {
    for (const event of events) {
      const sequence = (this.grant?.sequence ?? 0) + 1;
      const recorded = this.#stamp(event, `grant:${this.#code}`, sequence, commandId) as GrantEvent;
      this.events.push(recorded);
      this.grant = evolve(this.grant, recorded, this.plan);
    }
  }

  #stamp(event: NewEvent, stream: string, sequence: number, commandId: string): GrantEvent | AccountEvent {
    return { ...event, stream, sequence, version: 1, commandId, occurredAt: this.now } as
      GrantEvent | AccountEvent;
  }

  #moment(moment: string): string {
    const parsed = parseMoment(moment, this.plan.timeZone);
    if (isFault(parsed)) throw new Error(parsed.fault);
    return parsed.value;
  }
}

/** Account numbers with right check digits. */
export const ibans = ['BE68539007547034', 'BE43068999999501', 'BE71096123456769'] as const;

function outcome(events: readonly NewEvent[], refused: Refusal | null = null): Outcome {
  return { events, types: events.map(({ type }) => type), refused };
}
