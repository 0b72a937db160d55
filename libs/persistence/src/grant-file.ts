import type { AccountFacts, BeneficiaryFile } from '#domain/account.js';
import type { BatchedPayout } from '#domain/batch.js';
import type { Instant } from '#domain/civil-date.js';
import type { Envelope } from '#domain/envelope.js';
import type { Grant } from '#domain/grant.js';
import type { Actor, Contact } from '#domain/people.js';
import type { Refusal } from '#domain/refusal.js';
import type { Deputy, NamedContact, Topic } from '#domain/who-is-told.js';

import type { AccountFactsFields, AccountFields } from './account-fields.js';
import { accountFactsFrom, accountFrom } from './account-fields.js';
import type { Client } from './client.js';
import { instantOf, optionalInstantOf } from './database-values.js';
import { grantsOf } from './grant-fields.js';
import type { GrantFilesFields } from './grant-files-fields.js';
import { byOwner } from './rows-by-owner.js';

/** What to lock and read for a batch of commands. Lists may repeat a name. */
export interface LoadRequest {
  /** Grants to lock and load. */
  readonly codes: readonly string[];
  readonly commandIds?: readonly string[];
  /** Beneficiaries with an account command, by id and by one of their grants. */
  readonly ofAccounts?: readonly string[];
  readonly viaGrants?: readonly string[];
  /** Further beneficiaries and programmes, which drafts name. */
  readonly beneficiaries?: readonly string[];
  readonly programmes?: readonly string[];
  /** Persons named in a command. */
  readonly people?: readonly string[];
  /** Grants to be awarded: the envelopes of their programmes, and of the drafts' programmes, are locked. */
  readonly awards?: readonly string[];
  /**
   * The files are looked at once: what a sweep over all grants read would drive out those that people work on, and
   * be kept for nothing.
   */
  readonly inPassing?: boolean;
}

export interface LoadedGrant {
  readonly grant: Grant;
  /** Hex SHA-256 of the grant's last event. */
  readonly hash: string;
  readonly nextDueAt: Instant | null;
  /** Its payouts that a batch binds, or took along. */
  readonly batched: readonly BatchedPayout[];
  /** The contacts named for it. */
  readonly named: readonly NamedContact[];
}

export interface LoadedBeneficiary {
  readonly account: AccountFacts | null;
  /** Every person of it. */
  readonly contacts: readonly Contact[];
  /** The contacts named for all of its grants. */
  readonly named: readonly NamedContact[];
  /** Only where an account command was announced; its last event's hash with it. */
  readonly file: BeneficiaryFile | null;
  readonly hash: string | null;
}

/** A command id that was seen before. Its `hash` is that of what it asked. */
export interface KnownCommand {
  readonly hash: string;
  readonly stream: string | null;
  readonly at: Instant;
  readonly refused: boolean;
  readonly first: number | null;
  readonly last: number | null;
}

/** All that a batch decides on, read after its locks were granted. */
export interface LoadedBatch {
  readonly now: Instant;
  readonly grants: Map<string, LoadedGrant>;
  readonly beneficiaries: Map<string, LoadedBeneficiary>;
  /** The beneficiary behind each grant of `viaGrants` that exists. */
  readonly viaGrants: Map<string, string>;
  readonly administrators: readonly Contact[];
  /** Who stands in for whom, about now. */
  readonly deputies: readonly Deputy[];
  readonly people: Map<string, Actor>;
  /** Latest plan version of each programme that exists and has one. */
  readonly programmes: Map<string, number>;
  /** The envelopes of each programme that has any and of which an award was announced. */
  readonly envelopes: Map<string, readonly Envelope[]>;
  readonly commands: Map<string, KnownCommand>;
  /** By `refusalKey`. */
  readonly refusals: Map<string, Refusal>;
}

export function refusalKey(commandId: string, hash: string): string {
  return `${hash} ${commandId}`;
}

const load = {
  name: 'load_grant_files',
  text: 'SELECT load_grant_files($1, $2, $3, $4, $5, $6, $7, $8, $9) AS batch',
};
const claim = { name: 'claim_due_grants', text: 'SELECT claim_due_grants($1, $2) AS codes' };

/** The most grants whose files a process keeps between commands; some ten kilobytes each. */
const mostKept = 1_000;

/**
 * Loads grants with everything a decision needs, under lock, in one round trip for any number.
 *
 * Files are kept between loads. A grant's rows change only together with its last event, so a kept
 * file whose hash is still that of the locked row is exact, and its children need not be read again.
 */
export class GrantFiles {
  readonly #kept = new Map<string, KeptGrant>();

  async load(client: Client, request: LoadRequest): Promise<LoadedBatch> {
    const codes = [...new Set(request.codes)];
    // Held here as well: while this waits for its locks, other batches change what is kept.
    const held = new Map(codes.map((code) => [code, this.#kept.get(code)]));
    const lists = [
      codes,
      codes.flatMap((code) => held.get(code)?.hash ?? []),
      request.commandIds,
      request.ofAccounts,
      request.viaGrants,
      request.beneficiaries,
      request.programmes,
      request.people,
      request.awards,
    ];
    const { rows } = await client.query({ ...load, values: lists.map((list) => list ?? []) });
    return this.#read((rows[0] as { batch: BatchFields }).batch, held, request.inPassing !== true);
  }

  /** Claims grants with something due, passing over busy ones; their locks are held by the transaction. */
  async claimDue(client: Client, limit: number, except: readonly string[]): Promise<string[]> {
    const { rows } = await client.query({ ...claim, values: [limit, except] });
    return (rows[0] as { codes: string[] }).codes;
  }

  /** Keeps a file as it was committed. Never to be called before the commit: a rolled-back file is wrong. */
  keep(grant: Grant, hash: string): void {
    this.#kept.delete(grant.code);
    this.#kept.set(grant.code, { grant, hash });
    if (this.#kept.size <= mostKept) return;
    const oldest = this.#kept.keys().next();
    if (oldest.done !== true) this.#kept.delete(oldest.value);
  }

  #read(batch: BatchFields, held: Held, keeps: boolean): LoadedBatch {
    const beside = { batched: byOwner(batch.batched, batchedOf), named: byOwner(batch.named, namedOf) };
    const read = batch.files === null ? new Map<string, Grant>() : grantsOf(batch.files);
    return {
      now: instantOf(batch.now),
      grants: new Map(
        (batch.grants ?? []).map((row) => {
          const [code] = row;
          const grant = grantIn(row, read.get(code), held.get(code));
          // Locked and committed, so worth keeping whatever becomes of this transaction.
          if (keeps) this.keep(grant, row[1]);
          return [code, loadedGrant(row, grant, beside)];
        }),
      ),
      beneficiaries: beneficiariesOf(batch),
      viaGrants: new Map(Object.entries(batch.via_grants ?? {})),
      administrators: (batch.administrators ?? []).map(contactOf),
      deputies: (batch.deputies ?? []).map(([person, deputy, from, until]) => ({
        person,
        deputy,
        from,
        until,
      })),
      people: new Map((batch.people ?? []).map((actor) => [actor.id, actor])),
      programmes: new Map(Object.entries(batch.programmes ?? {})),
      envelopes: envelopesOf(batch.envelopes ?? []),
      commands: new Map((batch.commands ?? []).map(({ id, ...known }) => [id, commandOf(known)])),
      refusals: new Map(
        (batch.refusals ?? []).map(({ id, hash, code, facts }) => [refusalKey(id, hash), { code, facts }]),
      ),
    };
  }
}

interface KeptGrant {
  readonly grant: Grant;
  readonly hash: string;
}
type Held = ReadonlyMap<string, KeptGrant | undefined>;

/** What is known of grants beside their files, by code. */
interface BesideGrants {
  readonly batched: ReadonlyMap<string, BatchedPayout[]>;
  readonly named: ReadonlyMap<string, NamedContact[]>;
}

export type NamedFields = [person: string, of: Topic, from: string, until: string | null];
export type DeputyFields = [person: string, deputy: string, from: string, until: string | null];

type GrantFields = [code: string, hash: string, nextDueAt: string | null];

/** The grant of a locked row: as it was read, or else as it was kept. */
function grantIn([code, hash]: GrantFields, read: Grant | undefined, held: KeptGrant | undefined): Grant {
  const grant = read ?? (held?.hash === hash ? held.grant : undefined);
  if (grant === undefined) throw new Error(`the file of grant ${code} was not loaded`);
  return grant;
}

function loadedGrant([code, hash, nextDueAt]: GrantFields, grant: Grant, beside: BesideGrants): LoadedGrant {
  const batched = beside.batched.get(code) ?? [];
  const named = beside.named.get(code) ?? [];
  return { grant, hash, nextDueAt: optionalInstantOf(nextDueAt), batched, named };
}

/** The file only where an account command was announced. */
type BeneficiaryFields = [
  id: string,
  file: {
    sequence: number;
    last_event_at: string | null;
    head_hash: string | null;
    accounts: AccountFields[] | null;
  } | null,
];

type BatchedFields = [
  grant: string,
  endToEndId: string,
  tranche: number,
  batch: number,
  status: BatchedPayout['status'],
  handedOverBy: string | null,
  handedOverSequence: number | null,
];

type EnvelopeFields = [programme: string, year: number, article: string, amount: string, committed: string];

interface BatchFields {
  now: string;
  batched: BatchedFields[] | null;
  named: [grant: string, ...NamedFields][] | null;
  /** For all grants of a beneficiary. */
  named_for_all: [beneficiary: string, ...NamedFields][] | null;
  deputies: DeputyFields[] | null;
  grants: GrantFields[] | null;
  /** Of the grants whose kept files are not those of the locked rows; null where there are none. */
  files: GrantFilesFields | null;
  beneficiaries: BeneficiaryFields[] | null;
  /** The latest of each beneficiary that has any. */
  accounts: [beneficiary: string, AccountFactsFields][] | null;
  contacts: [beneficiary: string, id: string, since: string][] | null;
  via_grants: Record<string, string> | null;
  administrators: Contact[] | null;
  people: Actor[] | null;
  programmes: Record<string, number> | null;
  envelopes: EnvelopeFields[] | null;
  commands: (KnownCommand & { id: string })[] | null;
  refusals: (Refusal & { id: string; hash: string })[] | null;
}

function batchedOf([
  ,
  endToEndId,
  tranche,
  batch,
  status,
  handedOverBy,
  handedOverSequence,
]: BatchedFields): BatchedPayout {
  return { endToEndId, tranche, batch, status, handedOverBy, handedOverSequence };
}

function namedOf([, person, of, from, until]: readonly [owner: string, ...NamedFields]): NamedContact {
  return { person, of, from, until };
}

function envelopesOf(rows: readonly EnvelopeFields[]): Map<string, Envelope[]> {
  const byProgramme = new Map<string, Envelope[]>();
  for (const [programme, year, article, amount, committed] of rows) {
    const envelope = { year, article, amountCents: BigInt(amount), committedCents: BigInt(committed) };
    byProgramme.set(programme, [...(byProgramme.get(programme) ?? []), envelope]);
  }
  return byProgramme;
}

function contactOf({ id, since }: Contact): Contact {
  return { id, since: instantOf(since) };
}

function commandOf(known: KnownCommand): KnownCommand {
  return { ...known, at: instantOf(known.at) };
}

function beneficiariesOf(batch: BatchFields): Map<string, LoadedBeneficiary> {
  const accounts = new Map(batch.accounts);
  const named = byOwner(batch.named_for_all, namedOf);
  const contacts = byOwner(batch.contacts, ([, id, since]) => contactOf({ id, since }));
  return new Map(
    (batch.beneficiaries ?? []).map(([id, file]): [string, LoadedBeneficiary] => [
      id,
      {
        account: accountFactsFrom(accounts.get(id) ?? null),
        contacts: contacts.get(id) ?? [],
        named: named.get(id) ?? [],
        hash: file?.head_hash ?? null,
        file: file && {
          id,
          accounts: (file.accounts ?? []).map(accountFrom),
          sequence: file.sequence,
          lastEventAt: optionalInstantOf(file.last_event_at),
        },
      },
    ]),
  );
}
