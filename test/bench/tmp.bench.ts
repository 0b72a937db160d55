import { people, startRecord } from '../support/record.js';
import pg from 'pg';
describe('x', () => {
  it('profiles', async () => {
    const record = await startRecord();
    const n = 1000;
    const cs = Array.from({ length: n }, (_, i) => `G-${i}`);
    const input = { beneficiary: 'antwerpen', programme: 'REN', amount: '1000.00', start: '2023-01-01', end: '2024-12-31' };
    const t: Record<string, number> = {};
    const orig = (pg.Client.prototype as any).query;
    (pg.Client.prototype as any).query = async function (q: any, ...r: any[]) {
      const s = performance.now();
      const res = await orig.call(this, q, ...r);
      const k = (q.name ?? q.text ?? q).slice(0, 20);
      t[k] = (t[k] ?? 0) + performance.now() - s;
      return res;
    };
    const run = async (label: string, reqs: any[]) => {
      for (const k in t) delete t[k];
      const c0 = process.cpuUsage(); const s = performance.now();
      await record.commands.runBatch(reqs);
      const c = process.cpuUsage(c0);
      process.stdout.write(`${label} ${((performance.now() - s) / n).toFixed(3)} ms/cmd wall, js cpu ${((c.user + c.system) / 1000 / n).toFixed(3)} ${JSON.stringify(Object.fromEntries(Object.entries(t).map(([k, v]) => [k, +(v / n).toFixed(3)])))}\n`);
    };
    await run('draft', cs.map((c) => ({ id: `d-${c}`, name: 'draft-grant', actor: people.an, grant: c, input })));
    await run('award', cs.map((c) => ({ id: `a-${c}`, name: 'award', actor: people.an, grant: c, input: {} })));
    await run('approve', cs.map((c) => ({ id: `p-${c}`, name: 'approve-tranche', actor: people.bart, grant: c, input: { tranche: 1 } })));
    await run('order', cs.map((c) => ({ id: `o-${c}`, name: 'order-payout', actor: people.fien, grant: c, input: { tranche: 1 } })));
    await run('confirm', cs.map((c) => ({ id: `c-${c}`, name: 'confirm-payout', actor: people.fien, grant: c, input: { tranche: 1 } })));
    await run('suspend', cs.map((c) => ({ id: `s-${c}`, name: 'suspend', actor: people.an, grant: c, input: { reason: 'x' } })));
    await run('refused', cs.map((c) => ({ id: `x-${c}`, name: 'suspend', actor: people.an, grant: c, input: { reason: 'x' } })));
    await run('replay', cs.map((c) => ({ id: `s-${c}`, name: 'suspend', actor: people.an, grant: c, input: { reason: 'x' } })));
    await record.stop();
  }, 120000);
});
