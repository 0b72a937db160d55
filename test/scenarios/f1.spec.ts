import { parseAmount } from '#domain/money.js';
import type { Simulated } from '#cli/simulation/simulate.js';
import { simulate } from '#cli/simulation/simulate.js';
import type { TimelineLine } from '#cli/simulation/timeline.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';

const codes = ['REN-ANT', 'REN-BRU', 'REN-GEN', 'REN-SNI'];
const awards = ['56000.00', '43600.00', '28000.00', '14000.00'];

/** What the issue promises of case F1, said in words beside the bytes of its expected timeline. */
describe('F1, the Roma Experten Netwerk 2023-2024, from award to last payout', () => {
  let run: Simulated;
  beforeAll(async () => {
    const f1 = scenarioFiles().find(({ name }) => name.startsWith('roma-experten'));
    run = await simulate(readScenario(f1?.path ?? ''));
  });

  const lines = (event: string, which: Readonly<Record<string, unknown>> = {}): TimelineLine[] =>
    run.timeline.filter(
      (line) => line.event === event && Object.entries(which).every(([key, value]) => line[key] === value),
    );

  it('awards four grants, 141,600.00 in all', () => {
    expect(lines('grant.awarded').map(({ grant }) => grant)).toEqual(codes);
    expect(lines('grant.awarded').map(({ amount }) => amount)).toEqual(awards);
    expect(sum(lines('grant.awarded'))).toBe(14_160_000n);
  });

  it('makes tranche 1, 40 percent, payable as 2023-01-01 begins', () => {
    const first = lines('tranche.payable', { tranche: 1 });
    expect(first.map(({ grant, at, amount }) => [grant, at, amount])).toEqual([
      ['REN-ANT', '2023-01-01T00:00:00+01:00', '22400.00'],
      ['REN-BRU', '2023-01-01T00:00:00+01:00', '17440.00'],
      ['REN-GEN', '2023-01-01T00:00:00+01:00', '11200.00'],
      ['REN-SNI', '2023-01-01T00:00:00+01:00', '5600.00'],
    ]);
  });

  it('reminds every city before 28 February 2024, until it has reported', () => {
    const before = lines('reminder.sent', { report: 'interim', dueOn: '2024-02-28' })
      .filter(({ offset }) => String(offset).startsWith('-'))
      .map(({ grant, at, offset }) => `${grant} ${offset} ${at}`);
    expect(before).toEqual([
      ...codes.map((code) => `${code} -P30D 2024-01-29T09:00:00+01:00`),
      ...['REN-ANT', 'REN-BRU', 'REN-SNI'].map((code) => `${code} -P14D 2024-02-14T09:00:00+01:00`),
      ...['REN-BRU', 'REN-SNI'].map((code) => `${code} -P7D 2024-02-21T09:00:00+01:00`),
      ...['REN-BRU', 'REN-SNI'].map((code) => `${code} -P1D 2024-02-27T09:00:00+01:00`),
    ]);
  });

  it('reminds nobody of the same thing twice', () => {
    const told = lines('reminder.sent').map(({ grant, report, dueOn, offset, to }) =>
      [grant, report, dueOn, offset, to].join(' '),
    );
    expect(new Set(told).size).toBe(told.length);
  });

  it('accepts each interim report, marked late where it came after 28 February', () => {
    const accepted = lines('report.accepted', { report: 'interim' });
    expect(accepted.map(({ grant, late }) => [grant, late])).toEqual([
      ['REN-GEN', false],
      ['REN-ANT', false],
      ['REN-SNI', true],
      ['REN-BRU', false],
    ]);
  });

  it('refuses tranche 2 as gate-closed while the evaluation is open', () => {
    expect(lines('command.refused')).toEqual([
      {
        at: '2024-03-20T10:00:00+01:00',
        grant: 'REN-ANT',
        event: 'command.refused',
        command: 'approve-tranche',
        by: 'bart',
        tranche: 2,
        code: 'gate-closed',
        missing: ['evaluation:interim'],
      },
    ]);
    const [opened] = lines('evaluation.opened', { grant: 'REN-ANT', evaluation: 'interim' });
    const [decided] = lines('evaluation.decided', { grant: 'REN-ANT', evaluation: 'interim' });
    expect(opened?.at).toBe('2024-03-05T10:00:00+01:00');
    expect(decided?.at).toBe('2024-04-12T10:00:00+02:00');
  });

  it.each(codes)('makes tranche 2 of %s payable the moment the evaluation is favourable', (grant) => {
    const [decided] = lines('evaluation.decided', { grant, evaluation: 'interim' });
    const payable = lines('tranche.payable', { grant, tranche: 2 });
    expect(decided).toMatchObject({ outcome: 'favourable' });
    expect(payable).toHaveLength(1);
    expect(payable[0]?.at).toBe(decided?.at);
    expect(run.timeline.indexOf(payable[0] as TimelineLine)).toBeGreaterThan(
      run.timeline.indexOf(decided as TimelineLine),
    );
  });

  it.each(codes)('has tranche 2 of %s approved by another person than who recommended', (grant) => {
    const [recommended] = lines('evaluation.recommended', { grant, evaluation: 'interim' });
    const [approved] = lines('tranche.approved', { grant, tranche: 2 });
    expect(recommended?.['by']).toBe('els');
    expect(approved?.['by']).toBe('bart');
  });

  it('pays 141,600.00 in twelve payouts, each once', () => {
    const paid = lines('payout.settled');
    const ids = codes.flatMap((code) => [1, 2, 3].map((tranche) => `${code}-${tranche}-1`));
    expect(paid.map(({ endToEndId }) => endToEndId).sort()).toEqual(ids);
    expect(
      lines('payout.ordered')
        .map(({ endToEndId }) => endToEndId)
        .sort(),
    ).toEqual(ids);
    expect(sum(paid)).toBe(14_160_000n);
  });

  it('ends with every grant closed and nothing open', () => {
    expect(run.summary).toEqual(
      codes.map((grant, index) => {
        const amount = awards[index];
        const amounts = { awarded: amount, approved: amount, paid: amount, open: '0.00' };
        return { grant, status: 'closed', ...amounts, nextDeadline: null };
      }),
    );
  });
});

function sum(lines: readonly TimelineLine[]): bigint {
  return lines.reduce((total, { amount }) => {
    const parsed = parseAmount(String(amount));
    if ('fault' in parsed) throw new Error(parsed.fault);
    return total + parsed.value;
  }, 0n);
}
