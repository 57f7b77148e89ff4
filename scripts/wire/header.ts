// Reads the headers that the runtime shares with its native code: native/wire/. They may use only
// this part of C++:
//
//   header = "#pragma once" "#include <stdint.h>" "namespace wire {" item* "}"
//   item   = "constexpr" type NAME "=" number ";"
//          | "enum" Name ":" type "{" value { "," value } [ "," ] "};"
//          | "struct" Name "{" ( field-type name [ "[" number "]" ] ";" )+ "};"
//            "static_assert(sizeof(" Name ") == " number ");"
//   value  = NAME [ "=" number ]
//   type   = "int" | "int32_t" | "uint8_t" | "uint32_t" | "uint64_t"
//   number = digits | "0x" hex digits, in small letters
//
// Comments may stand anywhere. A field's type may also be a struct from above. All names of an enum
// begin with the same word and an underscore. Anything else is an error that names its line.

/** One line of fact: FILE:LINE and what is wrong there. */
export class HeaderError extends Error {}

export interface Constant {
  readonly kind: 'constant';
  readonly name: string;
  readonly value: number;
}

/** Values by name, the name as in the header. */
export interface Enum {
  readonly kind: 'enum';
  readonly name: string;
  /** What all names begin with: `OP_`. */
  readonly prefix: string;
  readonly values: ReadonlyMap<string, number>;
}

/** Where each field begins, in bytes: the fields' natural alignment, as the compiler's. */
export interface Struct {
  readonly kind: 'struct';
  readonly name: string;
  readonly bytes: number;
  readonly offsets: ReadonlyMap<string, number>;
}

export type Item = Constant | Enum | Struct;

interface Token {
  readonly text: string;
  readonly line: number;
}

interface Size {
  readonly bytes: number;
  readonly alignment: number;
}

const NUMBERS: Readonly<Record<string, { readonly bytes: number; readonly most: number }>> = {
  int: { bytes: 4, most: 0x7fffffff },
  int32_t: { bytes: 4, most: 0x7fffffff },
  uint8_t: { bytes: 1, most: 0xff },
  uint32_t: { bytes: 4, most: 0xffffffff },
  uint64_t: { bytes: 8, most: Number.MAX_SAFE_INTEGER },
};
const NAME = /^[A-Za-z]\w*$/;
const NUMBER = /^(0x[0-9a-f]+|0|[1-9]\d*)$/;
const BEGIN = ['#', 'pragma', 'once', '#', 'include', '<', 'stdint', '.', 'h', '>'];

/** @throws HeaderError for what is not in the part of C++ above; `file` is for its text. */
export function readHeader(file: string, text: string): Item[] {
  return new Reader(file, tokensOf(file, text)).header();
}

function tokensOf(file: string, text: string): Token[] {
  const tokens: Token[] = [];
  const next = /(\s+|\/\/.*|\/\*[\s\S]*?\*\/)|\w+|[#<>.{}()[\]:;,]|==?/y;
  let line = 1;
  while (next.lastIndex < text.length) {
    const at = next.lastIndex;
    const found = next.exec(text);
    if (!found)
      throw new HeaderError(`${file}:${line}: unexpected ${text.slice(at).split('\n')[0]}`);
    const [whole, blank] = found;
    if (blank === undefined) tokens.push({ text: whole, line });
    line += whole.split('\n').length - 1;
  }
  return tokens;
}

class Reader {
  readonly #file: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  readonly #names = new Set<string>();
  readonly #sizes = new Map<string, Size>(
    Object.entries(NUMBERS).map(([name, { bytes }]) => [name, { bytes, alignment: bytes }]),
  );

  constructor(file: string, tokens: readonly Token[]) {
    this.#file = file;
    this.#tokens = tokens;
  }

  header(): Item[] {
    this.#expect(...BEGIN, 'namespace', 'wire', '{');
    const items: Item[] = [];
    while (!this.#take('}')) items.push(this.#item());
    if (this.#at < this.#tokens.length) this.#fail('the end of the file');
    return items;
  }

  #item(): Item {
    if (this.#take('constexpr')) return this.#constant();
    if (this.#take('enum')) return this.#enum();
    if (this.#take('struct')) return this.#struct();
    return this.#fail('constexpr, enum, struct or }');
  }

  #constant(): Constant {
    const most = this.#mostOf();
    const name = this.#newName();
    this.#expect('=');
    const value = this.#number(most);
    this.#expect(';');
    return { kind: 'constant', name, value };
  }

  #enum(): Enum {
    const name = this.#newName();
    this.#expect(':');
    const most = this.#mostOf();
    this.#expect('{');
    const values = new Map<string, number>();
    const prefix = `${this.#peek().split('_')[0]}_`;
    let value = 0;
    do {
      if (!this.#peek().startsWith(prefix)) this.#fail(`a name that begins with ${prefix}`);
      const each = this.#newName();
      if (this.#take('=')) value = this.#number(most);
      if ([...values.values()].includes(value) || value > most)
        throw this.#error(`${each} is ${value}, which is taken or too large`);
      values.set(each, value++);
    } while (this.#take(',') && this.#peek() !== '}');
    this.#expect('}', ';');
    return { kind: 'enum', name, prefix, values };
  }

  #struct(): Struct {
    const name = this.#newName();
    this.#expect('{');
    const offsets = new Map<string, number>();
    let [end, alignment] = [0, 1];
    do {
      const size = this.#sizes.get(this.#peek()) ?? this.#fail('the type of a field');
      this.#at++;
      const field = this.#name();
      if (offsets.has(field)) throw this.#error(`${field} stands twice in ${name}`);
      const count = this.#count();
      this.#expect(';');
      end = aligned(end, size.alignment);
      offsets.set(field, end);
      end += size.bytes * count;
      alignment = Math.max(alignment, size.alignment);
    } while (!this.#take('}'));
    this.#expect(';', ...['static_assert', '(', 'sizeof', '(', name, ')', '==']);
    const bytes = this.#number(0xffff);
    if (bytes !== aligned(end, alignment))
      throw this.#error(`${name} has ${aligned(end, alignment)} bytes, not ${bytes}`);
    this.#expect(')', ';');
    this.#sizes.set(name, { bytes, alignment });
    return { kind: 'struct', name, bytes, offsets };
  }

  /** The length of an array field; 1 for any other field. */
  #count(): number {
    if (!this.#take('[')) return 1;
    const count = this.#number(1024) || this.#fail('a number above 0', 1);
    this.#expect(']');
    return count;
  }

  #mostOf(): number {
    const type = NUMBERS[this.#peek()] ?? this.#fail('the type of a number');
    this.#at++;
    return type.most;
  }

  #number(most: number): number {
    if (!NUMBER.test(this.#peek())) this.#fail('a number');
    const value = Number(this.#peek());
    if (value > most) this.#fail(`a number of at most ${most}`);
    this.#at++;
    return value;
  }

  #newName(): string {
    const name = this.#name();
    if (this.#names.has(name)) throw this.#error(`${name} stands twice`);
    this.#names.add(name);
    return name;
  }

  #name(): string {
    if (!NAME.test(this.#peek())) this.#fail('a name');
    return this.#tokens[this.#at++]?.text ?? '';
  }

  #expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.#take(text)) this.#fail(text);
  }

  #take(text: string): boolean {
    if (this.#peek() !== text) return false;
    this.#at++;
    return true;
  }

  #peek(): string {
    return this.#tokens[this.#at]?.text ?? '';
  }

  /** At the next token, or `back` tokens before it. */
  #fail(wanted: string, back = 0): never {
    const found = this.#tokens[this.#at - back]?.text ?? 'the end of the file';
    throw this.#error(`${wanted} was expected, not ${found}`, back);
  }

  #error(what: string, back = 1): HeaderError {
    const { line } = this.#tokens[this.#at - back] ?? this.#tokens.at(-1) ?? { line: 1 };
    return new HeaderError(`${this.#file}:${line}: ${what}`);
  }
}

function aligned(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
