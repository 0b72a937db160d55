import { createHash } from 'node:crypto';

import type { DataSource } from 'typeorm';

import type { Batch, BatchCommandName, BatchFacts, Exclusion, MadeFile } from '#domain/batch.js';
import { decideBatch, decideBuild, evolveBatch, refuseBatchStranger, refuseCopy } from '#domain/batch.js';
import type { Instant } from '#domain/civil-date.js';
import type { Input } from '#domain/commands.js';
import { shapeOf } from '#domain/commands.js';
import type { BatchEvent } from '#domain/events.js';
import type { PaymentFileHead, PaymentLine, PaymentRules } from '#domain/payment.js';
import { type Refused, isRefused, refuse, refuseInvalid } from '#domain/refusal.js';
import {
  type Candidate,
  LinesHash,
  type StoredLine,
  insertExclusions,
  insertLines,
  lockPayees,
  readCandidates,
  readPaymentLines,
  readUnfit,
  unbind,
} from '#persistence/batch-lines.js';
import {
  findProfile,
  insertBatch,
  lockBatch,
  nextBatchNo,
  profileCodes,
  profileOf,
  readBatches,
  updateBatch,
} from '#persistence/batch-store.js';
import { type Client, inTransaction, readAhead } from '#persistence/client.js';
import { instantOf } from '#persistence/database-values.js';
import { StreamTail } from '#persistence/event-log.js';

import type { CommandRequest, Outcome } from './outcome.js';
import { type StreamRefused, type StreamWork, runOnStream } from './stream-command.js';

/** Takes the pieces of a file as they are made; what it answers is waited for. */
export type FileSink = (piece: string) => Promise<void> | void;

/** The most lines of a batch: their positions have six digits in a structured reference. */
const mostLines = 1_000_000;
/** Held lines that are looked up; a refusal names the first of them. */
const mostUnfit = 20;

/**
 * Payout batches: built, released by someone else, made into a file, handed over whole or discarded whole.
 * Each step is one command in one transaction under a lock on the batch, so that a step that was cut off has
 * not happened. A hand-over also locks every grant and beneficiary of the batch while it looks at them for
 * the last time; that its payouts left is then recorded grant by grant (`RunCommands.recordHandOver`), before
 * anything else is decided there.
 */
export class Batches {
  constructor(
    readonly source: DataSource,
    readonly rules: PaymentRules,
  ) {}

  /** Runs `build-batch`, `release-batch`, `discard-batch`, `export-batch` or `hand-over-batch`. */
  run(request: CommandRequest, sink?: FileSink): Promise<Outcome> {
    if (shapeOf(request.name).on !== 'batch') throw new Error(`${request.name} is no command on a batch`);
    return runOnStream(this.source, request, (client, now, input) =>
      request.name === 'build-batch'
        ? this.#build(client, request, input as Input<'build-batch'>, now)
        : this.#step(client, request, input as Input<'discard-batch'>, now, sink),
    );
  }

  /**
   * The file of a batch that was exported, byte by byte what it was; refused where it may not go out (any more).
   * Throws where the record would give other bytes than those that were exported.
   */
  async file(no: number, sink: FileSink): Promise<MadeFile | Refused> {
    return inTransaction(this.source, async (client) => {
      await client.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
      const [stored] = await readBatches(client, [no]);
      if (stored === undefined) return refuse('not-found', { batch: no });
      const { now, unfit } = await this.#lookAt(client, no);
      const refused = refuseCopy(stored.batch, { now, unfit });
      if (refused !== null) return refused;
      const made = await this.#make(client, stored.batch, sink);
      assertSame(stored.batch, made);
      return made;
    });
  }

  async #lookAt(client: Client, no: number): Promise<BatchFacts> {
    const { rows } = await client.query({ text: 'SELECT sluis_now() AS now' });
    const { now } = rows[0] as { now: Date };
    return { now: instantOf(now), unfit: await readUnfit(client, no, mostUnfit) };
  }

  async #build(
    client: Client,
    request: CommandRequest,
    input: Input<'build-batch'>,
    now: Instant,
  ): Promise<StreamWork | StreamRefused> {
    const stranger = refuseBatchStranger(request.name, request);
    if (stranger !== null) return stranger;
    const profile = await findProfile(client, input.profile);
    if (profile === null) return unknownProfile(input.profile, await profileCodes(client));
    const no = await nextBatchNo(client);
    const gathering = new Gathering();
    const { grant } = request;
    const filters = { ...input, ...(grant === null || grant === '*' ? {} : { grant }) };

    for await (const candidates of readCandidates(client, filters)) {
      const lines = candidates.flatMap((candidate) => {
        const place = { batch: no, position: gathering.lines };
        const text =
          candidate.excluded === null
            ? this.rules.textOf(candidate, profile, place)
            : { excluded: candidate.excluded };
        return gathering.take(candidate, text);
      });
      await insertLines(client, no, lines);
    }
    const { code, version } = profile;
    const { exclusions } = gathering;
    const decision = decideBuild(
      request,
      input,
      { ...gathering.sums(), profile: code, profileVersion: version },
      now,
    );
    if (isRefused(decision)) return decision;
    const tail = new StreamTail(`batch:${no}`, 0, null, null);
    return {
      tail,
      events: decision.events,
      save: async ([built]) => {
        const batch = evolveBatch(null, built as BatchEvent);
        await insertBatch(client, batch, tail.hash ?? '');
        await insertExclusions(client, no, exclusions);
      },
    };
  }

  async #step(
    client: Client,
    request: CommandRequest,
    input: Input<'discard-batch'>,
    now: Instant,
    sink: FileSink | undefined,
  ): Promise<StreamWork | StreamRefused> {
    const name = request.name as BatchCommandName;
    const named = request.grant === '*' ? null : request.grant;
    const stored = await lockBatch(client, input.batch, named);
    if (stored === null) return refuseBatchStranger(name, request) ?? notFound(input.batch, named);
    const { batch } = stored;
    const stream = `batch:${batch.no}`;
    // A step that the batch's state or four eyes refuse is refused before its lines are looked at.
    const early = decideBatch(batch, name, request, input, { now, unfit: [] }, nothingMade);
    if (isRefused(early)) return { ...early, stream };
    if (name === 'hand-over-batch') await lockPayees(client, batch.no);
    const unfit = name === 'discard-batch' ? [] : await readUnfit(client, batch.no, mostUnfit);
    const gone = batch.status === 'handed-over';
    const exports = name === 'export-batch' && (gone || unfit.length === 0);
    const made = exports ? await this.#make(client, batch, sink, this.rules.schemaFaults) : nothingMade;
    if (isRefused(made)) return { ...made, stream };
    if (exports) assertSame(batch, made);
    const decision = decideBatch(batch, name, request, input, { now, unfit }, made);
    if (isRefused(decision)) return { ...decision, stream };
    const tail = new StreamTail(stream, batch.sequence, stored.hash, batch.lastEventAt);
    return {
      tail,
      events: decision.events,
      save: async (chained) => {
        const after = (chained as readonly BatchEvent[]).reduce<Batch>(evolveBatch, batch);
        await updateBatch(client, after, tail.hash ?? '');
        if (name === 'discard-batch') await unbind(client, batch.no);
      },
    };
  }

  /** Makes the file of a sealed batch: its bytes follow from the record alone, so making it again gives the same. */
  async #make(client: Client, batch: Batch, sink?: FileSink): Promise<MadeFile>;
  async #make(
    client: Client,
    batch: Batch,
    sink: FileSink | undefined,
    schemaFaults: PaymentRules['schemaFaults'],
  ): Promise<MadeFile | Refused>;
  async #make(
    client: Client,
    batch: Batch,
    sink: FileSink = () => undefined,
    schemaFaults?: PaymentRules['schemaFaults'],
  ): Promise<MadeFile | Refused> {
    const profile = await profileOf(client, batch);
    const { messageId, releasedAt, executeOn, lines, amountCents } = batch;
    if (messageId === null || releasedAt === null || executeOn === null)
      throw new Error(`batch ${batch.no} is not released`);
    const head: PaymentFileHead = {
      messageId,
      createdAt: releasedAt,
      executeOn,
      profile,
      lines,
      amountCents,
    };
    const sha256 = createHash('sha256');
    let bytes = 0;
    const pieces: Buffer[] = [];
    const stored = readAhead(readPaymentLines(client, batch.no));
    for await (const piece of this.rules.file(head, sealed(stored, batch))) {
      sha256.update(piece);
      bytes += Buffer.byteLength(piece);
      // Kept only for the schema, which looks at a whole file.
      if (schemaFaults !== undefined) pieces.push(Buffer.from(piece));
      await sink(piece);
    }
    const [fault] = (await schemaFaults?.(Buffer.concat(pieces))) ?? [];
    if (fault !== undefined)
      return refuseInvalid('file', `batch ${batch.no} does not pass the schema of its file: ${fault}`);
    return { format: this.rules.format, sha256: sha256.digest('hex'), bytes };
  }
}

/** What was exported is what the bank may have: it is never made anew with other bytes. */
function assertSame({ no, file }: Batch, made: MadeFile): void {
  if (file !== null && file.sha256 !== made.sha256)
    throw new Error(`the file of batch ${no} is not what was exported: its SHA-256 differs`);
}

const nothingMade: MadeFile = { format: '', sha256: '', bytes: 0 };

/** The lines of a sealed batch. Throws where they are not those it was built from. */
async function* sealed(lines: AsyncIterable<PaymentLine[]>, batch: Batch): AsyncGenerator<PaymentLine[]> {
  const hash = new LinesHash();
  for await (const some of lines) {
    for (const line of some) hash.add(line);
    yield some;
  }
  if (hash.hex() !== batch.linesHash)
    throw new Error(`the lines of batch ${batch.no} are not those it was built from`);
}

/** What a build has gathered so far. */
class Gathering {
  readonly exclusions: Exclusion[] = [];
  lines = 0;
  #amountCents = 0n;
  readonly #hash = new LinesHash();

  take(candidate: Candidate, text: ReturnType<PaymentRules['textOf']>): StoredLine[] {
    const { endToEndId, grant, tranche, attempt, amountCents, accountVersion } = candidate;
    const because = 'excluded' in text ? text.excluded : this.lines >= mostLines ? 'the batch is full' : null;
    if (because !== null || 'excluded' in text) {
      this.exclusions.push({ endToEndId, because: because ?? '' });
      return [];
    }
    const line = {
      ...text,
      position: this.lines,
      endToEndId,
      grant,
      tranche,
      attempt,
      amountCents,
      accountVersion,
    };
    this.#hash.add(line);
    this.lines += 1;
    this.#amountCents += amountCents;
    return [line];
  }

  sums() {
    const { lines, exclusions } = this;
    return { lines, exclusions, amountCents: this.#amountCents, linesHash: this.#hash.hex() };
  }
}

function unknownProfile(code: string | undefined, known: readonly string[]): StreamRefused {
  if (code !== undefined) return refuse('not-found', { profile: code });
  return refuseInvalid(
    'profile',
    known.length === 0
      ? 'there is no bank profile yet: enter the account that is paid from first'
      : `name one of the bank profiles ${known.join(', ')}`,
  );
}

function notFound(batch: number | undefined, grant: string | null): StreamRefused {
  if (batch !== undefined) return refuse('not-found', { batch });
  return refuse(
    'not-found',
    grant === null ? { batch: 'none was built yet' } : { batch: `none holds grant ${grant}` },
  );
}
