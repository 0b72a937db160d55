import { type ChildProcess, spawn } from 'node:child_process';

import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import type { Fault } from '#domain/faults.js';

import { API_SETTINGS, type ApiSettings } from './api-settings.js';
import { ProblemAnswer, invalid } from './problem.js';

/** A timeline longer than this is broken off: nobody reads it over HTTP. In bytes. */
const longestOutput = 64 * 1024 * 1024;
/** What a child may say of its faults or its troubles, in bytes. */
const longestComplaint = 1024 * 1024;
const retryAfterSeconds = 5;

/** What a child process may know of ours: never an address of a database. */
const passedOn = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'REDIS_URL'];

interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly complaint: string;
  readonly timedOut: boolean;
}

/**
 * Runs simulations in child processes of the command line, so that none can hold up the API or reach its
 * database: a few at once, each within a time limit.
 */
@Injectable()
export class SimulationRunner implements OnApplicationShutdown {
  private readonly log = new Logger(SimulationRunner.name);
  private readonly running = new Set<ChildProcess>();

  constructor(@Inject(API_SETTINGS) private readonly settings: ApiSettings) {}

  /**
   * The timeline of a scenario (YAML, or JSON, which YAML includes) as NDJSON. Throws the problems `invalid`
   * with every fault of the file, `busy` and `timed-out`. `signal` ends it early, when nobody waits any more.
   */
  async run(scenario: string, signal: AbortSignal): Promise<string> {
    if (this.running.size >= this.settings.simulations.atOnce)
      throw new ProblemAnswer('busy', {
        detail: `${this.running.size} simulations are running, as many as may at once; try again in ${retryAfterSeconds} seconds.`,
        headers: { 'Retry-After': String(retryAfterSeconds) },
      });
    const { status, output, complaint, timedOut } = await this.child(scenario, signal);
    if (timedOut) throw new ProblemAnswer('timed-out', { detail: this.tooLong() });
    if (status === 0) return output;
    if (status === 2) throw invalid(faultsOf(complaint));
    throw new Error(`the simulation ended with ${status ?? 'a signal'}: ${complaint.slice(0, 2_000)}`);
  }

  onApplicationShutdown(): void {
    for (const child of this.running) child.kill('SIGTERM');
  }

  private tooLong(): string {
    const seconds = this.settings.simulations.limitMs / 1000;
    return `The simulation was stopped after ${seconds} seconds or ${longestOutput} bytes; simulate fewer grants or a shorter period, or run it on the command line.`;
  }

  private child(scenario: string, signal: AbortSignal): Promise<Ended> {
    const [command, ...parameters] = this.settings.simulateCommand;
    const env = Object.fromEntries(
      passedOn.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const child = spawn(command, parameters, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.running.add(child);
    return new Promise<Ended>((resolve, reject) => {
      let timedOut = false;
      const stop = (): void => {
        timedOut = true;
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 2_000).unref();
      };
      const timer = setTimeout(stop, this.settings.simulations.limitMs);
      signal.addEventListener('abort', stop, { once: true });
      const output = gather(child.stdout, longestOutput, stop);
      const complaint = gather(child.stderr, longestComplaint, () => undefined);
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, output: output(), complaint: complaint(), timedOut }));
      // A child that found a fault early reads no further; that is no fault of ours.
      child.stdin.on('error', (error) => this.log.debug(error.message));
      child.stdin.end(scenario);
      child.once('close', () => clearTimeout(timer));
    }).finally(() => this.running.delete(child));
  }
}

/** Collects what a stream says up to a bound, beyond which `tooMuch` is called once and the rest is dropped. */
function gather(stream: NodeJS.ReadableStream, most: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
    else if (before <= most) tooMuch();
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The command line writes one fault a line: `path: what is wrong`. */
function faultsOf(complaint: string): Fault[] {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, path = 'file', message = line] = /^(.*?): (.*)$/s.exec(line) ?? [];
    return { path: path === '-' ? 'file' : path, message };
  });
}
