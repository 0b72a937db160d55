import type { DataSource } from 'typeorm';

import type { Instant } from '#domain/civil-date.js';
import type { AccountEvent, GrantEvent, NewEvent } from '#domain/events.js';
import { checkAccounts, checkGrant } from '#domain/invariants.js';
import type { History, Violation } from '#domain/invariants.js';
import { evolveAccount } from '#domain/evolve-account.js';
import type { BeneficiaryFile } from '#domain/account.js';
import type { AccountFields } from '#persistence/account-fields.js';
import { accountFrom } from '#persistence/account-fields.js';
import type { PaymentRules } from '#domain/payment.js';
import { canonicalJson } from '#persistence/canonical-json.js';
import { type Client, inTransaction } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import { readHeads, readOrphanedStreams, readStreams, verifyChain } from '#persistence/event-log.js';
import type { ChainedEvent, StreamHead } from '#persistence/event-log.js';
import { Plans } from '#persistence/plans.js';
import { readGrants } from '#persistence/read-grants.js';
import type { ReadGrant } from '#persistence/read-grants.js';

import { bankFileInvariants } from './bank-file-invariants.js';
import { sqlInvariants } from './sql-invariants.js';
import { checkBatch } from './verify-batches.js';
import { checkDeadlineMove } from './verify-deadline-moves.js';

/** Something that must not be: the invariant, the stream it concerns, and what is wrong. */
export interface RecordViolation {
  readonly invariant: string;
  readonly stream: string;
  readonly message: string;
}

export interface Verified {
  readonly grants: number;
  readonly events: number;
  readonly violations: readonly RecordViolation[];
}

/** What follows from an event, as the worker's reaction table says: for I11. */
export type ReactionsOf = (
  event: NewEvent,
) => readonly { readonly reaction: string; readonly target: string }[];

/** Streams looked at in one transaction. */
const TOGETHER = 100;

/**
 * Replays every grant's and beneficiary's events against its rows, checks the hash chains of all streams and every
 * invariant that the record can show broken. Reads only; each batch of streams is seen at one moment, so it
 * may run beside a service at work.
 */
export async function verifyRecord(
  database: DataSource,
  reactionsOf: ReactionsOf,
  payments: PaymentRules,
  progress: (streams: number) => void = () => undefined,
): Promise<Verified> {
  const plans = new Plans();
  const violations: RecordViolation[] = [];
  const seen = { grants: 0, events: 0, streams: 0 };
  for (let after = ''; ;) {
    const heads = await atOneMoment(database, async (client) => {
      const some = await readHeads(client, after, TOGETHER);
      violations.push(...(await checkStreams(client, some, { plans, reactionsOf, payments }, seen)));
      return some;
    });
    const last = heads.at(-1);
    if (last === undefined) break;
    after = last.stream;
    seen.streams += heads.length;
    progress(seen.streams);
  }
  violations.push(...(await atOneMoment(database, checkWhole)));
  return { grants: seen.grants, events: seen.events, violations };
}

function atOneMoment<T>(database: DataSource, work: (client: Client) => Promise<T>): Promise<T> {
  return inTransaction(database, async (client) => {
    await client.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
    return work(client);
  });
}

/** What a check goes by beside the record. */
interface Means {
  readonly plans: Plans;
  readonly reactionsOf: ReactionsOf;
  readonly payments: PaymentRules;
}

async function checkStreams(
  client: Client,
  heads: readonly StreamHead[],
  { plans, reactionsOf, payments }: Means,
  seen: { grants: number; events: number },
): Promise<RecordViolation[]> {
  const streams = heads.map(({ stream }) => stream);
  const events = await readStreams(client, streams);
  const codes = streams.flatMap((stream) => ownerIn(stream, 'grant:'));
  const grants = await readGrants(client, codes);
  await plans.fetch(
    client,
    [...grants.values()].map(({ grant }) => ({ programme: grant.programme, version: grant.planVersion })),
  );
  const beneficiaries = new Set([...grants.values()].map(({ grant }) => `beneficiary:${grant.beneficiary}`));
  const accounts = await readStreams(client, [...beneficiaries]);
  const now = await readNow(client);
  const batches = await handedOverAt(client, events);
  seen.grants += codes.length;
  const found: RecordViolation[] = [];
  for (const head of heads) {
    const { stream } = head;
    const log = events.get(stream) ?? [];
    seen.events += log.length;
    const report = (violation: Violation | { invariant: string; message: string }): number =>
      found.push({ stream, invariant: violation.invariant, message: violation.message });
    for (const { sequence, fault } of verifyChain(log, head))
      report({ invariant: 'I6', message: `event ${sequence}: ${fault}` });
    const [code] = ownerIn(stream, 'grant:');
    const read = code === undefined ? undefined : grants.get(code);
    if (stream.startsWith('beneficiary:')) checkAccounts(log as AccountEvent[]).forEach(report);
    for (const no of ownerIn(stream, 'batch:'))
      (await checkBatch(client, Number(no), log, payments)).forEach(report);
    for (const no of ownerIn(stream, 'deadline-move:'))
      (await checkDeadlineMove(client, Number(no), log)).forEach(report);
    if (read !== undefined) {
      const whose = accounts.get(`beneficiary:${read.grant.beneficiary}`) ?? [];
      grantViolations(
        read,
        log as GrantEvent[],
        { accounts: whose as AccountEvent[], batches },
        plans,
        now,
      ).forEach(report);
    }
  }
  found.push(...(await accountRows(client, streams, events)));
  found.push(...(await unreached(client, events, reactionsOf)));
  return found;
}

function grantViolations(
  read: ReadGrant,
  events: readonly GrantEvent[],
  history: Pick<History, 'accounts' | 'batches'>,
  plans: Plans,
  now: Instant,
): Violation[] {
  const { grant, nextDueAt, contacts, chosen } = read;
  const known = plans.get(grant.programme, grant.planVersion);
  if (known === undefined)
    return [{ invariant: 'I6', message: `its plan version ${grant.planVersion} does not exist` }];
  // What is due but not swept yet (the service was off) is late, not silent.
  const unswept = nextDueAt !== null && nextDueAt <= now;
  const sweptUntil = unswept ? justBefore(nextDueAt) : now;
  return checkGrant(grant, events, {
    ...history,
    plan: known.plan,
    reminded: { contacts, chosen, sweptUntil },
  });
}

function justBefore(instant: Instant): Instant {
  return new Date(Date.parse(instant) - 1).toISOString();
}

/** The account rows of each beneficiary are the fold of its stream (I6). */
async function accountRows(
  client: Client,
  streams: readonly string[],
  events: ReadonlyMap<string, ChainedEvent[]>,
): Promise<RecordViolation[]> {
  const ids = streams.flatMap((stream) => ownerIn(stream, 'beneficiary:'));
  const { rows } = await client.query({
    text: `SELECT b.id, (SELECT json_agg(account_file(a) ORDER BY a.version)
        FROM accounts a WHERE a.beneficiary = b.id) AS accounts
      FROM beneficiaries b WHERE b.id = ANY ($1)`,
    values: [ids],
  });
  return (rows as { id: string; accounts: AccountFields[] | null }[]).flatMap(({ id, accounts }) => {
    const stream = `beneficiary:${id}`;
    let file: BeneficiaryFile = { id, accounts: [], sequence: 0, lastEventAt: null };
    for (const event of events.get(stream) ?? []) file = evolveAccount(file, event as AccountEvent);
    return canonicalJson(file.accounts) === canonicalJson((accounts ?? []).map(accountFrom))
      ? []
      : [{ invariant: 'I6', stream, message: 'its account rows are not what its events say' }];
  });
}

/** Every event either waits in the outbox or has reached all its reactions (I11). */
async function unreached(
  client: Client,
  events: ReadonlyMap<string, ChainedEvent[]>,
  reactionsOf: ReactionsOf,
): Promise<RecordViolation[]> {
  const { rows } = await client.query({
    text: `SELECT e.stream, e.sequence, o.event_id IS NOT NULL AS waits,
        array_remove(array_agg(f.reaction || ' ' || f.target), NULL) AS reached
      FROM events e
      LEFT JOIN outbox o ON o.event_id = e.id
      LEFT JOIN effects f ON f.event_id = e.id
     WHERE e.stream = ANY ($1) GROUP BY e.stream, e.sequence, o.event_id`,
    values: [[...events.keys()]],
  });
  const reached = new Map(
    (rows as { stream: string; sequence: number; waits: boolean; reached: string[] }[]).map((row) => [
      `${row.stream}#${row.sequence}`,
      row,
    ]),
  );
  return [...events.values()].flat().flatMap((event): RecordViolation[] => {
    const row = reached.get(`${event.stream}#${event.sequence}`);
    const expected = reactionsOf(event).map(({ reaction, target }) => `${reaction} ${target}`);
    const got = row?.reached ?? [];
    const { stream, sequence, type } = event;
    const broken = (message: string): RecordViolation => ({ invariant: 'I11', stream, message });
    if (row?.waits === true)
      return got.length > 0 ? [broken(`event ${sequence} (${type}) has effects and waits for them`)] : [];
    return [
      ...expected
        .filter((effect) => !got.includes(effect))
        .map((effect) => broken(`event ${sequence} (${type}) never reached "${effect.trim()}"`)),
      ...got
        .filter((effect) => !expected.includes(effect))
        .map((effect) => broken(`event ${sequence} (${type}) has the strange effect "${effect.trim()}"`)),
    ];
  });
}

/** What only the whole record shows: orphaned streams, and every invariant that SQL can state. */
async function checkWhole(client: Client): Promise<RecordViolation[]> {
  const found: RecordViolation[] = (await readOrphanedStreams(client)).map((stream) => ({
    invariant: 'I7',
    stream,
    message: 'holds events, but what it belongs to is gone',
  }));
  for (const { invariant, text } of [...sqlInvariants, ...bankFileInvariants]) {
    const { rows } = await client.query({ text });
    for (const { stream, message } of rows as { stream: string; message: string }[])
      found.push({ invariant, stream, message });
  }
  return found;
}

/** When the batches were handed over that these grants say took their payouts along. */
async function handedOverAt(
  client: Client,
  events: ReadonlyMap<string, ChainedEvent[]>,
): Promise<ReadonlyMap<number, Instant>> {
  const named = new Set<number>();
  for (const event of [...events.values()].flat())
    if (event.type === 'payout.handed-over' && event.data.batch !== undefined) named.add(event.data.batch);
  const { rows } = await client.query({
    text: 'SELECT no, handed_over_at AS at FROM batches WHERE no = ANY ($1) AND handed_over_at IS NOT NULL',
    values: [[...named]],
  });
  return new Map((rows as { no: number; at: Date }[]).map(({ no, at }) => [no, instantOf(at)]));
}

async function readNow(client: Client): Promise<Instant> {
  const { rows } = await client.query({ text: 'SELECT sluis_now() AS now' });
  return instantOf((rows[0] as { now: Date }).now);
}

function ownerIn(stream: string, prefix: string): string[] {
  return stream.startsWith(prefix) ? [stream.slice(prefix.length)] : [];
}
