import type { DataSource } from 'typeorm';

import { dayAfter, startOfDay } from '#domain/civil-date.js';
import type { CivilDate, Instant } from '#domain/civil-date.js';
import { grantlessTargets, shapeOf } from '#domain/commands.js';
import type { Command } from '#domain/commands.js';
import { system } from '#domain/people.js';
import type { Actor } from '#domain/people.js';
import type { Happening, Scenario } from '#domain/scenario-document.js';
import { RunCommands } from '#lifecycle/run-commands.js';

import { type Give, giveTo } from './give.js';
import { QuietWatch } from './quiet-watch.js';

/** Commands of different grants that are under way together. */
const TOGETHER = 16;

/** Moves the clock of a record that stands still: a throw-away one, or the demo's. Only its owner may. */
export interface MovableClock {
  moveTo(instant: Instant): Promise<void>;
  /** Where the clock stands; null where it never stood (a real record, which no replay may touch). */
  standsAt(): Promise<Instant | null>;
}

/**
 * Plays a scenario through the real engine, instant by instant: the clock jumps to the next moment at which
 * something falls due or happens, due things come first, then the happenings in order. Commands on one grant
 * wait for each other, reactions included; an account command waits for all and all wait for it.
 */
export class Replay {
  private readonly watch: QuietWatch;
  private readonly give: Give;
  private readonly actors: ReadonlyMap<string, Actor>;
  private readonly codes: readonly string[];

  constructor(
    private readonly database: DataSource,
    commands: RunCommands,
    private readonly clock: MovableClock,
    private readonly scenario: Scenario,
  ) {
    this.watch = new QuietWatch(database);
    this.give = giveTo(database, commands);
    this.actors = new Map(scenario.people.map(({ id, roles, of }) => [id, { id, roles, of }]));
    this.codes = scenario.grants.map(({ code }) => code).sort();
  }

  /** The next instant after the clock at which something falls due or happens; null when nothing will. */
  async nextInstant(): Promise<Instant | null> {
    const now = await this.clock.standsAt();
    const happening = this.scenario.happenings.find(({ at }) => now === null || at > now);
    const [row] = (await this.database.query(
      `SELECT to_char(min(next_due_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM grants`,
    )) as { at: Instant | null }[];
    const moments = [happening?.at, row?.at].filter((at): at is Instant => at != null);
    return moments.sort()[0] ?? null;
  }

  /** Plays everything up to and including `last`; the clock then stands there. */
  async playUntil(
    last: Instant,
    progress: (at: Instant) => void | Promise<void> = () => undefined,
  ): Promise<void> {
    for (;;) {
      const at = await this.nextInstant();
      if (at === null || at > last) break;
      await this.playInstant(at);
      await progress(at);
    }
    await this.clock.moveTo(last);
    await this.watch.quiet();
  }

  /** Plays one instant: what falls due at it, then what happens at it. */
  async playInstant(at: Instant): Promise<void> {
    await this.clock.moveTo(at);
    await this.watch.quiet();
    const happenings = this.scenario.happenings.filter((happening) => happening.at === at);
    for (const turn of turnsOf(happenings)) await this.playTurn(turn);
  }

  private async playTurn(turn: readonly Happening[]): Promise<void> {
    const perGrant = new Map<string, Command[]>();
    for (const happening of turn)
      for (const command of this.commandsOf(happening)) {
        const key = onTwoGrants(command) ? '' : (command.grant ?? '');
        perGrant.set(key, [...(perGrant.get(key) ?? []), command]);
      }
    const chains = [...perGrant.values()];
    const lanes = Array.from({ length: Math.min(TOGETHER, chains.length) }, async () => {
      for (let chain = chains.shift(); chain !== undefined; chain = chains.shift())
        await this.playChain(chain);
    });
    await Promise.all(lanes);
    await this.watch.quiet();
  }

  private async playChain(chain: readonly Command[]): Promise<void> {
    for (const [index, command] of chain.entries()) {
      if (index > 0) await this.watch.quiet(onTwoGrants(command) ? null : `grant:${command.grant}`);
      await this.give(command);
    }
  }

  /** A happening as commands: one for each grant it names, the id from its place in the file. */
  private commandsOf(happening: Happening): Command[] {
    const single = happening.grant !== '*' || isGrantless(happening);
    const codes = single ? [happening.grant] : this.codes;
    return codes.map((grant) => ({
      id: happeningId(happening.index, grant ?? ''),
      name: happening.do,
      actor: this.actors.get(happening.by) ?? system,
      grant,
      input: happening.input,
    }));
  }
}

export function happeningId(index: number, grant: string): string {
  return `happening:${String(index).padStart(6, '0')}:${grant}`;
}

/** The last millisecond of a civil day in the programme's time zone. */
export function endOfDay(date: CivilDate, timeZone: string): Instant {
  return new Date(Date.parse(startOfDay(dayAfter(date), timeZone)) - 1).toISOString();
}

/** Whether a command acts on another grant as well: it waits for both, and both wait for it. */
function onTwoGrants({ input }: Pick<Command, 'input'>): boolean {
  return 'against' in input;
}

function isGrantless(happening: Happening): boolean {
  return grantlessTargets.includes(shapeOf(happening.do).on);
}

function isAlone(happening: Happening): boolean {
  return shapeOf(happening.do).on === 'beneficiary' || isGrantless(happening) || onTwoGrants(happening);
}

/**
 * Happenings of one instant in turns: a command on an account, a batch, a bank file or two grants is a turn of
 * its own, all others share theirs.
 */
function turnsOf(happenings: readonly Happening[]): Happening[][] {
  const turns: Happening[][] = [];
  for (const happening of happenings) {
    const last = turns.at(-1);
    const lastAlone = last?.[0] !== undefined && isAlone(last[0]);
    if (last === undefined || isAlone(happening) || lastAlone) turns.push([happening]);
    else last.push(happening);
  }
  return turns;
}
