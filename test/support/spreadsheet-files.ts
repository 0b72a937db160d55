/**
 * Strict readers of what libs/finance writes for spreadsheets, which share no code with the writers: a CSV by
 * RFC 4180, a workbook by its parts (ECMA-376) from the ZIP's own directory. Anything out of order throws.
 */
import assert from 'node:assert/strict';
import { crc32, inflateRawSync } from 'node:zlib';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';

/** A cell as it stood in a CSV: `quoted` tells text from what stands bare. */
export interface CsvCell {
  readonly text: string;
  readonly quoted: boolean;
}

/** Reads a UTF-8 CSV with a byte order mark; every line ends with CRLF. */
export function readCsv(bytes: Uint8Array, separator: string): CsvCell[][] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  assert.equal(text[0], '\ufeff', 'the byte order mark');
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r\\n)`, 'y');
  const lines: CsvCell[][] = [];
  let line: CsvCell[] = [];
  for (cell.lastIndex = 1; cell.lastIndex < text.length;) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    assert.ok(found, `a cell and its end at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
    const [, quoted, bare = '', end] = found;
    line.push({ text: quoted?.replaceAll('""', '"') ?? bare, quoted: quoted !== undefined });
    if (end !== '\r\n') continue;
    lines.push(line);
    line = [];
  }
  assert.equal(line.length, 0, 'the last line is ended');
  return lines;
}

/** A cell of a sheet: text, or a number by the digits in the file, with the format it is shown in. */
export interface SheetCell {
  readonly type: 'text' | 'number';
  readonly text: string;
  readonly format: string;
}

export interface ReadSheet {
  readonly name: string;
  readonly frozenRows: number;
  /** null: an empty cell. Rows are as long as their last cell. */
  readonly rows: readonly (readonly (SheetCell | null)[])[];
}

const NAMESPACES = {
  m: 'http://schemas.openxmlformats.org/spreadsheetml/2006/main',
  r: 'http://schemas.openxmlformats.org/package/2006/relationships',
  t: 'http://schemas.openxmlformats.org/package/2006/content-types',
};
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** Reads a workbook's sheets, following content types and relationships as a spreadsheet does. */
export function readWorkbook(bytes: Uint8Array): ReadSheet[] {
  const parts = unzip(Buffer.from(bytes));
  const types = attributes(parts, '[Content_Types].xml', '/t:Types/t:Override', ['PartName', 'ContentType']);
  const workbook = targets(parts, '_rels/.rels', '').get('officeDocument')?.[0]?.path ?? '';
  const near = targets(parts, 'xl/_rels/workbook.xml.rels', 'xl/');
  assertType(types, workbook, 'sheet.main');
  const formats = readFormats(parts, near.get('styles')?.[0]?.path ?? '');
  return withDocument(parts, workbook, (document) =>
    elements(document, '/m:workbook/m:sheets/m:sheet').map((sheet) => {
      const id = sheet.attrs.find(
        ({ name, namespaceUri }) => name === 'id' && namespaceUri === OFFICE,
      )?.value;
      const path = near.get('worksheet')?.find((target) => target.id === id)?.path ?? '';
      assertType(types, path, 'worksheet');
      return { name: attribute(sheet, 'name'), ...readSheet(parts, path, formats) };
    }),
  );
}

type Parts = ReadonlyMap<string, Buffer>;

/** The files of a ZIP by its central directory, each checked against its lengths and CRC-32. */
function unzip(zip: Buffer): Parts {
  const end = zip.length - 22;
  assert.equal(zip.readUInt32LE(end), 0x06054b50, 'the end of the central directory');
  const parts = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(zip.readUInt32LE(at), 0x02014b50, 'an entry of the central directory');
    const [packed, size] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    const header = zip.readUInt32LE(at + 42);
    const data = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const content = inflateRawSync(zip.subarray(data, data + packed));
    assert.equal(content.length, size, `the length of ${name}`);
    assert.equal(crc32(content), zip.readUInt32LE(at + 16), `the checksum of ${name}`);
    assert.ok(!parts.has(name), `${name} stands in the file once`);
    parts.set(name, content);
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  assert.equal(at, end, 'the central directory ends where its end begins');
  return parts;
}

function withDocument<T>(parts: Parts, path: string, read: (document: XmlDocument) => T): T {
  const part = parts.get(path);
  assert.ok(part, `the part ${JSON.stringify(path)} is in the workbook`);
  using document = XmlDocument.fromBuffer(part);
  return read(document);
}

function elements(from: XmlDocument | XmlElement, path: string): XmlElement[] {
  return from.find(path, NAMESPACES) as XmlElement[];
}

function attribute(element: XmlElement, name: string): string {
  return element.attr(name)?.value ?? '';
}

function attributes(parts: Parts, part: string, path: string, names: readonly string[]): string[][] {
  return withDocument(parts, part, (document) =>
    elements(document, path).map((element) => names.map((name) => attribute(element, name))),
  );
}

interface Target {
  readonly id: string;
  readonly path: string;
}

function targets(parts: Parts, part: string, folder: string): Map<string, Target[]> {
  const found = new Map<string, Target[]>();
  for (const [id = '', type = '', target = ''] of attributes(parts, part, '/r:Relationships/r:Relationship', [
    'Id',
    'Type',
    'Target',
  ])) {
    const kind = type.slice(type.lastIndexOf('/') + 1);
    found.set(kind, [...(found.get(kind) ?? []), { id, path: folder + target }]);
  }
  return found;
}

function assertType(types: readonly string[][], path: string, kind: string): void {
  const type = types.find(([name]) => name === `/${path}`)?.[1];
  assert.equal(type, `application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml`, path);
}

function readFormats(parts: Parts, path: string): string[] {
  const byId = new Map([['0', 'General']]);
  for (const [id = '', code = ''] of attributes(parts, path, '/m:styleSheet/m:numFmts/m:numFmt', [
    'numFmtId',
    'formatCode',
  ])) {
    byId.set(id, code);
  }
  const cellFormats = attributes(parts, path, '/m:styleSheet/m:cellXfs/m:xf', ['numFmtId']);
  return cellFormats.map(([id = '']) => byId.get(id) ?? `number format ${id}`);
}

function readSheet(parts: Parts, path: string, formats: readonly string[]): Omit<ReadSheet, 'name'> {
  return withDocument(parts, path, (document) => {
    const pane = elements(document, '/m:worksheet/m:sheetViews/m:sheetView/m:pane[@state="frozen"]')[0];
    const rows: (SheetCell | null)[][] = [];
    for (const row of elements(document, '/m:worksheet/m:sheetData/m:row')) {
      const number = Number(attribute(row, 'r'));
      assert.ok(number > rows.length, `row ${number} follows the rows before it`);
      while (rows.length < number - 1) rows.push([]);
      rows.push(readRow(row, number, formats));
    }
    return { frozenRows: pane === undefined ? 0 : Number(attribute(pane, 'ySplit')), rows };
  });
}

function readRow(row: XmlElement, number: number, formats: readonly string[]): (SheetCell | null)[] {
  const cells: (SheetCell | null)[] = [];
  for (const cell of elements(row, 'm:c')) {
    const [, column = '', line] = /^([A-Z])(\d+)$/.exec(attribute(cell, 'r')) ?? [];
    assert.equal(Number(line), number, 'a cell says the row it stands in');
    const index = column.charCodeAt(0) - 'A'.charCodeAt(0);
    assert.ok(index >= cells.length, `column ${column} follows the columns before it`);
    while (cells.length < index) cells.push(null);
    cells.push(readCell(cell, formats));
  }
  return cells;
}

function readCell(cell: XmlElement, formats: readonly string[]): SheetCell | null {
  assert.equal(elements(cell, 'm:f').length, 0, 'no cell holds a formula');
  const format = formats[Number(attribute(cell, 's') || '0')];
  assert.ok(format !== undefined, 'the style of a cell is there');
  const type = attribute(cell, 't');
  if (type === 'inlineStr') return { type: 'text', text: textOf(elements(cell, 'm:is/m:t')[0]), format };
  assert.equal(type, '', 'a cell that is no text is a number');
  const held = elements(cell, 'm:v')[0];
  return held === undefined ? null : { type: 'number', text: held.content, format };
}

/** The text a spreadsheet shows: blanks at the ends only where they are preserved, `_x000D_` decoded. */
function textOf(element: XmlElement | undefined): string {
  assert.ok(element, 'a text cell has its text');
  // Behind another character, since libxml2-wasm loses a U+FEFF that a text begins with.
  const content = String(element.eval('concat("|", .)')).slice(1);
  const preserved = element.attrs.some(({ name, value }) => name === 'space' && value === 'preserve');
  const text = preserved ? content : content.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
