import type {
  BankEntry,
  BankFileFault,
  BankFileHead,
  BankFileKind,
  BankFilePart,
} from '#domain/bank-file.js';
import type { Cents } from '#domain/money.js';
import { type Parsed, isFault } from '#domain/parsed.js';

import { parseBankAmount, parseBankId, parseBankInstant, parseCurrency } from './bank-values.js';
import { reasonOf } from './reason-codes.js';
import type { Fields } from './xml-fields.js';

const CHUNK = 500;

/** What the three kinds of bank files have in common while they are read: the head, and entries in order. */
export class BankFileParts {
  private readonly ready: BankFilePart[] = [];
  private entries: BankEntry[] = [];
  private counted = 0;
  private headed = false;

  /** `faultHere` makes a fault that names line and column. */
  constructor(
    private readonly kind: BankFileKind,
    private readonly faultHere: (sentence: string) => BankFileFault,
  ) {}

  fault(place: string, sentence: string): BankFileFault {
    return this.faultHere(`${place}: ${sentence}`);
  }

  /** The file's head, from GrpHdr, which comes once and before all else. */
  head(fields: Fields): void {
    if (this.headed) throw this.faultHere('<GrpHdr> stands twice');
    const created = fields.get('CreDtTm');
    const head: BankFileHead = {
      kind: this.kind,
      messageId: this.id(fields, 'MsgId', 'GrpHdr') ?? this.missing('GrpHdr', 'MsgId'),
      createdAt: created === undefined ? null : this.take(parseBankInstant(created), 'GrpHdr', 'CreDtTm'),
    };
    this.headed = true;
    this.ready.push({ head });
  }

  needHead(name: string): void {
    if (!this.headed) throw this.faultHere(`<${name}> comes before <GrpHdr>, or the file has none`);
  }

  entry(entry: Omit<BankEntry, 'no'>): void {
    this.counted += 1;
    this.entries.push({ no: this.counted, ...entry });
    if (this.entries.length === CHUNK) this.flush();
  }

  /** The value, or a fault that names the element. */
  take<T>(parsed: Parsed<T>, place: string, element: string): T {
    if (isFault(parsed)) throw this.fault(place, `<${element}> ${parsed.fault}`);
    return parsed.value;
  }

  missing(place: string, element: string): never {
    throw this.fault(place, `there is no <${element}>`);
  }

  /** An identification; null where there is none, or the bank writes that none was given. */
  id(fields: Fields, path: string, place: string): string | null {
    const text = fields.get(path);
    if (text === undefined || text === 'NOTPROVIDED') return null;
    return this.take(parseBankId(text), place, path);
  }

  /** An amount with its currency; null where there is none. */
  amount(fields: Fields, path: string, place: string): Money | null {
    const text = fields.get(path);
    if (text === undefined) return null;
    const currency = fields.get(`${path}@Ccy`) ?? this.missing(place, `${path} Ccy="…"`);
    return {
      amountCents: this.take(parseBankAmount(text), place, path),
      currency: this.take(parseCurrency(currency), place, `${path} Ccy`),
    };
  }

  /** Why, by the first code of those that stand at `path`, and the bank's own words where it has some. */
  reason(fields: Fields, path: string, words: string | null): Pick<BankEntry, 'reasonCode' | 'reason'> {
    const code = fields.get(`${path}/Cd`)?.split(' ')[0]?.slice(0, 35) ?? null;
    const own = fields.get(`${path}/Prtry`)?.slice(0, 35) ?? null;
    const known = code === null ? (own === null ? 'no reason given' : "the bank's own code") : reasonOf(code);
    return { reasonCode: code ?? own, reason: words === null ? known : `${known}: ${words}` };
  }

  /** Parts that are whole; each is given once. */
  finished(): BankFilePart[] {
    return this.ready.splice(0);
  }

  /** Ends the file: what was read last is ready too. */
  flush(): void {
    if (this.entries.length === 0) return;
    this.ready.push({ entries: this.entries });
    this.entries = [];
  }
}

export interface Money {
  readonly amountCents: Cents;
  readonly currency: string;
}
