import { scopeOf } from '#api/permissions.js';
import { type BatchStatus, batchMachine } from '#domain/batch.js';
import { defaultTimeZone, formatLocal } from '#domain/civil-date.js';
import type { BatchLine, BatchRead, BatchView } from '#persistence/views/batch.view.js';

import {
  type Acting,
  CommandRefused,
  acceptedOf,
  acting,
  everyRow,
  inputOf,
  numberOf,
  sayAccepted,
} from './acting.js';
import type {
  ActingOptions,
  BatchBuildOptions,
  BatchListOptions,
  BatchShowOptions,
  ReasonOptions,
} from './program-finance.js';
import { Progress } from './progress.js';
import { UsageFault } from './usage-fault.js';

const countEveryMs = 500;

/** `sluis batch build` */
export async function buildBatch(options: BatchBuildOptions): Promise<void> {
  const { token: _token, id: _id, json, ...given } = options;
  const input = inputOf('build-batch', given);
  await acting(options, async (me) => {
    const outcome = acceptedOf(
      await me.batches.run(me.request('build-batch', input)),
      'build-batch',
      'Batch',
    );
    const [built] = outcome.events;
    if (built?.type !== 'batch.built') throw new Error('a batch was built without its event');
    const { lines, amount, excluded } = built.data;
    const left = excluded === 0 ? '' : ` ${excluded} could not go: sluis batch show says why.`;
    sayAccepted(
      outcome,
      json,
      `Batch ${noOf(built.stream)} holds ${payments(lines)} of ${amount} together.${left}`,
    );
  });
}

/** `sluis batch list` */
export async function listBatches(options: BatchListOptions): Promise<void> {
  const state = stateOf(options.state);
  await acting(options, async (me) => {
    me.mayRead('batches');
    const view = me.views.batches;
    for await (const row of everyRow((page) => view.list(state, page))) {
      const { batch, status, lines, amount, executeOn, builtBy } = row;
      const words = [
        `${batch}`.padStart(4),
        status.padEnd(11),
        payments(lines),
        amount,
        executeOn ?? 'no day yet',
      ];
      process.stdout.write(
        options.json ? `${JSON.stringify(row)}\n` : `${words.join('  ')}  built by ${builtBy}\n`,
      );
    }
  });
}

function stateOf(text: string | undefined): BatchStatus | undefined {
  const known = Object.keys(batchMachine) as BatchStatus[];
  const state = known.find((name) => name === text);
  if (text !== undefined && state === undefined)
    throw new UsageFault(`--state: "${text}" is none of ${known.join(', ')}`);
  return state;
}

/** `sluis batch show NO` */
export async function showBatch(text: string, options: BatchShowOptions): Promise<void> {
  const no = numberOf('batch', text);
  await acting(options, async (me) => {
    me.mayRead('batches');
    const view = me.views.batches;
    const batch = await found(view, no);
    const exclusions = everyRow((page) => view.exclusions(no, page));
    const whole = scopeOf(me.person, 'payment-accounts') !== null;
    const lines = options.lines ? everyRow((page) => view.lines(no, whole, page)) : null;
    if (options.json) {
      const rows = await allOf(exclusions);
      const paid = lines === null ? {} : { payments: await allOf(lines) };
      process.stdout.write(`${JSON.stringify({ ...batch, exclusions: rows, ...paid })}\n`);
      return;
    }
    process.stdout.write(`${description(batch).join('\n')}\n`);
    if (lines !== null) await printLines(lines);
    if (batch.excluded > 0) process.stdout.write('Could not go:\n');
    for await (const { endToEndId, because } of exclusions)
      process.stdout.write(`  ${endToEndId.padEnd(35)}  ${because}\n`);
  });
}

async function allOf<T>(found: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of found) rows.push(row);
  return rows;
}

async function printLines(lines: AsyncIterable<BatchLine>): Promise<void> {
  process.stdout.write('Payments:\n');
  for await (const { endToEndId, grant, tranche, amount, iban, payee } of lines) {
    const words = [endToEndId.padEnd(35), grant, `tranche ${tranche}`, amount, iban, payee];
    process.stdout.write(`  ${words.join('  ')}\n`);
  }
}

function description(batch: BatchRead): string[] {
  const { profile, file, executeOn, messageId, unrecorded } = batch;
  const named = messageId === null ? '' : `, ${messageId}`;
  return [
    `Batch ${batch.batch}${named}: ${batch.status}`,
    `  ${batch.amount} in ${payments(batch.lines)}, from ${profile.code} (${profile.iban}), to be paid ${executeOn ?? 'on the day of its release'}`,
    ...batch.steps.map(({ step, by, at, reason }) => {
      const why = reason === null ? '' : `: ${reason}`;
      return `  ${step.slice('batch.'.length).padEnd(11)}  ${formatLocal(at, defaultTimeZone)}  ${by}${why}`;
    }),
    ...(file === null ? [] : [`  ${file.format}, ${file.bytes} bytes, SHA-256 ${file.sha256}`]),
    ...(unrecorded === 0
      ? []
      : [
          `  ${unrecorded} grants do not say yet that their payment left: sluis batch hand-over ${batch.batch}`,
        ]),
  ];
}

/** `sluis batch release NO` */
export async function releaseBatch(text: string, options: ActingOptions): Promise<void> {
  await step('release-batch', text, options, {}, (no) => `Batch ${no} is released and sealed.`);
}

/** `sluis batch discard NO` */
export async function discardBatch(text: string, options: ReasonOptions): Promise<void> {
  const { reason } = options;
  await step(
    'discard-batch',
    text,
    options,
    { reason },
    (no) => `Batch ${no} is discarded; its payouts stay ordered.`,
  );
}

async function step(
  name: 'release-batch' | 'discard-batch',
  text: string,
  options: ActingOptions,
  given: Readonly<Record<string, unknown>>,
  sentence: (no: number) => string,
): Promise<void> {
  const no = numberOf('batch', text);
  const input = inputOf(name, { ...given, batch: no }, { batch: 'batch' });
  await acting(options, async (me) => {
    const outcome = await me.batches.run(me.request(name, input));
    sayAccepted(acceptedOf(outcome, name, `Batch ${no}`), options.json, sentence(no));
  });
}

/**
 * `sluis batch hand-over NO`: one step for the batch, then its grants record it one after the other, and what its
 * bank said before is judged again. Stopped in between it is handed over all the same; given again it goes on, as a
 * worker does by itself.
 */
export async function handOverBatch(text: string, options: ActingOptions): Promise<void> {
  const no = numberOf('batch', text);
  await acting(options, async (me) => {
    const view = me.views.batches;
    const before = await view.one(no);
    const gone = before?.status === 'handed-over';
    const rest = gone && (before.unrecorded > 0 || (await me.bankFiles.awaits(no)));
    if (rest && me.person.roles.includes('finance')) {
      await recordHandOver(me, view, no);
      const sentence = `Batch ${no} was handed over before; now every grant says so.`;
      process.stdout.write(options.json ? `${JSON.stringify(await view.one(no))}\n` : `${sentence}\n`);
      return;
    }
    const outcome = await me.batches.run(me.request('hand-over-batch', { batch: no }));
    const accepted = acceptedOf(outcome, 'hand-over-batch', `Batch ${no}`);
    await recordHandOver(me, view, no);
    sayAccepted(accepted, options.json, `Batch ${no} is handed over, and every grant says so.`);
  });
}

async function recordHandOver({ commands, bankFiles }: Acting, view: BatchView, no: number): Promise<void> {
  const progress = new Progress();
  const counting = setInterval(() => {
    view
      .one(no)
      .then((batch) => progress.show(`${batch?.unrecorded ?? 0} grants to go; Ctrl-C is safe`))
      .catch(() => undefined);
  }, countEveryMs);
  try {
    await commands.recordHandOver(no);
    await bankFiles.judgeAgain(no);
  } finally {
    clearInterval(counting);
    progress.clear();
  }
}

/** Throws CommandRefused where there is no such batch. */
export async function found(view: BatchView, no: number): Promise<BatchRead> {
  const batch = await view.one(no);
  if (batch === null) throw new CommandRefused(`There is no batch ${no}.`);
  return batch;
}

export function payments(count: number): string {
  return count === 1 ? '1 payment' : `${count} payments`;
}

/** The number in the name of a batch's stream. */
function noOf(stream: string): string {
  return stream.slice(stream.indexOf(':') + 1);
}
