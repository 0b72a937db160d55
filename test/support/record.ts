import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import type { Command, CommandName } from '#domain/commands.js';
import { type Actor, system } from '#domain/people.js';
import { addBeneficiary, addPerson, addProgramme } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { type Outcome, RunCommands } from '#lifecycle/run-commands.js';
import { startEmbeddedPostgres } from '#persistence/embedded-postgres.js';
import { migrate } from '#persistence/migrate.js';

/** Two tranches: half at the start, half behind a report and its evaluation. */
export const twoTranchePlan = {
  tranches: [
    { no: 1, share: 50, due: { on: 'grant-start' } },
    { no: 2, remainder: true, requires: ['report:final', 'evaluation:final', 'document:permit'] },
  ],
  reports: [{ code: 'final', kind: 'both', due: { on: '2024-02-28' } }],
  evaluations: [{ code: 'final', report: 'final' }],
};

export const people: Readonly<Record<'an' | 'els' | 'bart' | 'bie' | 'fien' | 'stad', Actor>> = {
  an: { id: 'an', roles: ['administrator'], of: null },
  els: { id: 'els', roles: ['evaluator'], of: null },
  bart: { id: 'bart', roles: ['approver'], of: null },
  bie: { id: 'bie', roles: ['approver'], of: null },
  fien: { id: 'fien', roles: ['finance'], of: null },
  stad: { id: 'stad', roles: ['beneficiary'], of: 'antwerpen' },
};

/** A migrated throw-away database with one programme, one beneficiary and its people. */
export interface RecordUnderTest {
  /** The runtime role's pool. */
  readonly source: DataSource;
  /** The owner's: what no process of the service ever has. */
  readonly owner: DataSource;
  readonly urls: { readonly owner: string; readonly runtime: string };
  readonly commands: RunCommands;
  readonly registers: Registers;
  /** Gives a command under an id of its own. */
  give(actor: Actor, name: CommandName, grant: string, input?: Command['input']): Promise<Outcome>;
  /** Makes the clock stand at a moment; null lets it flow. */
  standAt(at: string | null): Promise<void>;
  /** Drafts and awards a grant of 1,000.00 over 2023 and 2024. */
  award(code: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startRecord(plan: unknown = twoTranchePlan): Promise<RecordUnderTest> {
  const postgres = await startEmbeddedPostgres({ durable: false });
  await migrate(postgres.ownerUrl);
  return openRecord(postgres, () => postgres.stop(), plan);
}

/** The same on a migrated database that is there already; `stopped` is called once nothing is connected to it. */
export async function openRecord(
  { ownerUrl, runtimeUrl }: { readonly ownerUrl: string; readonly runtimeUrl: string },
  stopped: () => Promise<void>,
  plan: unknown = twoTranchePlan,
): Promise<RecordUnderTest> {
  const source = await dataSource(runtimeUrl, { poolSize: 20 }).initialize();
  const owner = await dataSource(ownerUrl, { poolSize: 2 }).initialize();
  const commands = new RunCommands(source);
  const registers = new Registers(source);
  let given = 0;
  const give: RecordUnderTest['give'] = (actor, name, grant, input = {}) =>
    commands.run({ id: `given-${(given += 1)}`, name, actor, grant, input });
  const standAt = async (at: string | null): Promise<void> => {
    await owner.query('UPDATE clock SET stands_at = $1', [at]);
  };
  const award = async (code: string): Promise<void> => {
    const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
    await give(system, 'draft-grant', code, { beneficiary: 'antwerpen', programme: 'REN', ...term });
    await give(people.an, 'award', code);
  };
  await standAt('2023-01-02T10:00:00Z');
  await fillRegisters(registers, commands, plan);
  const stop = async (): Promise<void> => {
    await source.destroy();
    await owner.destroy();
    await stopped();
  };
  const urls = { owner: ownerUrl, runtime: runtimeUrl };
  const record = { source, owner, urls, commands, registers, give, standAt, award, stop };
  return record;
}

/** One programme, one beneficiary with a verified account, and its people. */
export async function fillRegisters(
  registers: Registers,
  commands: RunCommands,
  plan: unknown = twoTranchePlan,
): Promise<void> {
  const programme = { code: 'REN', title: 'Roma Experten Netwerk', plan };
  const city = { id: 'antwerpen', name: 'Stad Antwerpen', kbo: '0207500123' };
  await registers.register(
    'programme',
    system,
    'add-programme',
    programme,
    addProgramme('system', programme),
  );
  await registers.register('beneficiary', system, 'add-beneficiary', city, addBeneficiary(city));
  for (const { id, roles, of } of Object.values(people)) {
    const person = { id, roles: roles.filter((role) => role !== 'system'), of };
    await registers.register(`person-${id}`, system, 'add-person', person, addPerson(person));
  }
  await commands.runBatch([
    {
      id: 'account',
      name: 'change-account',
      actor: system,
      grant: null,
      beneficiary: 'antwerpen',
      input: { iban: 'BE68539007547034' },
    },
    {
      id: 'verified',
      name: 'verify-account',
      actor: people.fien,
      grant: null,
      beneficiary: 'antwerpen',
      input: {},
    },
  ]);
}

/** Drafts and awards grants of 1,000.00 over 2023 and 2024. */
export async function awardLot(commands: RunCommands, codes: readonly string[]): Promise<void> {
  const term = { amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
  const input = { beneficiary: 'antwerpen', programme: 'REN', ...term };
  const all = [
    ...codes.map(
      (grant) => ({ id: `draft-${grant}`, name: 'draft-grant', actor: system, grant, input }) as const,
    ),
    ...codes.map(
      (grant) => ({ id: `award-${grant}`, name: 'award', actor: people.an, grant, input: {} }) as const,
    ),
  ];
  for (const outcome of await commands.runBatch(all))
    if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
}
