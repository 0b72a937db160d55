import { describe, expect, it } from '@jest/globals';

import { readAhead } from './client.js';

/** Chunks 1 to 3, with a note of each that is made and of the end of the reading. */
async function* noted(notes: string[], failing = 0): AsyncGenerator<number> {
  try {
    for (const chunk of [1, 2, 3]) {
      notes.push(`made ${chunk}`);
      await Promise.resolve();
      if (chunk === failing) throw new Error(`chunk ${chunk} is gone`);
      yield chunk;
    }
  } finally {
    notes.push('over');
  }
}

describe('readAhead', () => {
  it('has the next chunk made while the one before is worked through, and no more than that', async () => {
    const notes: string[] = [];
    for await (const chunk of readAhead(noted(notes))) {
      await new Promise(setImmediate);
      notes.push(`read ${chunk}`);
    }
    expect(notes).toEqual(['made 1', 'made 2', 'read 1', 'made 3', 'read 2', 'over', 'read 3']);
  });

  it('fails where its chunk would have come, not before', async () => {
    const read: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const chunk of readAhead(noted([], 3))) {
        await new Promise(setImmediate);
        read.push(chunk);
      }
    };
    await expect(reading()).rejects.toThrow('chunk 3 is gone');
    expect(read).toEqual([1, 2]);
  });

  it('ends the reading, once the chunk under way is there, when nobody reads on', async () => {
    const notes: string[] = [];
    for await (const chunk of readAhead(noted(notes))) {
      notes.push(`read ${chunk}`);
      break;
    }
    expect(notes).toEqual(['made 1', 'made 2', 'read 1', 'over']);
  });

  it('keeps what stopped the reader, whatever becomes of the chunk under way', async () => {
    const reading = async (): Promise<void> => {
      for await (const _ of readAhead(noted([], 2))) throw new Error('the disk is full');
    };
    await expect(reading()).rejects.toThrow('the disk is full');
  });
});
