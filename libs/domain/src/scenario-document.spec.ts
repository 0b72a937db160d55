import { describe, expect, it } from '@jest/globals';

import { parseScenario, throughDate } from './scenario-document.js';

type Entry = Record<string, unknown>;
interface File extends Entry {
  programme: Entry & { tranches: Entry[] };
  people: Entry[];
  beneficiaries: Entry[];
  grants: Entry[];
  happenings: Entry[];
}

/** Built anew for each row, so that a row may break it. */
function sound(): File {
  return {
    sluis: 1,
    programme: {
      code: 'REN',
      title: 'Roma Experten Netwerk',
      tranches: [
        { no: 1, share: 60 },
        { no: 2, remainder: true, requires: ['report:annual-2023', 'evaluation:interim'] },
      ],
      reports: [
        { code: 'interim', kind: 'both', due: { on: '2024-02-28' } },
        { code: 'annual', kind: 'both', due: { every: 'year', on: '02-28', from: 2023, to: 2024 } },
      ],
      evaluations: [{ code: 'interim', report: 'interim' }],
    },
    people: [
      { id: 'an', roles: ['administrator'], name: 'An', language: 'nl' },
      { id: 'bart', roles: ['approver', 'finance'] },
      { id: 'stad', roles: ['beneficiary'], of: 'antwerpen' },
    ],
    beneficiaries: [
      {
        id: 'antwerpen',
        name: 'Stad Antwerpen',
        kbo: '0207.500.123',
        iban: 'BE07 9900 0000 0166',
        verified: true,
      },
    ],
    grants: [
      {
        code: 'REN-ANT',
        beneficiary: 'antwerpen',
        amount: '56000.00',
        start: '2023-01-01',
        end: '2024-12-31',
        handler: 'an',
      },
    ],
    happenings: [
      { at: '2022-12-15T10:00', by: 'an', do: 'award', grant: '*' },
      { at: '2023-01-04T11:00', by: 'bart', do: 'approve-tranche', grant: 'REN-ANT', tranche: 1 },
      {
        at: '2024-02-20T16:00+01:00',
        by: 'stad',
        do: 'submit-report',
        grant: 'REN-ANT',
        report: 'interim',
        costs: '22000.00',
      },
    ],
    until: '2025-06-30',
  };
}

function faultsOf(input: unknown): (readonly [string, string])[] {
  const read = parseScenario(input);
  return 'faults' in read ? read.faults.map(({ path, message }) => [path, message]) : [];
}

function scenarioOf(input: unknown) {
  const read = parseScenario(input);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.scenario;
}

describe('parseScenario', () => {
  it('reads a whole file', () => {
    const scenario = scenarioOf(sound());
    expect(scenario.people[1]).toEqual({
      id: 'bart',
      name: null,
      roles: ['approver', 'finance'],
      of: null,
      language: null,
      mail: null,
    });
    expect(scenario.beneficiaries).toEqual([
      {
        id: 'antwerpen',
        name: 'Stad Antwerpen',
        kbo: '0207500123',
        iban: 'BE07990000000166',
        verified: true,
      },
    ]);
    expect(scenario.grants[0]).toMatchObject({ amountCents: 5_600_000n, handler: 'an' });
    expect(scenario.happenings[2]).toEqual({
      index: 2,
      at: '2024-02-20T15:00:00.000Z',
      by: 'stad',
      do: 'submit-report',
      grant: 'REN-ANT',
      input: { report: 'interim', costs: '22000.00' },
    });
    expect(scenario.programme).toMatchObject({ code: 'REN', plan: { timeZone: 'Europe/Brussels' } });
    expect(Object.keys(scenario.programme.document)).toEqual(['tranches', 'reports', 'evaluations']);
  });

  it('reads a file in which nothing happens', () => {
    const { sluis, programme, until } = sound();
    expect(scenarioOf({ sluis, programme, until })).toMatchObject({ people: [], grants: [], happenings: [] });
  });

  it('takes an offset and the programme zone for what they are', () => {
    const file = sound();
    file.programme['timeZone'] = 'America/New_York';
    file.happenings[0]!['at'] = '2022-12-15T10:00';
    expect(scenarioOf(file).happenings[0]?.at).toBe('2022-12-15T15:00:00.000Z');
  });

  it.each(['missing role', 'undeclared document', 'undeclared recovery', 'two alike at one moment'])(
    'leaves a %s to the run',
    (what) => {
      const file = sound();
      const at = '2024-03-01T10:00';
      const happenings: Record<string, Entry[]> = {
        'missing role': [{ at, by: 'stad', do: 'award', grant: 'REN-ANT' }],
        'undeclared document': [{ at, by: 'an', do: 'receive-document', grant: 'REN-ANT', name: 'any' }],
        'undeclared recovery': [{ at, by: 'an', do: 'notify-recovery', grant: 'REN-ANT', recovery: 7 }],
        'two alike at one moment': Array.from({ length: 2 }, () => ({
          at,
          by: 'an',
          do: 'close',
          grant: '*',
        })),
      };
      file.happenings.push(...happenings[what]!);
      expect(faultsOf(file)).toEqual([]);
    },
  );

  it('collects every fault of every part, and several of one happening', () => {
    const file = sound();
    file.programme.tranches[0]!['share'] = 120;
    file.people[0]!['roles'] = ['minister'];
    file.beneficiaries[0]!['kbo'] = '0207500124';
    file.grants[0]!['end'] = '2022-12-31';
    file.happenings[2] = {
      at: 'soon',
      by: 'nobody',
      do: 'extend-deadline',
      grant: 'REN',
      report: 'annual',
      until: '2023-02-29',
      x: 1,
    };
    expect(faultsOf(file).map(([path]) => path)).toEqual([
      'programme.tranches[0].share',
      'beneficiaries[0].kbo',
      'people[0].roles[0]',
      'grants[0].end',
      'happenings[2].at',
      'happenings[2].by',
      'happenings[2].grant',
      'happenings[2].x',
      'happenings[2].until',
      'happenings[2].report',
    ]);
  });
});

describe('throughDate', () => {
  it('includes the day and drops what comes after it', () => {
    const scenario = scenarioOf(sound());
    expect(throughDate(scenario, '2023-01-04').happenings.map(({ index }) => index)).toEqual([0, 1]);
    expect(throughDate(scenario, '2023-01-03')).toMatchObject({
      until: '2023-01-03',
      happenings: [{ index: 0 }],
    });
    expect(throughDate(scenario, '2030-01-01').happenings).toHaveLength(3);
  });

  it('ends the day where the programme does', () => {
    const file = sound();
    file.happenings.push({ at: '2024-07-01T00:00', by: 'an', do: 'close', grant: '*' });
    expect(throughDate(scenarioOf(file), '2024-06-30').happenings).toHaveLength(3);
    expect(throughDate(scenarioOf(file), '2024-07-01').happenings).toHaveLength(4);
  });
});

const person = (change: Entry) => (file: File) => Object.assign(file.people[1]!, change);
const beneficiary = (change: Entry) => (file: File) => Object.assign(file.beneficiaries[0]!, change);
const grant = (change: Entry) => (file: File) => Object.assign(file.grants[0]!, change);
const happening = (change: Entry) => (file: File) => Object.assign(file.happenings[2]!, change);
const happens = (name: string, fields: Entry) => (file: File) => {
  file.happenings[2] = { at: '2024-03-01T10:00', by: 'an', do: name, grant: 'REN-ANT', ...fields };
};
const top = (change: Entry) => (file: File) => Object.assign(file, change);

describe('a file is refused for', () => {
  it.each<[string, (file: File) => unknown, string, string]>([
    ['another version', top({ sluis: 2 }), 'sluis', 'write sluis: 1'],
    ['no version', top({ sluis: undefined }), 'sluis', 'a scenario needs "sluis"'],
    ['no last day', top({ until: null }), 'until', 'a scenario needs "until"'],
    ['a last day that does not exist', top({ until: '2025-06-31' }), 'until', 'June 2025 has 30 days'],
    ['an unknown field', top({ happening: [] }), 'happening', 'did you mean "happenings"?'],
    [
      'people that are no list',
      (file) => Object.assign(file, { people: {} }),
      'people',
      'an object is not a list',
    ],
    [
      'a person given twice',
      (file) => file.people.push({ id: 'an', roles: ['auditor'] }),
      'people[3].id',
      'the person "an" is given twice, first at people[0].id',
    ],
    [
      'a person named system',
      (file) => file.people.push({ id: 'system', roles: ['auditor'] }),
      'people[3].id',
      'the service itself',
    ],
    ['no roles', person({ roles: [] }), 'people[1].roles', 'at least one of administrator'],
    [
      'an operator with another role',
      person({ roles: ['operator', 'finance'] }),
      'people[1].roles',
      'an operator holds no other role',
    ],
    [
      'a role given twice',
      person({ roles: ['finance', 'finance'] }),
      'people[1].roles',
      'each role is named once',
    ],
    ['a beneficiary of nobody', person({ roles: ['beneficiary'] }), 'people[1].roles', 'needs "of"'],
    [
      'a finance person of a beneficiary',
      person({ of: 'antwerpen' }),
      'people[1].of',
      'belongs to the role beneficiary',
    ],
    [
      'a person of an undeclared beneficiary',
      person({ roles: ['beneficiary'], of: 'antwerp' }),
      'people[1].of',
      'did you mean "antwerpen"?',
    ],
    ['a language in full', person({ language: 'Nederlands' }), 'people[1].language', 'write its two letters'],
    [
      'a KBO number with a wrong check digit',
      beneficiary({ kbo: '0207500124' }),
      'beneficiaries[0].kbo',
      'for 02075001 they are 23',
    ],
    [
      'a KBO number as a number',
      beneficiary({ kbo: 207500123 }),
      'beneficiaries[0].kbo',
      'is not a KBO number',
    ],
    [
      'an IBAN with wrong check digits',
      beneficiary({ iban: 'BE08990000000166' }),
      'beneficiaries[0].iban',
      'check digits',
    ],
    [
      'an account verified that is not there',
      beneficiary({ iban: undefined }),
      'beneficiaries[0].verified',
      'no account to be verified',
    ],
    [
      'a beneficiary given twice',
      (file) => file.beneficiaries.push({ ...file.beneficiaries[0] }),
      'beneficiaries[1].id',
      'is given twice',
    ],
    [
      'a grant given twice',
      (file) => file.grants.push({ ...file.grants[0] }),
      'grants[1].code',
      'the grant "REN-ANT" is given twice',
    ],
    [
      'a grant code of 25 letters',
      grant({ code: 'A'.repeat(25) }),
      'grants[0].code',
      'write 1 to 24 letters',
    ],
    [
      'a grant code ending in a hyphen',
      grant({ code: 'REN-' }),
      'grants[0].code',
      'ending with a letter or digit',
    ],
    ['a grant code with an underscore', grant({ code: 'REN_ANT' }), 'grants[0].code', 'is no grant code'],
    [
      'an undeclared beneficiary',
      grant({ beneficiary: 'gent' }),
      'grants[0].beneficiary',
      '"gent" is no beneficiary of this file',
    ],
    ['an amount with three decimals', grant({ amount: '1.000' }), 'grants[0].amount', 'has 3 decimals'],
    ['an amount as a number', grant({ amount: 56000 }), 'grants[0].amount', 'is a number; an amount is text'],
    ['a negative amount', grant({ amount: '-5.00' }), 'grants[0].amount', 'is negative'],
    ['a grant of nothing', grant({ amount: '0.00' }), 'grants[0].amount', 'above 0.00'],
    [
      'a start that does not exist',
      grant({ start: '2023-02-29' }),
      'grants[0].start',
      'February 2023 has 28 days',
    ],
    [
      'an end before the start',
      grant({ end: '2022-12-31' }),
      'grants[0].end',
      'ends on 2022-12-31, before it starts on 2023-01-01',
    ],
    ['an undeclared handler', grant({ handler: 'ann' }), 'grants[0].handler', 'did you mean "an"?'],
    [
      'a handler who is no administrator',
      grant({ handler: 'bart' }),
      'grants[0].handler',
      '"bart" is no administrator',
    ],
    [
      'a happening that is text',
      (file) => file.happenings.splice(2, 1, 'award' as never),
      'happenings[2]',
      'is not a happening',
    ],
    [
      'a happening without a person',
      happening({ by: undefined }),
      'happenings[2].by',
      'a happening needs "by"',
    ],
    [
      'a happening without a command',
      happening({ do: undefined }),
      'happenings[2].do',
      'a happening needs "do"',
    ],
    [
      'a happening without a grant',
      happening({ grant: null }),
      'happenings[2].grant',
      'a happening needs "grant"',
    ],
    ['a time without hours', happening({ at: '2024-02-20' }), 'happenings[2].at', 'is not a moment'],
    [
      'a day that does not exist',
      happening({ at: '2023-02-29T10:00' }),
      'happenings[2].at',
      'February 2023 has 28 days',
    ],
    [
      'a time that the clocks skip',
      happening({ at: '2024-03-31T02:30' }),
      'happenings[2].at',
      'the clocks skip it',
    ],
    [
      'happenings out of order',
      happening({ at: '2023-01-04T10:59' }),
      'happenings[2].at',
      '"2023-01-04T10:59" comes before happenings[1]; happenings stand in time order',
    ],
    [
      'a happening after the last day',
      happening({ at: '2025-07-01T00:00' }),
      'happenings[2].at',
      'comes after the last day, until: 2025-06-30',
    ],
    [
      'an undeclared person',
      happening({ by: 'stadt' }),
      'happenings[2].by',
      '"stadt" is no person of this file; did you mean "stad"?',
    ],
    ['a happening by the service', happening({ by: 'system' }), 'happenings[2].by', 'the service itself'],
    [
      'an undeclared grant',
      happening({ grant: 'REN-AMT' }),
      'happenings[2].grant',
      '"REN-AMT" is no grant of this file; did you mean "REN-ANT"?',
    ],
    ['a list of grants', happening({ grant: ['REN-ANT'] }), 'happenings[2].grant', 'a list is no grant'],
    [
      'an unknown command',
      happening({ do: 'submit-raport' }),
      'happenings[2].do',
      'did you mean "submit-report"?',
    ],
    [
      'a command of Object',
      happening({ do: 'constructor' }),
      'happenings[2].do',
      '"constructor" is no command',
    ],
    ['drafting', happening({ do: 'draft-grant' }), 'happenings[2].do', 'declare them under grants'],
    [
      'an unknown field of a command',
      happening({ cost: '1.00' }),
      'happenings[2].cost',
      'it takes report, costs',
    ],
    [
      'a missing field of a command',
      happening({ report: undefined }),
      'happenings[2].report',
      'needs report',
    ],
    ['costs as a number', happening({ costs: 22000 }), 'happenings[2].costs', 'an amount is text'],
    [
      'an undeclared report',
      happening({ report: 'final' }),
      'happenings[2].report',
      '"final" is no report of the plan',
    ],
    [
      'the bare code of a yearly report',
      happening({ report: 'annual' }),
      'happenings[2].report',
      'name one of annual-2023, annual-2024',
    ],
    [
      'an undeclared tranche',
      happens('approve-tranche', { tranche: 3 }),
      'happenings[2].tranche',
      'it has 1, 2',
    ],
    [
      'a tranche as text',
      happens('approve-tranche', { tranche: '1' }),
      'happenings[2].tranche',
      'whole number',
    ],
    [
      'an undeclared evaluation',
      happens('decide-evaluation', { evaluation: 'final', outcome: 'favourable' }),
      'happenings[2].evaluation',
      'is no evaluation of the plan',
    ],
    [
      'an unknown outcome',
      happens('decide-evaluation', { evaluation: 'interim', outcome: 'good' }),
      'happenings[2].outcome',
      'outcome is one of',
    ],
    [
      'partly favourable without a share',
      happens('decide-evaluation', { evaluation: 'interim', outcome: 'partly-favourable' }),
      'happenings[2].share',
      'needs a share',
    ],
    [
      'an undeclared new handler',
      happens('assign-handler', { handler: 'ans' }),
      'happenings[2].handler',
      '"ans" is no person of this file',
    ],
    [
      'a new deadline that does not exist',
      happens('extend-deadline', { report: 'interim', until: '2023-02-29' }),
      'happenings[2].until',
      'February 2023 has 28 days',
    ],
    [
      'an IBAN that is mistyped',
      happens('change-account', { iban: 'BE08990000000166' }),
      'happenings[2].iban',
      'check digits',
    ],
    [
      'a decision without a date',
      happens('reopen-grant', { decision: { reference: 'X' } }),
      'happenings[2].decision',
      'is not a date',
    ],
  ])('%s', (_, breakIt, path, message) => {
    const file = sound();
    breakIt(file);
    expect(faultsOf(file).filter((found) => found[0] === path)).toEqual([
      [path, expect.stringContaining(message)],
    ]);
    // What a row breaks may leave names dangling elsewhere, but nothing of another kind.
    const others = faultsOf(file).filter(
      (found) =>
        found[0] !== path &&
        !/^(happenings\[\d\]\.(by|grant)|grants\[0\]\.(beneficiary|handler)|people\[2\]\.of)$/.test(found[0]),
    );
    expect(others).toEqual([]);
  });

  it.each([null, [], 'sluis: 1', 5])('a file that holds %p', (input) => {
    expect(faultsOf(input)).toEqual([['file', expect.stringContaining('is not a scenario')]]);
  });
});
