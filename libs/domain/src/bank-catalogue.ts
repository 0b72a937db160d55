import type { CommandShape } from './command-shape.js';

/** Commands on payout batches and on what banks answer; a part of the catalogue of commands. */
export const bankCommands = {
  'build-batch': {
    on: 'batch',
    roles: ['finance'],
    required: [],
    optional: ['profile', 'programme', 'dueBy', 'atLeast', 'atMost', 'executeOn'],
    does: 'Builds a payout batch from the ordered payouts that nothing holds.',
  },
  'release-batch': {
    on: 'batch',
    roles: ['finance', 'approver'],
    required: [],
    optional: ['batch'],
    does: 'Releases a batch, which seals it; not by whoever built it.',
  },
  'discard-batch': {
    on: 'batch',
    roles: ['finance'],
    required: [],
    optional: ['batch', 'reason'],
    does: 'Discards a whole batch that was not handed over; its payouts stay ordered.',
  },
  'export-batch': {
    on: 'batch',
    roles: ['finance'],
    required: [],
    optional: ['batch'],
    does: 'Makes the payment file of a released batch; again it gives the same bytes.',
  },
  'hand-over-batch': {
    on: 'batch',
    roles: ['finance'],
    required: [],
    optional: ['batch'],
    does: 'Records that the file of an exported batch was handed to the bank.',
  },
  'import-bank-file': {
    on: 'bank-file',
    roles: ['finance'],
    required: [],
    optional: ['content', 'file', 'sha256'],
    does: 'Imports what a bank answered (pain.002, camt.053 or camt.054); the same file twice changes nothing.',
  },
  'assign-bank-entry': {
    on: 'bank-entry',
    roles: ['finance'],
    required: ['entry'],
    optional: ['bankFile', 'endToEndId', 'recovery', 'against', 'reason'],
    does: 'Says which payout, or which recovery of grant "against", a waiting bank entry belongs to.',
  },
  'dismiss-bank-entry': {
    on: 'bank-entry',
    roles: ['finance'],
    required: ['entry'],
    optional: ['bankFile', 'reason'],
    does: 'Takes a waiting bank entry off the list: it is none of ours.',
  },
} as const satisfies Record<string, CommandShape>;
