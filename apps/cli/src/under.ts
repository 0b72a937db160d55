import type { Command } from 'commander';

/** A command whose faults are thrown, so that one place turns them into exit codes. */
export function under(parent: Command, name: string, does: string): Command {
  return parent.command(name).description(does).exitOverride();
}
