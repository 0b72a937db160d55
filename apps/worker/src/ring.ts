import type { JobToAdd } from '#queue/enqueue.js';
import type { EffectKey } from '#queue/jobs.js';
import { queueOfEffects } from '#queue/jobs.js';

import { jobOfReaction } from './reactions.js';
import type { ReactionName } from './reactions.js';

/** Effects rung by one job: each job costs the queue in PostgreSQL some 5 ms. One job per effect reached 2–5% of the ceiling. */
const BATCH = 1_000;

/** One job for each batch of effects of a kind. The id names the batch, so ringing twice adds one job. */
export function jobsFor(effects: readonly EffectKey[], round = 0): JobToAdd[] {
  const byJob = new Map<string, EffectKey[]>();
  for (const effect of effects) {
    const name = jobOfReaction[effect.reaction as ReactionName];
    const group = byJob.get(name);
    if (group === undefined) byJob.set(name, [effect]);
    else group.push(effect);
  }
  const jobs: JobToAdd[] = [];
  for (const [name, group] of byJob)
    for (let from = 0; from < group.length; from += BATCH) {
      const batch = group.slice(from, from + BATCH);
      const first = batch[0] as EffectKey;
      const id = `${name}-${first.eventId}-${first.target}-${batch.length}-${round}`.replaceAll(':', '.');
      const queue = queueOfEffects[name as keyof typeof queueOfEffects];
      jobs.push({ queue, name, data: { effects: batch }, id } as JobToAdd);
    }
  return jobs;
}
