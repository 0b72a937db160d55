/** What the API is told by whoever starts it. */
export interface ApiSettings {
  /** Bearer token for /metrics; null: only whoever asks from this machine. */
  readonly metricsToken: string | null;
  /** Path of the schema that each payment file passes as well; null: own checks alone. */
  readonly painSchema: string | null;
  /** Where this installation is reached from outside. */
  readonly publicUrl: string;
  /** Hosts that webhooks may go to although their address is not public. */
  readonly webhookAllow: readonly string[];
  /** The command that simulates a scenario given on its standard input, and prints its timeline as NDJSON. */
  readonly simulateCommand: readonly [string, ...string[]];
  /** The most simulations at once, and the longest one in ms. */
  readonly simulations: { readonly atOnce: number; readonly limitMs: number };
}

export const API_SETTINGS = Symbol('API_SETTINGS');
