/**
 * XML read as it streams by: of each element that is asked for, the texts that are asked for. What nobody asked for
 * is passed over, so memory holds no more than one path through the document.
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';

import { BankFileFault } from '#domain/bank-file.js';

const MOST_DEPTH = 60;
/** One text, comment or tag; the longest that ISO 20022 asks for has 10,000 characters or so. */
const MOST_PIECE = 1_048_576;
const MOST_FIELD = 10_000;
/** What came of texts that may stand more than once: enough for every use, and bounded. */
const MOST_JOINED = 1_000;
const MOST_REPORTED = 120;

const plainXml = { xmlns: false, forceXMLVersion: true, defaultXMLVersion: '1.0' } as const;

/** Texts by their path: `Refs/EndToEndId`, `Amt@Ccy`. Empty ones are not in it. */
export type Fields = ReadonlyMap<string, string>;

/** An element that is handled on its own, each time it comes. */
export interface Scope {
  /** Paths of texts and attributes in it that come once at most, before every inner scope. */
  readonly fields?: readonly string[];
  /** Paths of texts that may come again: they are joined by a space. */
  readonly repeated?: readonly string[];
  /** Of all these, the ones that stand after the inner scopes. */
  readonly late?: readonly string[];
  /** Paths of elements whose being there is what counts: the field is their name. */
  readonly marks?: readonly string[];
  /** Its child elements that are handled on their own, by name. */
  readonly scopes?: Readonly<Record<string, Scope>>;
  /** Called with the fields that will fill while the element is read. */
  readonly open?: (fields: Fields) => void;
  readonly close?: (fields: Fields) => void;
}

/** An element on the way to a field or scope. */
class Step {
  readonly steps = new Map<string, Step>();
  readonly attributes: { readonly name: string; readonly path: string }[] = [];
  path: string | null = null;
  mark: string | null = null;
  repeated = false;
  late = false;
  scope: Scope | null = null;

  constructor(readonly name: string) {}
}

/** The step that a path leads to, with those on the way. */
function stepTo(from: Step, path: string): Step {
  return path.split('/').reduce((step, name) => {
    const next = step.steps.get(name) ?? new Step(name);
    step.steps.set(name, next);
    return next;
  }, from);
}

function stepsOf(name: string, scope: Scope): Step {
  const root = new Step(name);
  const { fields = [], repeated = [], late = [], marks = [], scopes = {} } = scope;
  for (const path of [...fields, ...repeated]) {
    const [element = '', attribute] = path.split('@');
    const step = stepTo(root, element);
    if (attribute === undefined) step.path = path;
    else step.attributes.push({ name: attribute, path });
    step.repeated = repeated.includes(path);
    step.late = late.includes(path);
  }
  for (const path of marks) stepTo(root, path).mark = path;
  for (const [child, inner] of Object.entries(scopes)) root.steps.set(child, stepsOf(child, inner));
  root.scope = scope;
  return root;
}

/** Namespaces by prefix, the default one by ''. */
type Namespaces = ReadonlyMap<string, string>;

/** An element that declares namespaces of its own: `before` holds again where it ends. */
interface Declaration {
  readonly depth: number;
  readonly before: Namespaces;
}

/** Where in the file; the first column is 0. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** A scope that is being read. */
interface Open {
  readonly fields: Map<string, string>;
  /** Name of the latest inner scope. */
  inner: string | null;
}

/**
 * Reads one document, block by block: `write` until its end, then `end`. Names are compared without their prefix,
 * in the namespace of the root; elements of other namespaces are passed over.
 *
 * Both throw a BankFileFault with line and column for what is no well-formed XML, is cut short, has a DOCTYPE
 * (whatever is in it: entities are how small files become large ones), nests deeper than 60 elements, has a text
 * or tag of more than a megabyte, or repeats or misplaces a field.
 */
export class XmlFields {
  // Namespaces are resolved here: bank files declare one or two, and the parser's own way takes half as long again.
  private readonly parser = new SaxesParser(plainXml);
  private namespaces: Namespaces = new Map([['', '']]);
  private readonly declarations: Declaration[] = [];
  private readonly names: string[] = [];
  private readonly steps: Step[] = [];
  private readonly scopes: Open[] = [];
  private uri: string | null = null;
  private passedOver = 0;
  private text = '';
  /** Characters of the blocks since the last one in which a tag or text ended. */
  private unended = 0;

  /** `rootOf` tells, by local name and namespace, what the document's scope is; or throws. */
  constructor(private readonly rootOf: (name: string, uri: string) => Scope) {
    // No more handlers than these: with eight the parser object turns into a hash table, and takes five times as long.
    this.parser.on('error', (error) => {
      throw this.fault(this.malformed(error.message));
    });
    this.parser.on('doctype', () => {
      throw this.doctypeFault();
    });
    this.parser.on('opentag', (tag) => this.open(tag));
    this.parser.on('closetag', () => this.close());
    this.parser.on('text', (text) => this.take(text));
    this.parser.on('cdata', (text) => this.take(text));
  }

  write(text: string): void {
    if (this.uri === null) {
      const rest = withoutProlog(text);
      if (/^<!doctype/i.test(rest)) throw this.doctypeFault(text.slice(0, text.length - rest.length));
    }
    this.unended += text.length;
    this.parser.write(text);
    if (this.unended > MOST_PIECE) {
      throw this.fault('one text or tag here has more than a megabyte; no bank file needs that');
    }
  }

  end(): void {
    const within = this.names.at(-1);
    if (within !== undefined) {
      throw this.fault(`the file stops here, within <${shortened(within)}>: it is not whole`);
    }
    if (this.uri === null) throw this.fault('the file stops before its <Document> begins: it is not whole');
    this.parser.close();
  }

  /** A fault at the place that is being read. */
  fault(sentence: string, { line, column }: Place = this.parser): BankFileFault {
    return new BankFileFault(`line ${line}, column ${column + 1}: ${sentence}`);
  }

  /** `before`: what stands in front of it and was not given to the parser yet. */
  private doctypeFault(before = ''): BankFileFault {
    const lines = before.split(/\r\n?|\n/);
    const last = lines.at(-1)?.length ?? 0;
    const column = lines.length === 1 ? this.parser.column + last : last;
    return this.fault('the file has a DOCTYPE; a bank file has none, and files with one are not read', {
      line: this.parser.line + lines.length - 1,
      column,
    });
  }

  private malformed(message: string): string {
    if (this.uri !== null && this.names.length === 0) {
      return 'something follows the end of the document; a bank file holds one <Document> and nothing else';
    }
    return `this is no well-formed XML: ${shortened(message.replace(/^\d+:\d+: /, '').replace(/\.$/, ''))}`;
  }

  private nextPiece(): void {
    this.unended = 0;
  }

  private open({ name, attributes }: SaxesTagPlain): void {
    this.nextPiece();
    this.names.push(name);
    if (this.names.length > MOST_DEPTH) {
      throw this.fault(`elements are nested more than ${MOST_DEPTH} deep; no bank file needs that`);
    }
    this.declare(attributes);
    const colon = name.indexOf(':');
    const local = name.slice(colon + 1);
    const uri = this.namespaces.get(colon === -1 ? '' : name.slice(0, colon));
    if (uri === undefined) {
      throw this.fault(`this is no well-formed XML: the prefix of <${shortened(name)}> stands for nothing`);
    }
    if (this.uri === null) {
      this.uri = uri;
      this.enter(stepsOf(local, this.rootOf(local, uri)), attributes);
    } else if (this.passedOver > 0) this.passedOver += 1;
    else this.openWithin(this.steps.at(-1), local, uri, attributes);
  }

  private declare(attributes: Readonly<Record<string, string>>): void {
    let own: Map<string, string> | null = null;
    for (const name in attributes) {
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
      own ??= new Map(this.namespaces);
      own.set(name.slice('xmlns:'.length), attributes[name] ?? '');
    }
    if (own === null) return;
    this.declarations.push({ depth: this.names.length, before: this.namespaces });
    this.namespaces = own;
  }

  private openWithin(
    parent: Step | undefined,
    local: string,
    uri: string,
    attributes: Readonly<Record<string, string>>,
  ): void {
    const path = parent?.path ?? null;
    if (path !== null) {
      throw this.fault(`<${path}> holds the element <${shortened(local)}> where a text belongs`);
    }
    const step = uri === this.uri ? parent?.steps.get(local) : undefined;
    if (step === undefined) this.passedOver = 1;
    else this.enter(step, attributes);
  }

  private enter(step: Step, attributes: Readonly<Record<string, string>>): void {
    this.steps.push(step);
    this.text = '';
    if (step.mark !== null) this.fields().set(step.mark, step.mark);
    for (const { name, path } of step.attributes) {
      const given = attributes[name]?.trim() ?? '';
      if (given !== '') this.keep(path, given, step);
    }
    if (step.scope === null) return;
    const outer = this.scopes.at(-1);
    if (outer !== undefined) outer.inner = step.name;
    this.scopes.push({ fields: new Map(), inner: null });
    step.scope.open?.(this.fields());
  }

  private close(): void {
    this.nextPiece();
    const declaration = this.declarations.at(-1);
    if (declaration?.depth === this.names.length) {
      this.namespaces = declaration.before;
      this.declarations.pop();
    }
    this.names.pop();
    if (this.passedOver > 0) {
      this.passedOver -= 1;
      return;
    }
    const step = this.steps.pop();
    if (step === undefined) return;
    if (step.path !== null) {
      const text = this.text.trim();
      if (text !== '') this.keep(step.path, text, step);
    }
    if (step.scope === null) return;
    const fields = this.fields();
    step.scope.close?.(fields);
    this.scopes.pop();
  }

  private take(text: string): void {
    this.nextPiece();
    if (this.passedOver > 0) return;
    const path = this.steps.at(-1)?.path ?? null;
    if (path === null) return;
    this.text += text;
    if (this.text.length > MOST_FIELD) {
      throw this.fault(`<${path}> has more than ${MOST_FIELD} characters`);
    }
  }

  private fields(): Map<string, string> {
    return this.scopes.at(-1)?.fields ?? new Map<string, string>();
  }

  private keep(path: string, text: string, step: Step): void {
    const scope = this.scopes.at(-1);
    if (scope === undefined) return;
    const before = scope.fields.get(path);
    if (before !== undefined && !step.repeated) throw this.fault(`<${path}> stands twice`);
    if (scope.inner !== null && !step.late) {
      throw this.fault(`<${path}> stands after <${scope.inner}>; it belongs before it`);
    }
    const joined = before === undefined ? text : `${before} ${text}`;
    scope.fields.set(path, step.repeated ? joined.slice(0, MOST_JOINED) : text);
  }
}

/** The text from where neither white space nor comments nor instructions go on. */
function withoutProlog(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const ending = rest.startsWith('<?') ? '?>' : rest.startsWith('<!--') ? '-->' : null;
    const end = ending === null ? -1 : rest.indexOf(ending);
    if (ending === null || end === -1) return rest;
    rest = rest.slice(end + ending.length).trimStart();
  }
}

function shortened(text: string): string {
  return text.length > MOST_REPORTED ? `${text.slice(0, MOST_REPORTED)}…` : text;
}
