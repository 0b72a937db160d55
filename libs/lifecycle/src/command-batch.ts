import { decideAccount } from '#domain/account-decisions.js';
import { draftGrant } from '#domain/award.js';
import { type Instant, civilDateOf } from '#domain/civil-date.js';
import type { Input } from '#domain/commands.js';
import { shapeOf } from '#domain/commands.js';
import { decideGrant } from '#domain/decide.js';
import { type Envelope, committedCents } from '#domain/envelope.js';
import type { NewEvent } from '#domain/events.js';
import type { Decision, Facts } from '#domain/facts.js';
import type { Grant } from '#domain/grant.js';
import { holds } from '#domain/people.js';
import { type Refusal, type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import { toldOf } from '#domain/who-is-told.js';
import type { ChainedEvent, Slice } from '#persistence/event-log.js';
import { GrantChanges } from '#persistence/grant-changes.js';
import { type LoadedBatch, refusalKey } from '#persistence/grant-file.js';
import type { Plans } from '#persistence/plans.js';

import { OpenBeneficiary, OpenGrant } from './open-streams.js';
import type { Outcome } from './outcome.js';
import { type Prepared, isAccountCommand, keptInput, otherGrantOf, staleHash } from './prepared-command.js';

/** An accepted command that is known: its events lie in the log and are read again. */
export interface Replay {
  readonly replay: Slice & { readonly at: Instant };
}

/** The stream a command runs on: how it decides there and lays down what happened. */
interface Target {
  readonly stream: string;
  readonly sequence: number;
  /** What comes first whatever becomes of the command; what fell due. */
  readonly prepare: () => void;
  readonly decide: () => Decision;
  readonly append: OpenGrant['append'];
  readonly reached: () => number;
  /** The other grant that the command acts on as well. */
  readonly other?: OpenGrant | undefined;
}

/** Decides a batch of commands in memory, one after another, over what was loaded under lock. */
export class CommandBatch {
  readonly changes = new GrantChanges();
  readonly #grants = new Map<string, OpenGrant>();
  readonly #beneficiaries = new Map<string, OpenBeneficiary>();
  readonly #facts = new Map<OpenGrant, Facts>();
  /** Ids of this batch, with what they came to. */
  readonly #seen = new Map<string, { readonly hash: string; readonly outcome: Outcome }>();

  constructor(
    readonly loaded: LoadedBatch,
    readonly plans: Plans,
  ) {
    for (const [id, beneficiary] of loaded.beneficiaries)
      this.#beneficiaries.set(id, new OpenBeneficiary(id, beneficiary));
    for (const [code, grant] of loaded.grants) {
      const known = plans.get(grant.grant.programme, grant.grant.planVersion);
      if (known === undefined) throw new Error(`the plan of grant ${code} was not fetched`);
      this.#grants.set(code, new OpenGrant(code, grant, known));
    }
  }

  /** The grants that this batch made or changed. */
  get changed(): OpenGrant[] {
    return [...this.#grants.values()].filter(({ events }) => events.length > 0);
  }

  /** Lays what fell due for a loaded grant, without a command. */
  due(code: string, commandId?: string): void {
    const open = this.#grants.get(code);
    if (open !== undefined) open.layDue(this.#factsOf(open), commandId);
  }

  /** A loaded grant with what a decision may look at, once what fell due is laid; null where there is none. */
  look(code: string): { readonly grant: Grant; readonly facts: Facts } | null {
    const open = this.#grants.get(code);
    if (open === undefined) return null;
    open.layDue(this.#factsOf(open));
    return open.grant === null ? null : { grant: open.grant, facts: this.#factsOf(open) };
  }

  /** Lays what a command over many grants decided for one of them. */
  append(code: string, events: readonly NewEvent[], commandId: string): void {
    const open = this.#grants.get(code);
    if (open === undefined) throw new Error(`grant ${code} is not loaded`);
    open.append(events, commandId, this.loaded.now);
  }

  /** Decides one command. Commands on the same stream see what the ones before them made of it. */
  run(prepared: Prepared): Outcome | Replay {
    return this.#known(prepared) ?? this.#decide(prepared);
  }

  /** Hands everything to be written to `changes`; afterwards nothing may be run any more. */
  collect(): GrantChanges {
    for (const open of this.#grants.values()) open.collect(this.changes, this.#factsOf(open));
    for (const open of this.#beneficiaries.values()) open.collect(this.changes);
    return this.changes;
  }

  #known(prepared: Prepared): Outcome | Replay | null {
    const { id } = prepared.request;
    const seen = this.#seen.get(id);
    if (seen !== undefined)
      return seen.hash === prepared.hash ? { ...seen.outcome, replayed: true } : this.#reused(prepared);
    const known = this.loaded.commands.get(id);
    if (known === undefined) return null;
    if (known.hash !== prepared.hash) return this.#reused(prepared);
    if (known.refused) {
      const refused = this.loaded.refusals.get(refusalKey(id, known.hash));
      if (refused === undefined) throw new Error(`the refusal of command ${id} is not on record`);
      return { accepted: false, refused, now: known.at, replayed: true };
    }
    if (known.stream === null || known.first === null || known.last === null) return this.#reused(prepared);
    return { replay: { stream: known.stream, first: known.first, last: known.last, at: known.at } };
  }

  #reused(prepared: Prepared): Outcome {
    const { id } = prepared.request;
    const before = this.loaded.refusals.get(refusalKey(id, prepared.hash));
    const facts = { message: 'this command id was given before, with other content; take a new one' };
    const { refused } = before === undefined ? refuse('command-reused', facts) : { refused: before };
    if (before === undefined) this.#recordRefusal(prepared, refused, null, prepared.hash);
    return { accepted: false, refused, now: this.loaded.now, replayed: before !== undefined };
  }

  #decide(prepared: Prepared): Outcome {
    const { request, input } = prepared;
    if (isRefused(input)) return this.#refuse(prepared, input.refused, null);
    const target = isAccountCommand(prepared)
      ? this.#account(prepared, input)
      : request.name === 'draft-grant'
        ? this.#draft(prepared, input as Input<'draft-grant'>)
        : this.#grant(prepared, input);
    if (isRefused(target)) return this.#refuse(prepared, target.refused, null);
    const stale = request.expectedSequence !== undefined && request.expectedSequence !== target.sequence;
    if (stale) return this.#stale(prepared, target);
    target.prepare();
    const first = target.reached();
    const decision = target.decide();
    if (isRefused(decision)) return this.#refuse(prepared, decision.refused, target.stream);
    const events = target.append(decision.events, request.id, this.loaded.now);
    // The answer is what happened on the command's own stream, as when it is read again for a replay.
    target.other?.append(decision.elsewhere ?? [], request.id, this.loaded.now);
    return this.#accept(prepared, target, events, first);
  }

  #grant(prepared: Prepared, input: Input): Target | Refused {
    const { request } = prepared;
    const code = request.grant ?? '';
    const open = this.#grants.get(code);
    if (open === undefined || open.grant === null) return refuse('not-found', { grant: code });
    const other = this.#otherGrant(prepared);
    return {
      stream: open.tail.stream,
      sequence: open.tail.sequence,
      other,
      prepare: () => {
        for (const one of other === undefined ? [open] : [open, other]) one.layDue(this.#factsOf(one));
      },
      decide: () => {
        if (open.grant === null) throw new Error(`grant ${code} is gone`);
        const known = this.#factsOfBoth(open, other);
        const facts =
          request.name === 'award' ? { ...known, envelopes: this.#envelopesOf(open.grant.programme) } : known;
        const decision = decideGrant(open.grant, request, input, facts);
        const handler = request.name === 'assign-handler' && (input as Input<'assign-handler'>).handler;
        // After the rules, so that whoever may not ask does not learn who exists.
        return handler && !isRefused(decision) ? (this.#refuseHandler(handler) ?? decision) : decision;
      },
      append: (...args) => open.append(...args),
      reached: () => open.tail.sequence,
    };
  }

  /** The grant that a command names beside its own, where it exists; it was locked and loaded with it. */
  #otherGrant(prepared: Prepared): OpenGrant | undefined {
    const code = otherGrantOf(prepared);
    if (code === undefined || code === prepared.request.grant) return undefined;
    const open = this.#grants.get(code);
    return open?.grant == null ? undefined : open;
  }

  #factsOfBoth(open: OpenGrant, other: OpenGrant | undefined): Facts {
    const facts = this.#factsOf(open);
    if (other?.grant == null) return facts;
    return { ...facts, other: { grant: other.grant, facts: this.#factsOf(other) } };
  }

  /** The envelopes of a programme as this batch has left them: what its awards took and its releases gave back. */
  #envelopesOf(programme: string): Envelope[] {
    const loaded = this.loaded.envelopes.get(programme) ?? [];
    return loaded.map((envelope) => {
      const of = (grant: Grant | null | undefined): bigint =>
        grant != null && commits(grant, programme, envelope) ? committedCents(grant) : 0n;
      const changed = [...this.#grants.values()].reduce(
        (sum, open) => sum + of(open.grant) - of(open.loaded?.grant),
        0n,
      );
      return { ...envelope, committedCents: envelope.committedCents + changed };
    });
  }

  #draft({ request }: Prepared, input: Input<'draft-grant'>): Target | Refused {
    const code = request.grant ?? '';
    const { programme, beneficiary, handler } = input;
    const version = input.planVersion ?? this.loaded.programmes.get(programme);
    const known = version === undefined ? undefined : this.plans.get(programme, version);
    if (version === undefined || known === undefined)
      return refuse(
        'not-found',
        this.loaded.programmes.has(programme) && version !== undefined
          ? { programme, planVersion: version }
          : { programme },
      );
    if (!this.#beneficiaries.has(beneficiary)) return refuse('not-found', { beneficiary });
    const existing = this.#grants.get(code);
    const open = existing ?? new OpenGrant(code, null, known);
    return {
      stream: `grant:${code}`,
      sequence: open.tail.sequence,
      prepare: () => undefined,
      decide: () => {
        if (!shapeOf(request.name).roles.some((role) => holds(request.actor, role)))
          return refuse('not-allowed', { command: request.name, by: request.actor.id });
        const unfit = handler === undefined ? null : this.#refuseHandler(handler);
        return unfit ?? draftGrant(open.grant, request.actor, input, version);
      },
      append: (...args) => {
        this.#grants.set(code, open);
        return open.append(...args);
      },
      reached: () => open.tail.sequence,
    };
  }

  #account({ request }: Prepared, input: Input): Target | Refused {
    const { grant, beneficiary } = request;
    const id = beneficiary ?? this.loaded.viaGrants.get(grant ?? '');
    const open = id === undefined ? undefined : this.#beneficiaries.get(id);
    const file = open?.file;
    if (open === undefined || file == null)
      return refuse('not-found', beneficiary === undefined ? { grant } : { beneficiary });
    return {
      stream: open.tail.stream,
      sequence: open.tail.sequence,
      prepare: () => undefined,
      decide: () => decideAccount(open.file ?? file, request, input),
      append: (...args) => open.append(...args),
      reached: () => open.tail.sequence,
    };
  }

  #refuseHandler(handler: string): Refused | null {
    const person = this.loaded.people.get(handler);
    if (person === undefined) return refuse('not-found', { handler });
    return holds(person, 'administrator')
      ? null
      : refuseInvalid('handler', `a grant is handled by an administrator, which ${handler} is not`);
  }

  #factsOf(open: OpenGrant): Facts {
    const owner = open.grant?.beneficiary ?? '';
    const beneficiary = this.#beneficiaries.get(owner);
    if (beneficiary === undefined) throw new Error(`the beneficiary of grant ${open.code} was not loaded`);
    const { account } = beneficiary;
    const known = this.#facts.get(open);
    if (known !== undefined && known.account === account) return known;
    const { contacts: persons, named: ofBeneficiary } = beneficiary.loaded;
    const { administrators, deputies, now } = this.loaded;
    const { batched, named: ofGrant } = open.loaded ?? { batched: [], named: [] };
    const { plan, calendar } = open.known;
    const today = civilDateOf(now, plan.timeZone);
    const contacts = toldOf('reports', persons, { ofGrant, ofBeneficiary, deputies }, today);
    const facts = { plan, calendar, account, contacts, administrators, deputies, now, batched };
    this.#facts.set(open, facts);
    return facts;
  }

  #accept(prepared: Prepared, target: Target, events: ChainedEvent[], first: number): Outcome {
    const { request, hash } = prepared;
    const { now } = this.loaded;
    const sequence = target.reached();
    this.changes.command({
      id: request.id,
      inputHash: hash,
      name: request.name,
      stream: target.stream,
      actor: request.actor.id,
      at: now,
      refused: false,
      firstSequence: first,
      lastSequence: sequence,
    });
    return this.#remember(prepared, { accepted: true, events, now, sequence, replayed: false });
  }

  #refuse(prepared: Prepared, refused: Refusal, stream: string | null): Outcome {
    const { request, hash, recordable } = prepared;
    const { now } = this.loaded;
    if (recordable) {
      this.changes.command({
        id: request.id,
        inputHash: hash,
        name: request.name,
        stream,
        actor: request.actor.id,
        at: now,
        refused: true,
        firstSequence: null,
        lastSequence: null,
      });
      this.#recordRefusal(prepared, refused, stream, hash);
    }
    return this.#remember(prepared, { accepted: false, refused, now, replayed: false });
  }

  #remember(prepared: Prepared, outcome: Outcome): Outcome {
    if (prepared.recordable) this.#seen.set(prepared.request.id, { hash: prepared.hash, outcome });
    return outcome;
  }

  /**
   * A stale If-Match: on record as a refusal, but not as what the id came to. Its sender never saw the
   * grant it would act on, and may send the same command again once it has.
   */
  #stale(prepared: Prepared, target: Target): Outcome {
    const { refused } = refuse('conflict', {
      expected: prepared.request.expectedSequence,
      found: target.sequence,
    });
    this.#recordRefusal(prepared, refused, target.stream, staleHash(prepared));
    return { accepted: false, refused, now: this.loaded.now, replayed: false };
  }

  #recordRefusal(prepared: Prepared, refusal: Refusal, stream: string | null, inputHash: string): void {
    const { request } = prepared;
    this.changes.refusal({
      commandId: request.id,
      inputHash,
      command: request.name,
      stream: stream ?? (request.grant === null ? null : `grant:${request.grant}`),
      actor: request.actor.id,
      refusal,
      input: keptInput(prepared),
      at: this.loaded.now,
    });
  }
}

function commits({ programme, envelope }: Grant, of: string, { year, article }: Envelope): boolean {
  return programme === of && envelope?.year === year && envelope.article === article;
}
