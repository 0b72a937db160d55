import { isRefused } from '#domain/refusal.js';
import { type Acting, acceptedOf, acting, inputOf, numberOf, sayAccepted } from './acting.js';
import { payments } from './batch.js';
import type { BatchExportOptions } from './program-finance.js';
import { keepHeapSmall } from './small-heap.js';
import { UsageFault } from './usage-fault.js';
import { sha256Of, writeWhole } from './written-file.js';

/**
 * `sluis batch export NO --to FILE`: the file stands in its place only once the export is on record, whole and on
 * disk, readable by its owner alone.
 */
export async function exportBatch(text: string, options: BatchExportOptions): Promise<void> {
  const no = numberOf('batch', text);
  const { to, json } = options;
  const input = inputOf('export-batch', { batch: no }, { batch: 'batch' });
  keepHeapSmall();
  await acting(options, async (me) => {
    const view = me.views.batches;
    if (options.force !== true) await refuseOther(to, (await view.one(no))?.file?.sha256);
    const outcome = await exported(me, input, no, to);
    const [event] = outcome.events;
    if (event?.type !== 'batch.exported') throw new Error('a batch was exported without its event');
    const { sha256, bytes, format } = event.data;
    const lines = (await view.one(no))?.lines ?? 0;
    sayAccepted(outcome, json, `${to}: ${format}, ${payments(lines)}, ${bytes} bytes\nSHA-256 ${sha256}`);
  });
}

/** What is there may only be the same file. */
async function refuseOther(path: string, sha256: string | undefined): Promise<void> {
  const there = await sha256Of(path);
  if (there !== null && there !== sha256)
    throw new UsageFault(`${path}: there is another file already; name another one, or give --force`);
}

async function exported(me: Acting, input: Readonly<Record<string, unknown>>, no: number, to: string) {
  const made: { outcome?: ReturnType<typeof acceptedOf>; whole: boolean } = { whole: false };
  await writeWhole(to, async (file) => {
    const outcome = await me.batches.run(me.request('export-batch', input), (piece) => file.write(piece));
    made.outcome = acceptedOf(outcome, 'export-batch', `Batch ${no}`);
    const [event] = made.outcome.events;
    made.whole = event?.type === 'batch.exported' && file.sha256() === event.data.sha256;
    return made.whole;
  });
  const { outcome, whole } = made;
  if (outcome === undefined) throw new Error('an export came to nothing');
  // A command that was given before makes no file, and one that lost a race on its way begins it twice.
  if (!whole)
    await writeWhole(to, async (file) => {
      const copy = await me.batches.file(no, (piece) => file.write(piece));
      if (isRefused(copy))
        acceptedOf(
          { ...copy, accepted: false, now: outcome.now, replayed: false },
          'export-batch',
          `Batch ${no}`,
        );
      return true;
    });
  return outcome;
}
