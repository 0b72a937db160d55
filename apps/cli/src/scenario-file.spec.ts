import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { parseScenario } from '#domain/scenario-document.js';

import { readScenarioText } from './scenario-file.js';

describe('readScenarioText', () => {
  it('reads YAML 1.2: dates and codes stay text, and a share is its source text', () => {
    const text =
      'on: 2024-02-28\ntranches: [{no: 1, share: 33.3333}, {no: 2, share: "40"}, {no: 3, share: 26.66670}]\nyes: no\n';
    expect(readScenarioText(text)).toEqual({
      document: {
        on: '2024-02-28',
        tranches: [
          { no: 1, share: '33.3333' },
          { no: 2, share: '40' },
          { no: 3, share: '26.66670' },
        ],
        yes: 'no',
      },
    });
  });

  it('reads case F1 to a scenario without a fault', () => {
    const file = new URL('../../../config/programmes/roma-experten-netwerk-2023-2024.yaml', import.meta.url);
    const read = readScenarioText(readFileSync(file, 'utf8'));
    if ('faults' in read) throw new Error(JSON.stringify(read.faults));
    expect(parseScenario(read.document)).toMatchObject({ scenario: { until: '2025-06-30' } });
  });

  it('reads JSON, tabs and all', () => {
    const json = JSON.stringify({ sluis: 1, programme: { tranches: [{ no: 1, share: 100 }] } }, null, '\t');
    expect(readScenarioText(json)).toEqual({
      document: { sluis: 1, programme: { tranches: [{ no: 1, share: '100' }] } },
    });
  });

  it('resolves anchors that repeat a part', () => {
    expect(readScenarioText('a: &x {b: 1}\nc: *x')).toEqual({ document: { a: { b: 1 }, c: { b: 1 } } });
  });

  it('gives an empty file as nothing', () => {
    expect(readScenarioText('# later\n')).toEqual({ document: null });
  });

  it('keeps a field named __proto__ a field', () => {
    const read = readScenarioText('__proto__: {sluis: 1}') as { document: object };
    expect(Object.keys(read.document)).toEqual(['__proto__']);
  });

  it.each([
    [
      'a key given twice',
      'a: 1\nb: 2\na: 3',
      'line 3, column 1',
      'this field is given twice in one object; keep one of them',
    ],
    [
      'a list left open',
      'a: [1, 2',
      'line 1, column 9',
      'Flow sequence in block collection must be sufficiently indented and end with a ]; the file is YAML 1.2 or JSON',
    ],
    [
      'a tag',
      'a: !!js/function 1',
      'line 1, column 4',
      'Unresolved tag: tag:yaml.org,2002:js/function; write the value without a tag (!…)',
    ],
    [
      'two documents',
      'a: 1\n---\nb: 2',
      'line 2, column 1',
      'a second document begins here; a scenario file holds one',
    ],
    [
      'an alias of nothing',
      'a: *b',
      'file',
      'Unresolved alias (the anchor must be set before the alias): b; an alias (*name) repeats what an anchor (&name) above it marked',
    ],
    [
      'brackets without end',
      '['.repeat(100_000),
      'file',
      'it is nested too deep; a scenario needs fewer than ten levels',
    ],
    [
      'lists in one line',
      `${'- '.repeat(20_000)}a`,
      'file',
      'it is nested too deep; a scenario needs fewer than ten levels',
    ],
    [
      'maps without end',
      Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      'file',
      'it is nested too deep; a scenario needs fewer than ten levels',
    ],
    [
      'an alias bomb',
      [
        'a: &a [1]',
        ...'bcdefghi'
          .split('')
          .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`),
      ].join('\n'),
      'file',
      'its aliases (*name) stand for too much; write out what they repeat',
    ],
    [
      '6 MB',
      `a: "${'x'.repeat(6_000_000)}"`,
      'file',
      '6000005 bytes are too many; a scenario file has at most 5000000',
    ],
  ])('refuses %s', (_, text, path, message) => {
    expect(readScenarioText(text)).toEqual({ faults: [{ path, message }] });
  });

  it('does not take sixty brackets in comments and texts for nesting', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `- "[{ ${index}" # [{`);
    expect(readScenarioText(lines.join('\n'))).toHaveProperty('document');
  });

  it('names every key given twice, not only the first', () => {
    const read = readScenarioText('a: 1\na: 2\nb: 1\nb: 2') as { faults: unknown[] };
    expect(read.faults).toHaveLength(2);
  });

  it('reads five thousand happenings within a second or two', () => {
    const line = '  - {at: 2022-12-15T10:00, by: an, do: award, grant: REN-ANT}\n';
    const started = performance.now();
    expect(readScenarioText(`happenings:\n${line.repeat(5000)}`)).toHaveProperty('document');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
