import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

import { parseCivilDate } from '#domain/civil-date.js';
import { type CommandName, commandNames, shapeOf } from '#domain/commands.js';
import { parseScenario } from '#domain/scenario-document.js';
import { scenarioSchema } from '#domain/scenario-schema.js';

import { readBankFiles } from '#cli/scenario-file.js';

const root = new URL('../../', import.meta.url);
const published = JSON.parse(readFileSync(new URL('config/scenario.schema.json', root), 'utf8')) as object;
const validate = new Ajv2020({
  strict: true,
  // "name?" lists make `required` and `not` stand beside properties of the same object.
  strictRequired: false,
  allErrors: true,
  formats: { date: (text: string) => 'value' in parseCivilDate(text) },
}).compile(published);

const examples = ['config/programmes/', 'test/scenarios/'].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => folder + name),
);

/** As an editor reads the file: shares are numbers, which the schema takes beside their text. */
const documentOf = (text: string): Record<string, unknown> => parse(text) as Record<string, unknown>;
const textOf = (example: string): string => readFileSync(new URL(example, root), 'utf8');
const f1 = textOf('config/programmes/roma-experten-netwerk-2023-2024.yaml');

describe('config/scenario.schema.json', () => {
  it('is the schema that the code builds', () => {
    // After a change: write JSON.stringify(scenarioSchema) there and format it.
    expect(published).toEqual(JSON.parse(JSON.stringify(scenarioSchema)));
  });

  it('knows every command but the one the service gives itself', () => {
    const { happenings } = published['properties' as keyof object] as {
      happenings: { items: { oneOf: { title: string }[] } };
    };
    const titles = happenings.items.oneOf.map(({ title }) => title);
    const given = (name: CommandName): boolean => name !== 'draft-grant' && shapeOf(name).internal !== true;
    expect(titles).toEqual(commandNames.filter(given));
  });

  it.each(examples)('takes %s', (example) => {
    validate(documentOf(textOf(example)));
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    ['another version', 'sluis: 1', 'sluis: 2'],
    ['an unknown field', 'calendar: BE', 'calender: BE'],
    ['an amount with three decimals', "'56000.00'", "'56000.000'"],
    ['an amount as a number', "'56000.00'", '56000.00'],
    ['a negative amount', "'56000.00'", "'-56000.00'"],
    ['a date that does not exist', 'start: 2023-01-01', 'start: 2023-02-29'],
    ['a share above 100', 'share: 40', 'share: 140.5'],
    ['a share with a remainder', 'remainder: true', 'remainder: true\n      share: 20'],
    ['a due date with plus and minus', 'on: gate, plus: P30D', 'on: gate, plus: P30D, minus: P1D'],
    ['a report due at a gate', 'on: grant-end, plus: P2M', 'on: gate, plus: P2M'],
    ['a condition of no kind', "'tranche:2'", "'schijf:2'"],
    ['an unknown command', 'do: award', 'do: awrd'],
    ['a command of the service', 'do: award', 'do: draft-grant'],
    ['a field of another command', 'do: award', 'do: award, tranche: 1'],
    [
      'a missing field',
      'do: award',
      'do: close, grant: REN-ANT }\n  - { at: 2023-01-01T00:00, by: an, do: approve-tranche',
    ],
    ['an unknown role', 'roles: [auditor]', 'roles: [minister]'],
    ['a grant code with a space', 'code: REN-ANT', 'code: REN ANT'],
    ['a KBO number as a number', "'0207500123'", '0207500123'],
  ])('refuses %s, as the reader does', (_, from, to) => {
    const whole = f1.replace('  tranches:', '  calendar: BE\n  tranches:');
    expect(whole).toContain(from);
    const broken = documentOf(whole.replace(from, to));
    expect(validate(broken)).toBe(false);
    expect(parseScenario(broken)).toHaveProperty('faults');
  });
});

describe('the examples', () => {
  it.each(examples)('%s reads without a fault', (example) => {
    const document = documentOf(textOf(example));
    expect(readBankFiles(document, fileURLToPath(new URL('.', new URL(example, root))))).toEqual([]);
    const read = parseScenario(document);
    expect('faults' in read ? read.faults : []).toEqual([]);
  });

  it('hold case F1 as it was published', () => {
    const read = parseScenario(documentOf(f1));
    if ('faults' in read) throw new Error('faults');
    const { grants, programme } = read.scenario;
    expect(grants.map((grant) => [grant.code, grant.amountCents, grant.start])).toEqual([
      ['REN-ANT', 5_600_000n, '2023-01-01'],
      ['REN-BRU', 4_360_000n, '2023-01-01'],
      ['REN-GEN', 2_800_000n, '2023-01-01'],
      ['REN-SNI', 1_400_000n, '2023-01-01'],
    ]);
    expect(grants.reduce((sum, grant) => sum + grant.amountCents, 0n)).toBe(14_160_000n);
    expect(programme.plan.reports[0]).toMatchObject({
      due: { kind: 'date', on: '2024-02-28' },
      shift: 'none',
    });
  });
});
