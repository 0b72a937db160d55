// A local binding: where the code runs in a context of its own, each look at a global is slow.
const { imul } = Math;

/**
 * Which ids have passed, in 8 bytes a slot instead of the ids themselves: a Set of a million strings takes some
 * 100 MB, this 16. It keeps 64-bit fingerprints, so among a million different ids the chance that two are taken
 * for one is 1 in 30 million; a file is then refused, never wrongly accepted.
 */
export class SeenIds {
  private readonly slots: Uint32Array;
  private readonly mask: number;

  /** For at most so many ids; the caller sees to it that no more come. */
  constructor(most: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, most) * 1.5));
    this.slots = new Uint32Array(capacity * 2);
    this.mask = capacity - 1;
  }

  /** Whether the id is new; it is known from then on. */
  add(id: string): boolean {
    const low = laneOf(id, 0x9e3779b9);
    // Never 0 here: that marks a free slot.
    const high = laneOf(id, 0x7f4a7c15) || 1;
    for (let slot = low & this.mask; ; slot = (slot + 1) & this.mask) {
      const at = slot * 2;
      if (this.slots[at + 1] === 0) {
        this.slots[at] = low;
        this.slots[at + 1] = high;
        return true;
      }
      if (this.slots[at] === low && this.slots[at + 1] === high) return false;
    }
  }
}

/** 32 bits of MurmurHash3 over the UTF-16 units, with a seed of its own for each half of a fingerprint. */
function laneOf(id: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < id.length; index += 1) {
    let unit = imul(id.charCodeAt(index), 0xcc9e2d51);
    unit = imul((unit << 15) | (unit >>> 17), 0x1b873593);
    hash ^= unit;
    hash = (imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= id.length;
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
