/**
 * What a simulation costs: case F1 to its end beyond the start of its database, and the same plan over 4, 200 and
 * 400 grants. Claims (README, "How fast"): F1 within 2 s, 200 grants within 30 s, and a grant among 400 costs at
 * most 1.3 times what one among 4 does (the service's own start taken off both).
 */
import { readFileSync } from 'node:fs';

import { parseScenario } from '#domain/scenario-document.js';
import type { Happening, Scenario } from '#domain/scenario-document.js';

import { readScenarioText } from '#cli/scenario-file.js';
import { simulate } from '#cli/simulation/simulate.js';

const f1 = read('config/programmes/roma-experten-netwerk-2023-2024.yaml');

describe('a simulation', () => {
  it('of F1 takes at most 2 s beyond the start of its database', async () => {
    await simulate(f1);
    const { tookMs } = await simulate(f1);
    print('F1', tookMs, 2_000);
    expect(tookMs).toBeLessThanOrEqual(2_000);
  }, 120_000);

  it('costs as much per grant among 400 as among 4', async () => {
    const took = new Map<number, number>();
    for (const grants of [4, 200, 400]) took.set(grants, (await simulate(withGrants(grants))).tookMs);
    const perGrant = (grants: number): number => (took.get(grants) as number) / grants;
    print('200 grants', took.get(200) as number, 30_000);
    const growth = perGrant(400) / perGrant(4);
    process.stdout.write(
      `simulation per grant: ${perGrant(4).toFixed(0)} ms among 4, ${perGrant(200).toFixed(0)} among 200, ${perGrant(400).toFixed(0)} among 400; ratio 400 to 4: ${growth.toFixed(2)}\n`,
    );
    expect(took.get(200)).toBeLessThanOrEqual(30_000);
    expect(growth).toBeLessThanOrEqual(1.3);
  }, 300_000);
});

function read(file: string): Scenario {
  const text = readScenarioText(readFileSync(file, 'utf8'));
  if ('faults' in text) throw new Error(text.faults[0]?.message);
  const parsed = parseScenario(text.document);
  if ('faults' in parsed) throw new Error(parsed.faults[0]?.message);
  return parsed.scenario;
}

/** F1 with its four grants copied until there are so many; each copy lives the life of its original. */
function withGrants(count: number): Scenario {
  const copies = Array.from({ length: count }, (_, index) => {
    const original = f1.grants[index % f1.grants.length] as Scenario['grants'][number];
    return { original: original.code, grant: { ...original, code: `${original.code}-${index}` } };
  });
  const happenings = f1.happenings.flatMap((happening): Happening[] =>
    happening.grant === '*'
      ? [happening]
      : copies
          .filter(({ original }) => original === happening.grant)
          .map(({ grant }) => ({ ...happening, grant: grant.code })),
  );
  return { ...f1, grants: copies.map(({ grant }) => grant), happenings };
}

function print(what: string, tookMs: number, boundMs: number): void {
  process.stdout.write(
    `simulation of ${what}: ${(tookMs / 1000).toFixed(2)} s = ${(tookMs / boundMs).toFixed(2)} of its bound\n`,
  );
}
