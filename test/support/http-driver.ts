import { setTimeout as wait } from 'node:timers/promises';

import { namedByPath, pathOfCommand } from '#api/command-paths.js';
import type { Command } from '#domain/commands.js';

/** Gives up on a command whose API does not come back, in ms. */
const GIVE_UP_MS = 60_000;

/** What the API answered: its status and the code of a refusal. */
export interface Given {
  readonly status: number;
  readonly code: string | null;
}

/**
 * Gives commands over HTTP as a careful client does: each under a key of its own, and again under that key
 * while it is not known whether the command arrived (connection refused, reset, cut off, 5xx).
 */
export class HttpDriver {
  retries = 0;

  constructor(
    private readonly url: string,
    private readonly tokenOf: (person: string) => string,
  ) {}

  async give({ id, name, actor, grant, input }: Command): Promise<Given> {
    const named = namedByPath(name);
    const path = pathOfCommand(name)
      .replace(':grant', encodeURIComponent(grant ?? ''))
      .replace(/:(tranche|report|evaluation|recovery)/, (_, field: string) =>
        encodeURIComponent(String(input[field])),
      );
    const body = Object.fromEntries(Object.entries(input).filter(([field]) => field !== named));
    const headers = {
      Authorization: `Bearer ${this.tokenOf(actor.id)}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': id,
    };
    for (const end = Date.now() + GIVE_UP_MS; ; this.retries += 1) {
      const given = await this.post(`${this.url}/api/v1/${path}`, headers, JSON.stringify(body));
      if (given !== null) return given;
      if (Date.now() > end) throw new Error(`no answer to ${name} of ${grant}`);
      await wait(50);
    }
  }

  /** Null: nobody knows whether it arrived. */
  private async post(url: string, headers: Record<string, string>, body: string): Promise<Given | null> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(15_000),
      });
      const answer = (await response.json()) as { code?: string };
      return response.status >= 500 ? null : { status: response.status, code: answer.code ?? null };
    } catch {
      return null;
    }
  }
}
