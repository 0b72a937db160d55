import { environment } from '#config/environment.js';
import { formatLocal, parseCivilDate } from '#domain/civil-date.js';
import type { Instant } from '#domain/civil-date.js';
import { isFault } from '#domain/parsed.js';
import type { Scenario } from '#domain/scenario-document.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { findRunningCluster } from '#persistence/embedded-postgres.js';
import { StartRefused } from '#persistence/start-refused.js';

import { machineNow, newMails, readableMails } from './demo-mails.js';
import { demoScenario, RecordClock } from './demo.js';
import type { DemoOptions } from './program.js';
import { withDatabase } from './record.js';
import { tellingOf } from './telling.js';
import { endOfDay, Replay } from './simulation/replay.js';
import { readableLine, readTimeline } from './simulation/timeline.js';
import { UsageFault } from './usage-fault.js';

/** `sluis demo next`: to the next moment at which something falls due or happens. */
export async function demoNext(options: DemoOptions): Promise<void> {
  await onDemo(options, async (replay) => {
    const next = await replay.nextInstant();
    if (next !== null) await replay.playUntil(next);
    return next !== null;
  });
}

/** `sluis demo until DATE`: to the end of that day. */
export async function demoUntil(date: string, options: DemoOptions): Promise<void> {
  const parsed = parseCivilDate(date);
  if (isFault(parsed)) throw new UsageFault(`date: ${parsed.fault}`);
  await onDemo(options, async (replay, now, timeZone) => {
    const last = endOfDay(parsed.value, timeZone);
    if (last <= now)
      throw new UsageFault(
        `date: the demo stands at ${formatLocal(now, timeZone)}; its clock never goes back`,
      );
    await replay.playUntil(last);
    return true;
  });
}

type Move = (replay: Replay, now: Instant, timeZone: string) => Promise<boolean>;

/** Moves the clock of the running demo and prints what came of it. */
async function onDemo(options: DemoOptions, move: Move): Promise<void> {
  const env = environment();
  const { dataDir } = env;
  const running = await findRunningCluster(dataDir);
  if (running === undefined)
    throw new StartRefused(`No demo runs on ${dataDir}; start one with: sluis start --demo`);
  const scenario = demoScenario();
  const { timeZone } = scenario.programme.plan;
  const clock = await RecordClock.open(running.ownerUrl);
  try {
    await withDatabase(running.runtimeUrl, async (database) => {
      const before = await clock.standsAt();
      if (before === null)
        throw new StartRefused(
          `The service on ${dataDir} is no demo; its clock is the real one and cannot move.`,
        );
      const played: Scenario = options.alone ? { ...scenario, happenings: [] } : scenario;
      const begun = await machineNow(database);
      const moved = await move(
        new Replay(database, new RunCommands(database), clock, played),
        before,
        timeZone,
      );
      const lines = await readTimeline(database, timeZone, before);
      for (const line of lines)
        process.stdout.write(`${options.json ? JSON.stringify(line) : readableLine(line)}\n`);
      const mails = await newMails(database, tellingOf(env), begun);
      if (!options.json) process.stdout.write(readableMails(mails, timeZone));
      const now = (await clock.standsAt()) ?? before;
      if (!options.json)
        process.stdout.write(
          moved
            ? `The demo now stands at ${formatLocal(now, timeZone)}.\n`
            : 'Nothing falls due any more; the demo has come to its end.\n',
        );
    });
  } finally {
    await clock.close();
  }
}
