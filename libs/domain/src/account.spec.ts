import { describe, expect, it } from '@jest/globals';

import { testTable } from '#test/support/decision-table.js';
import { examplePlan, ibans, people } from '#test/support/domain-fixture.js';
import type { Stage } from '#test/support/domain-fixture.js';
import { active, awarded, reason } from '#test/support/domain-stages.js';
import { commandNames, commands } from './commands.js';
import type { AccountEvent } from './events.js';
import { explainGate } from './gate.js';
import type { Obstacle } from './gate.js';
import { checkAccounts, checkGrant } from './invariants.js';
import { heldBecause } from './payout.js';

const other = { iban: ibans[1] };
const noMatch = { result: 'no-match' };
const checked = (stage: Stage, result: string): Stage => stage.must('fien', 'record-payee-check', { result });
const overridden = (stage: Stage): Stage =>
  checked(stage, 'no-match').must('an', 'override-payee-check', { reason });
const unverified = (): Stage => awarded({ account: 'unverified' });

describe('every state of an account × every command on it', () => {
  testTable(
    {
      states: {
        none: () => awarded({ account: 'none' }),
        unverified,
        blocked: () => checked(unverified(), 'no-match'),
        overridden: () => overridden(unverified()),
        verified: awarded,
        'verified, then blocked': () => checked(awarded(), 'no-match'),
        'verified, then overridden': () => overridden(awarded()),
      },
      commands: {
        'change-account': { by: 'stad', input: other },
        'verify-account': { by: 'fien' },
        'record-payee-check': { by: 'fien', input: noMatch },
        'override-payee-check': { by: 'fien', input: { reason } },
      },
      rows: {
        none: {
          'change-account': 'account.changed',
          'verify-account': '✗ wrong-state',
          'record-payee-check': '✗ wrong-state',
          'override-payee-check': '✗ wrong-state',
        },
        unverified: {
          'change-account': 'account.changed',
          'verify-account': 'account.verified',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': '✗ wrong-state',
        },
        blocked: {
          'change-account': 'account.changed',
          'verify-account': '✗ account-not-verified',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': 'account.payee-check-overridden',
        },
        overridden: {
          'change-account': 'account.changed',
          'verify-account': 'account.verified',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': '✗ wrong-state',
        },
        verified: {
          'change-account': 'account.changed',
          'verify-account': '✗ wrong-state',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': '✗ wrong-state',
        },
        'verified, then blocked': {
          'change-account': 'account.changed',
          'verify-account': '✗ account-not-verified',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': 'account.payee-check-overridden',
        },
        'verified, then overridden': {
          'change-account': 'account.changed',
          'verify-account': '✗ wrong-state',
          'record-payee-check': 'account.payee-checked',
          'override-payee-check': '✗ wrong-state',
        },
      },
    },
    {
      states: [
        'none',
        'unverified',
        'blocked',
        'overridden',
        'verified',
        'verified, then blocked',
        'verified, then overridden',
      ],
      commands: commandNames.filter((name) => commands[name].on === 'beneficiary'),
    },
  );
});

describe('an account', () => {
  it('changed is unverified: a payable tranche falls back until someone else verified it', () => {
    const stage = active();
    stage.sweep();
    expect(stage.account('stad', 'change-account', other).types).toEqual([
      'account.changed',
      'tranche.planned',
    ]);
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 2' },
    });
    expect(stage.account('an', 'verify-account').types).toEqual(['account.verified', 'tranche.payable']);
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
  });

  it('is verified by another person than entered it, whatever the plan says of four eyes', () => {
    const stage = active();
    stage.account('omni', 'change-account', other);
    expect(stage.account('omni', 'verify-account').refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'change-account' },
    });
    expect(stage.account('fien', 'verify-account').refused).toBeNull();
  });

  it('is changed, checked and verified by those who may, a beneficiary its own only', () => {
    const stage = active();
    for (const by of ['gent', 'fien', 'els', 'bart', 'rek', 'op'] as const)
      expect([by, stage.account(by, 'change-account', other).refused?.code]).toEqual([by, 'not-allowed']);
    for (const by of ['stad', 'els', 'bart', 'rek', 'op'] as const) {
      expect([by, stage.account(by, 'verify-account').refused?.code]).toEqual([by, 'not-allowed']);
      expect([by, stage.account(by, 'record-payee-check', noMatch).refused?.code]).toEqual([
        by,
        'not-allowed',
      ]);
      expect([by, stage.account(by, 'override-payee-check', { reason }).refused?.code]).toEqual([
        by,
        'not-allowed',
      ]);
    }
    expect(stage.account('an', 'change-account', other).refused).toBeNull();
  });

  it('that is in force already, or is none, is invalid', () => {
    expect(active().account('stad', 'change-account', { iban: ibans[0] }).refused?.code).toBe('invalid');
    expect(active().account('stad', 'change-account', { iban: 'BE00' }).refused?.code).toBe('invalid');
    expect(active().account('stad', 'change-account', {}).refused?.facts).toMatchObject({ path: 'iban' });
  });
});

describe('what is known of an account', () => {
  const address = { street: 'Grote Markt', number: '1', postCode: '2000', town: 'Antwerpen', country: 'BE' };
  const full = {
    iban: ibans[1],
    holder: 'Stad Antwerpen, Financiën',
    address,
    validFrom: '2023-01-01',
    validUntil: '2023-12-31',
  };

  it('is on record with its version, and the same again is refused', () => {
    const stage = active();
    expect(stage.account('an', 'change-account', full).events[0]?.data).toEqual({ ...full, version: 2 });
    expect(stage.file.accounts.at(-1)).toMatchObject(full);
    expect(stage.account('an', 'change-account', full).refused?.code).toBe('invalid');
    for (const [field, differs] of [
      ['holder', 'Stad Antwerpen'],
      ['address', { ...address, number: '2' }],
      ['address', { town: 'Antwerpen', country: 'BE' }],
      ['validFrom', '2023-01-02'],
      ['validUntil', '2023-12-30'],
    ] as const) {
      const before = stage.file.accounts.length;
      stage.account('an', 'change-account', { ...full, [field]: differs });
      stage.account('an', 'change-account', full);
      expect([field, stage.file.accounts.length]).toEqual([field, before + 2]);
    }
    expect(stage.account('an', 'change-account', { iban: ibans[1] }).refused).toBeNull();
    expect(stage.file.accounts.at(-1)).toMatchObject({ holder: null, address: null, validFrom: null });
  });

  it.each([
    ['holder', { holder: ' ' }],
    ['holder', { holder: 'x'.repeat(71) }],
    ['address', { address: 'Grote Markt 1, Antwerpen' }],
    ['address', { address: { country: 'BE' } }],
    ['address', { address: { town: 'Antwerpen' } }],
    ['address', { address: { town: 'Antwerpen', country: 'be' } }],
    ['address', { address: { ...address, floor: '3' } }],
    ['address', { address: { ...address, number: 1 } }],
    ['address', { address: { ...address, town: 'x'.repeat(36) } }],
    ['validFrom', { validFrom: '2023-02-29' }],
    ['validUntil', { validFrom: '2023-01-02', validUntil: '2023-01-01' }],
  ])('refuses a %s that is none', (path, part) => {
    const { refused } = active().account('an', 'change-account', { iban: ibans[1], ...part });
    expect(refused).toMatchObject({ code: 'invalid', facts: { path } });
  });

  it.each([
    ['result', { result: 'maybe' }],
    ['result', {}],
    ['suggested', { result: 'match', suggested: 'Stad Gent' }],
    ['suggested', { result: 'close-match', suggested: 'x'.repeat(141) }],
  ])('refuses a payee check whose %s is wrong', (path, input) => {
    const { refused } = active().account('fien', 'record-payee-check', input);
    expect(refused).toMatchObject({ code: 'invalid', facts: { path } });
  });

  it('keeps the latest payee check, with the name the bank suggested', () => {
    const stage = active().must('fien', 'record-payee-check', {
      result: 'close-match',
      suggested: 'Stad Antwerpn',
    });
    const at = stage.now;
    expect(stage.file.accounts.at(-1)?.payeeCheck).toEqual({
      result: 'close-match',
      suggested: 'Stad Antwerpn',
      by: 'fien',
      at,
    });
    checked(stage, 'match');
    expect(stage.file.accounts.at(-1)?.payeeCheck).toMatchObject({ result: 'match', suggested: null });
  });
});

/** What of its account stands in the way of tranche 1. */
const obstacle = (stage: Stage): Obstacle | undefined => {
  const [first] = stage.grant.tranches;
  return first && explainGate(stage.grant, first, stage.facts()).obstacles[0];
};

describe('a payee check that finds no match', () => {
  it('takes a verified account out of use until a new check or an override, and voids approvals', () => {
    const stage = active({ orders: false }).must('bart', 'approve-tranche', { tranche: 1 });
    expect(stage.account('fien', 'record-payee-check', noMatch).types).toEqual([
      'account.payee-checked',
      'tranche.planned',
    ]);
    expect(obstacle(stage)).toEqual({ code: 'account-not-verified', account: 'no-match' });
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 1', state: 'no-match' },
    });
    expect(stage.account('fien', 'record-payee-check', { result: 'match' }).types).toContain(
      'tranche.payable',
    );
    expect(stage.grant.tranches[0]?.approval).toBeNull();
  });

  it('holds an ordered payout', () => {
    const stage = active().must('bart', 'approve-tranche', { tranche: 1 });
    checked(stage, 'no-match');
    const [payout] = stage.grant.payouts;
    expect(payout && heldBecause(stage.grant, payout, stage.facts())).toBe('account-not-verified');
    expect(stage.give('fien', 'hand-over-payout', { tranche: 1 }).refused?.code).toBe('account-not-verified');
    overridden(stage);
    expect(stage.give('fien', 'hand-over-payout', { tranche: 1 }).refused).toBeNull();
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('is overridden with a reason, by whoever did not enter the account, and by each check anew', () => {
    const stage = active();
    stage.account('omni', 'change-account', other);
    checked(stage, 'no-match');
    expect(stage.account('omni', 'override-payee-check').refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'change-account' },
    });
    expect(stage.account('an', 'override-payee-check').refused?.code).toBe('reason-required');
    expect(stage.account('an', 'verify-account').refused).toEqual({
      code: 'account-not-verified',
      facts: {
        account: 'version 2',
        payeeCheck: 'no-match',
        needed: ['another payee check', 'override-payee-check'],
      },
    });
    stage.must('an', 'override-payee-check', { reason }).must('an', 'verify-account');
    expect(stage.status(1)).toBe('payable');
    expect(stage.account('an', 'override-payee-check', { reason }).refused?.facts).toMatchObject({
      payeeCheck: 'overridden',
    });
    checked(stage, 'no-match');
    expect(stage.status(1)).toBe('planned');
    expect(stage.file.accounts.at(-1)?.override).toBeNull();
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
  });

  it.each(['match', 'close-match', 'not-possible'])('is lifted by %s of someone else only', (result) => {
    const stage = active();
    stage.account('omni', 'change-account', other);
    // Before there is a block, and about one, whoever entered the account may tell what was found.
    expect(stage.account('omni', 'record-payee-check', { result }).refused).toBeNull();
    expect(stage.account('omni', 'record-payee-check', noMatch).refused).toBeNull();
    expect(stage.account('omni', 'record-payee-check', noMatch).refused).toBeNull();
    expect(stage.account('omni', 'record-payee-check', { result }).refused).toEqual({
      code: 'four-eyes',
      facts: { who: 'omni', did: 'change-account' },
    });
    stage.must('an', 'override-payee-check', { reason });
    expect(stage.account('omni', 'record-payee-check', { result }).refused).toBeNull();
    checked(stage, 'no-match');
    expect(stage.account('fien', 'record-payee-check', { result }).refused).toBeNull();
    expect(stage.account('an', 'verify-account').refused).toBeNull();
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
  });

  it('is lifted by the service of what it carried over: it is no person', () => {
    const stage = active();
    stage.account('system', 'change-account', other);
    const carrier = { ...people.fien, id: 'system', roles: ['finance', 'system'] } as const;
    stage.account(carrier, 'record-payee-check', noMatch);
    expect(stage.account(carrier, 'record-payee-check', { result: 'match' }).refused).toBeNull();
    expect(checkAccounts(stage.accountEvents)).toEqual([]);
  });

  it.each(['match', 'close-match', 'not-possible'])('%s blocks nothing', (result) => {
    const stage = active();
    expect(stage.account('fien', 'record-payee-check', { result }).types).not.toContain('tranche.planned');
    expect(stage.status(1)).toBe('payable');
    expect(
      checked(awarded({ account: 'unverified' }), result).give('an', 'verify-account').refused,
    ).toBeNull();
  });
});

describe('cooling-off', () => {
  const plan = { ...examplePlan, approval: { ...examplePlan.approval, coolingOff: 'P3D' } };

  it('freezes payouts to an account that replaced another until the day begins in the plan’s time zone', () => {
    const stage = active({ plan }).at('2023-01-09T23:30');
    stage.account('stad', 'change-account', other);
    expect(stage.account('fien', 'verify-account').types).toEqual(['account.verified']);
    expect(obstacle(stage)).toEqual({
      code: 'account-not-verified',
      account: 'cooling-off',
      until: '2023-01-12',
    });
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).refused).toEqual({
      code: 'account-not-verified',
      facts: { account: 'version 2', state: 'cooling-off', until: '2023-01-12' },
    });
    expect(stage.nextDueAt()).toBe('2023-01-11T23:00:00.000Z');
    expect(stage.until('2023-01-11T23:59').types).toEqual([]);
    expect(stage.until('2023-01-12T00:00').types).toEqual(['tranche.payable']);
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).types).toContain('payout.ordered');
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('counts from when the account was entered, however late it is verified', () => {
    const stage = active({ plan });
    stage.account('stad', 'change-account', other);
    stage.at('2023-01-20T10:00');
    expect(stage.account('fien', 'verify-account').types).toContain('tranche.payable');
  });

  it('is none for a first account, for one that the service carried over, and where the plan has none', () => {
    const first = active({ plan, account: 'none' });
    first.account('stad', 'change-account', other);
    expect(first.account('fien', 'verify-account').types).toContain('tranche.payable');
    const carried = active({ plan });
    carried.account('system', 'change-account', other);
    expect(carried.account('system', 'verify-account').types).toContain('tranche.payable');
    const without = active();
    without.account('stad', 'change-account', other);
    expect(without.account('fien', 'verify-account').types).toContain('tranche.payable');
  });

  it('that is still on breaks I9 where a payout was ordered all the same', () => {
    const stage = active();
    stage.account('stad', 'change-account', other);
    stage.account('fien', 'verify-account');
    stage.must('bart', 'approve-tranche', { tranche: 1 });
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
    const found = checkGrant(stage.grant, stage.events, { ...stage.history(), plan });
    expect(found.map(({ invariant }) => invariant)).toContain('I9');
  });
});

describe('validity', () => {
  it('bounds when an account may be paid to, its first and last day included', () => {
    const stage = active({ orders: false });
    const valid = { validFrom: '2023-01-10', validUntil: '2023-01-20' };
    stage.account('stad', 'change-account', { ...other, ...valid });
    stage.account('fien', 'verify-account');
    expect(obstacle(stage)).toEqual({
      code: 'account-not-verified',
      account: 'not-valid',
      from: '2023-01-10',
      until: '2023-01-20',
    });
    expect(stage.until('2023-01-09T23:59').types).toEqual([]);
    expect(stage.until('2023-01-10T00:00').types).toEqual(['tranche.payable']);
    stage.must('bart', 'approve-tranche', { tranche: 1 });
    expect(stage.until('2023-01-20T23:59').types).toEqual([]);
    expect(stage.until('2023-01-21T00:00').types).toEqual(['tranche.planned']);
    expect(stage.give('bart', 'approve-tranche', { tranche: 1 }).refused?.facts).toEqual({
      account: 'version 2',
      state: 'not-valid',
      from: '2023-01-10',
      until: '2023-01-20',
    });
  });
});

it('I8: an override by whoever entered the account is found', () => {
  const stage = active();
  stage.account('omni', 'change-account', other);
  overridden(stage);
  expect(checkAccounts(stage.accountEvents)).toEqual([]);
  const same = stage.accountEvents.map((event) => ({ ...event, actor: 'omni' }));
  expect([...new Set(checkAccounts(same).map(({ invariant }) => invariant))]).toEqual(['I8']);
});

it('I8: a check by whoever entered the account is found where it lifts a block, and only there', () => {
  const by = (actor: string, result: string): Stage => {
    const stage = active();
    stage.account('omni', 'change-account', other);
    checked(checked(stage, 'no-match'), result);
    const last = stage.accountEvents.length - 1;
    stage.accountEvents.splice(last, 1, { ...(stage.accountEvents[last] as AccountEvent), actor });
    return stage;
  };
  const found = (stage: Stage): string[] =>
    checkAccounts(stage.accountEvents).map(({ invariant }) => invariant);
  expect(found(by('omni', 'match'))).toEqual(['I8']);
  expect(found(by('omni', 'no-match'))).toEqual([]);
  expect(found(by('an', 'match'))).toEqual([]);
});
