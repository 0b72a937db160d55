import type { Response } from 'express';

/** How long a reader may take nothing, in ms: what is read meanwhile holds a connection of the database. */
const stalledMs = 60_000;

/** Nobody reads on: there is nobody left to tell. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/**
 * Sends an answer piece by piece, no faster than it is read. The last piece is held back until `end`: whatever
 * fails before leaves the answer visibly short, and one that has a single piece was never begun.
 */
export class Sending {
  #held: string | Uint8Array | null = null;

  /** `begin` sets the headers; it is called with the first piece that goes. */
  constructor(
    private readonly response: Response,
    private readonly begin: (response: Response) => void,
  ) {}

  /** Throws ReaderGone where the reader went away or stopped reading. */
  async write(piece: string | Uint8Array): Promise<void> {
    const before = this.#held;
    this.#held = piece;
    if (before !== null) await this.#send(before);
  }

  /** What was sent is whole. */
  async end(): Promise<void> {
    await this.#send(this.#held ?? '');
    this.response.end();
  }

  async #send(piece: string | Uint8Array): Promise<void> {
    const { response } = this;
    if (response.destroyed) throw new ReaderGone('the reader went away');
    if (!response.headersSent) this.begin(response);
    if (piece.length === 0 || response.write(piece)) return;
    await takenFurther(response);
    if (response.destroyed) throw new ReaderGone('the reader went away');
  }
}

/** Waits until more may be written, or nobody reads any more. */
function takenFurther(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => response.destroy(), stalledMs);
    const settle = (): void => {
      clearTimeout(late);
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
}

/** Sends what `work` writes. A reader that goes away ends it, without a fault; every other fault is thrown. */
export async function send(
  response: Response,
  begin: (response: Response) => void,
  work: (sending: Sending) => Promise<void>,
): Promise<void> {
  const sending = new Sending(response, begin);
  try {
    await work(sending);
    await sending.end();
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}
