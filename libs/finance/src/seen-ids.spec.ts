import { describe, expect, it } from '@jest/globals';

import { SeenIds } from './seen-ids.js';

describe('SeenIds', () => {
  it('knows every id again and takes no two for one, as many as it was made for', () => {
    const ids = Array.from({ length: 200_000 }, (_, no) => `REN-${no % 1_000}-${Math.floor(no / 1_000)}-1`);
    const seen = new SeenIds(ids.length);
    expect(ids.filter((id) => !seen.add(id))).toEqual([]);
    expect(ids.filter((id) => seen.add(id))).toEqual([]);
  });

  it('tells short, long and permuted ids apart', () => {
    const ids = ['', 'a', 'aa', 'ab', 'ba', 'a'.repeat(35), 'a'.repeat(34), '1-2-3', '3-2-1', '12-3', '1-23'];
    const seen = new SeenIds(ids.length);
    expect(ids.map((id) => seen.add(id))).toEqual(ids.map(() => true));
    expect(ids.map((id) => seen.add(id))).toEqual(ids.map(() => false));
  });

  it('holds one', () => {
    const seen = new SeenIds(1);
    expect([seen.add('x'), seen.add('x')]).toEqual([true, false]);
  });
});
